public import CoolingCore
public import RowConfig

/// Which slot of the core's images a role of the site file stands for, and back: the only place where role names meet
/// the core.
public struct RoleMap: Sendable {
  /// Role name and unit of every input and output slot; nil for slots without a role.
  public let inputs: [String?]
  public let inputUnits: [Unit]
  public let outputs: [String?]
  private let inputSlots: [String: Int]
  private let outputSlots: [String: Int]
  /// P&ID tag by role.
  private let tags: [String: String]
  /// nil: the row drives its pumps itself.
  let unit: UnitTargets?

  public init(site: Site) {
    unit = UnitTargets(site)
    var inputs = [String?](repeating: nil, count: InputSlot.count)
    var units = [Unit](repeating: .none, count: InputSlot.count)
    var outputs = [String?](repeating: nil, count: OutputSlot.count)
    for role in RoleCatalogue.all where unit == nil || !UnitTargets.replaces(role.pattern) {
      for number in 1...role.count {
        let name = role.pattern.replacing("#", with: String(number))
        switch role.direction {
        case .input:
          let own = unit == nil ? nil : UnitTargets.inputSlot(role.pattern)
          guard let slot = own ?? Self.inputSlot(role.pattern, number - 1) else { continue }
          inputs[slot] = name
          units[slot] = role.unit
        case .output:
          let own = unit == nil ? nil : UnitTargets.outputSlot(role.pattern)
          guard let slot = own ?? Self.outputSlot(role.pattern, number - 1) else { continue }
          outputs[slot] = name
        }
      }
    }
    self.inputs = inputs
    inputUnits = units
    self.outputs = outputs
    inputSlots = Dictionary(uniqueKeysWithValues: inputs.enumerated().compactMap { i, n in n.map { ($0, i) } })
    outputSlots = Dictionary(uniqueKeysWithValues: outputs.enumerated().compactMap { i, n in n.map { ($0, i) } })
    tags = Self.tags(site)
  }

  public func inputSlot(_ role: String) -> Int? { inputSlots[role] }
  public func outputSlot(_ role: String) -> Int? { outputSlots[role] }
  /// The tag of the channel that feeds a role, or of the device that serves it as a whole.
  public func tag(_ role: String) -> String? { tags[role] }

  private static func tags(_ site: Site) -> [String: String] {
    var tags: [String: String] = [:]
    for device in site.devices {
      if let prefix = device.serves, let tag = device.tag { tags[prefix] = tag }
      for channel in device.channels { tags[channel.role] = channel.tag }
    }
    return tags
  }

  private static func inputSlot(_ pattern: String, _ index: Int) -> Int? {
    switch pattern {
    case "supply.temperature.#": InputSlot.supplyTemperature + index
    case "return.temperature.#": InputSlot.returnTemperature + index
    case "manifold.dp.#": InputSlot.manifoldDp + index
    case "supply.pressure": InputSlot.supplyPressure
    case "return.pressure": InputSlot.returnPressure
    case "row.flow": InputSlot.rowFlow
    case "filter.dp": InputSlot.filterDp
    case "reservoir.level": InputSlot.reservoirLevel
    case "hall.temperature": InputSlot.hallTemperature
    case "hall.humidity": InputSlot.hallHumidity
    case "hall.dew_point": InputSlot.hallDewPoint
    case "facility.temperature": InputSlot.facilityTemperature
    case "facility.flow": InputSlot.facilityFlow
    case "facility.valve.position": InputSlot.facilityValvePosition
    case "row.emergency_stop": InputSlot.emergencyStop
    case "row.permissive": InputSlot.permissive
    case "leak.#.alarm": InputSlot.leak(index, .alarm)
    case "leak.#.fault": InputSlot.leak(index, .fault)
    case "pump.#.speed": InputSlot.pump(index, .speed)
    case "pump.#.running": InputSlot.pump(index, .running)
    case "pump.#.fault": InputSlot.pump(index, .fault)
    case "pump.#.ready": InputSlot.pump(index, .ready)
    case "pump.#.remote": InputSlot.pump(index, .remote)
    case "pump.#.power": InputSlot.pump(index, .power)
    case "rack.#.flow": InputSlot.rack(index, .flow)
    case "rack.#.power": InputSlot.rack(index, .power)
    case "rack.#.chip_temperature": InputSlot.rack(index, .chipTemperature)
    case "rack.#.return_temperature": InputSlot.rack(index, .returnTemperature)
    case "rack.#.valve.position": InputSlot.rack(index, .valvePosition)
    case "rack.#.valve.fault": InputSlot.rack(index, .valveFault)
    case "fan.#.speed": InputSlot.fan(index, .speed)
    case "fan.#.fault": InputSlot.fan(index, .fault)
    case "fan.#.power": InputSlot.fan(index, .power)
    case "fan.#.valve.position": InputSlot.fan(index, .valvePosition)
    default: nil
    }
  }

  private static func outputSlot(_ pattern: String, _ index: Int) -> Int? {
    switch pattern {
    case "pump.#.run": OutputSlot.pumpRun(index)
    case "pump.#.speed_demand": OutputSlot.pumpSpeed(index)
    case "rack.#.valve.demand": OutputSlot.rackValve(index)
    case "fan.#.speed_demand": OutputSlot.fan(index)
    case "facility.valve.demand": OutputSlot.facilityValve
    case "fan.#.valve.demand": OutputSlot.coilValve(index)
    case "rack.#.permit": OutputSlot.permit(index)
    default: nil
    }
  }
}

extension RoleMap {
  /// Role prefix of an actuator: `pump.1`, `rack.3.valve`, `fan.2`, `facility.valve`; of a cooling unit `cdu.flow` and
  /// `cdu.temperature`.
  public func name(of actuator: Actuator) -> String {
    switch actuator {
    case .pump where unit != nil: "cdu.flow"
    case .facilityValve where unit != nil: "cdu.temperature"
    case .pump(let i): "pump.\(i + 1)"
    case .rackValve(let i): "rack.\(i + 1).valve"
    case .fan(let i): "fan.\(i + 1)"
    case .facilityValve: "facility.valve"
    case .coilValve(let i): "fan.\(i + 1).valve"
    }
  }

  /// Every actuator this row has, in slot order.
  public static func actuators(of settings: Settings) -> [Actuator] {
    (0..<Actuator.count).compactMap(Actuator.init(index:)).filter(settings.has)
  }
}
