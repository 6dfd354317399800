/// A field device made from its profile: it has the registers that the file names, answers as the file says that it
/// answers, and shows what its site entry connects it to. It plays what nobody has modelled from the documents; a wrong
/// number in the file is then wrong on both sides, and only such a model, a golden frame or the device itself finds it.
internal import RowConfig

class ProfileDevice: LivingDevice {
  private struct Register: Hashable {
    var area: ModbusArea
    var address: Int
  }
  /// One register of a point.
  private struct Part {
    var point: Int
    var register: Int
  }

  let profile: DeviceProfile
  let sensors: SensorBank
  /// What the power and energy of the device are measured with.
  let power: Int?
  private let indices: [String: Int]
  private var sources: [PointSource]
  private var parts: [Register: [Part]] = [:]
  /// What commands write, and which of them have been written.
  private var memory: [Register: UInt16] = [:]
  private var given: Set<Int> = []
  private var timer: CommunicationTimer
  private let silentAction: SilentAction?
  /// It is as it left the factory: not set up.
  private var isNew = false
  /// The rack whose permit a command gives.
  private let permits: [(command: Int, rack: Int)]

  init(_ profile: DeviceProfile, _ wiring: ProfileWiring, sensors: SensorBank) {
    self.profile = profile
    self.sensors = sensors
    power = wiring.power
    timer = CommunicationTimer(timeoutS: profile.communicationLoss?.timeoutS ?? .infinity)
    silentAction = profile.communicationLoss.map(SilentAction.init)
    indices = Dictionary(uniqueKeysWithValues: profile.points.enumerated().map { ($1.name, $0) })
    sources = profile.points.map {
      wiring.points[$0.name] ?? PointSource($0, of: profile, safePercent: wiring.safePercent)
    }
    permits = wiring.permits.compactMap { name, rack in
      profile.commands.firstIndex { $0.name == name }.map { (command: $0, rack: rack) }
    }
    for command in profile.commands {
      for index in 0..<command.format.registers {
        memory[Register(area: command.area, address: command.address + index)] = 0
      }
    }
    for (index, point) in profile.points.enumerated() where !isSaidAlready(point, before: index) {
      for register in 0..<point.registers {
        parts[Register(area: point.area, address: point.address + register), default: []]
          .append(Part(point: index, register: register))
      }
    }
  }

  /// Of two points at the same bits the first says what they are.
  private func isSaidAlready(_ point: DeviceProfile.Point, before index: Int) -> Bool {
    profile.points[..<index].contains {
      $0.area == point.area && $0.address == point.address && $0.bit == point.bit && $0.bitCount == point.bitCount
    }
  }

  // MARK: What its behaviour adds

  /// What it says of itself, in the point's unit; nil: nothing.
  func says(_ signal: PointSource.Signal) -> Double? { signal == .power ? power.map(sensors.value) : nil }
  /// Whether it has come as far as this step of its control word.
  func hasReached(step: Int) -> Bool { false }
  /// A command has been written.
  func obey(_ command: Int) {}
  func feed() { timer.feed() }

  func advance(seconds: Double, actuators: inout ActuatorPositions) {
    timer.advance(seconds: seconds)
    for permit in permits { actuators.rackPermit[permit.rack] = told(permit.command) != 0 }
  }

  func preset(percent: Double) {
    for permit in permits { tell(permit.command, percent > 0 ? 1 : 0) }
  }

  func reset() {
    isNew = true
    given = []
    for register in memory.keys { memory[register] = 0 }
    timer = CommunicationTimer(timeoutS: profile.communicationLoss?.timeoutS ?? .infinity)
  }

  /// What it does now because nobody speaks to it; nil: nothing.
  var silence: SilentAction? {
    timer.isExpired && !isNew ? silentAction : nil
  }

  // MARK: Registers

  var readLimit: Int { profile.maxRead }
  var sendsFloats: Bool { profile.points.allSatisfy { $0.format == .float32 || $0.format == .float64 } }

  func heard() {
    if profile.communicationLoss?.feed == .anyRequest { feed() }
  }

  func register(_ area: ModbusArea, _ address: Int) -> UInt16? {
    let register = Register(area: area, address: address)
    return memory[register] ?? parts[register]?.reduce(0) { $0 | word($1) }
  }

  /// Registers between two that it has are read as 0, as far as the profile says that they may be read.
  func read(_ area: ModbusArea, _ address: Int, count: Int, into words: inout MutableSpan<UInt16>) -> TwinReply {
    guard count >= 1, count <= min(area.readLimit, readLimit) else { return .exception(3) }
    heard()
    var gap = 0
    for offset in 0..<count {
      let word = register(area, address + offset)
      gap = word == nil ? gap + 1 : 0
      let isBetween = offset > 0 && offset < count - 1 && gap <= profile.maxGap ?? count
      guard word != nil || isBetween else { return .exception(2) }
      words[offset] = word ?? 0
    }
    return .ok
  }

  func store(_ area: ModbusArea, _ address: Int, _ value: UInt16) -> Bool {
    let register = Register(area: area, address: address)
    guard memory[register] != nil else { return false }
    memory[register] = value
    if profile.communicationLoss?.feed == .write { feed() }
    for (index, command) in profile.commands.enumerated()
    where command.area == area && command.address + command.format.registers - 1 == address {
      given.insert(index)
      obey(index)
    }
    return true
  }

  private func word(_ part: Part) -> UInt16 {
    let point = profile.points[part.point]
    if case .text(let text) = sources[part.point] { return point.order.register(part.register, of: text) }
    return point.order.register(part.register, of: point.registers, bits: bits(part.point) << point.field.shift)
  }

  // MARK: Commands

  /// The bits a command was last given; 0 before.
  func bits(ofCommand index: Int) -> UInt64 {
    let command = profile.commands[index]
    return bits(command.area, command.address, command.format.registers, command.order)
  }

  /// The same in the command's unit.
  func told(_ index: Int) -> Double {
    let command = profile.commands[index]
    let raw = command.format.number(bits(ofCommand: index))
    guard case .analog(let analog) = command.form else { return raw }
    return (raw * analog.scale + analog.offset) * factor(analog.reference, analog.referenceDivisor)
  }

  /// What the bus last gave a command, by its name, in its unit; nil: nothing yet.
  func told(_ name: String) -> Double? {
    guard let index = profile.commands.firstIndex(where: { $0.name == name }), given.contains(index) else { return nil }
    return told(index)
  }

  /// Stands as if the command had been given, by itself and not by the bus.
  func tell(_ index: Int, _ value: Double) {
    let command = profile.commands[index]
    var raw = value
    if case .analog(let analog) = command.form {
      raw = (value / factor(analog.reference, analog.referenceDivisor) - analog.offset) / analog.scale
    }
    keep(command.format.bits(raw), command.area, command.address, command.format.registers, command.order)
  }

  /// Whether these have been written and stand so.
  func stand(_ writes: [RawCommand]) -> Bool {
    writes.allSatisfy { given.contains($0.command) && bits(ofCommand: $0.command) == $0.raw }
  }

  private func bits(_ area: ModbusArea, _ address: Int, _ count: Int, _ order: WireOrder) -> UInt64 {
    order.bits(count) { memory[Register(area: area, address: address + $0)] ?? 0 }
  }

  private func keep(_ bits: UInt64, _ area: ModbusArea, _ address: Int, _ count: Int, _ order: WireOrder) {
    for index in 0..<count {
      memory[Register(area: area, address: address + index)] = order.register(index, of: count, bits: bits)
    }
  }

  // MARK: Points

  /// Shows this value, in the point's unit, from now on.
  func put(_ value: Double, at name: String) {
    guard let index = indices[name] else { return }
    let point = profile.points[index]
    if memory[Register(area: point.area, address: point.address)] != nil {
      keep(encoded(value, index) << point.field.shift, point.area, point.address, point.registers, point.order)
    } else {
      sources[index] = .value(value)
    }
  }
  func put(_ text: String, at name: String) {
    if let index = indices[name] { sources[index] = .text(text) }
  }

  /// Its own bits, lowest bit first.
  private func bits(_ index: Int) -> UInt64 {
    let point = profile.points[index]
    if memory[Register(area: point.area, address: point.address)] != nil {
      return bits(point.area, point.address, point.registers, point.order) >> point.field.shift & point.field.mask
    }
    switch sources[index] {
    case .bits(let bits): return bits
    case .condition(let met, let unmet): return isMeasured(dependingOn: point.name) ? met : unmet
    case .answer(let writes, let met, let unmet): return stand(writes) ? met : unmet
    case .text: return 0
    case .value(let value): return encoded(value, index)
    case .sensor(let sensor):
      return sensors.isOpen(sensor) ? nothing(point) : encoded(sensors.value(sensor), index)
    case .loop(let sensor, let at4mA, let at20mA):
      let share = (sensors.value(sensor) - at4mA) / (at20mA - at4mA)
      // Transmitters saturate below at 3.6 mA, and nothing comes from a broken one.
      return encoded(sensors.isOpen(sensor) ? 0 : min(max(4 + 16 * share, 3.6), 20), index)
    case .contact(let contact): return encoded(contact.isClosed ? 1 : 0, index)
    case .cut(let cable): return encoded(cable.isBroken ? 1 : 0, index)
    case .signal(let signal): return encoded(says(signal) ?? 0, index)
    case .step(let step): return encoded(hasReached(step: step) ? 1 : 0, index)
    case .echo(let command): return encoded(told(command), index)
    case .setting(let expected, let factory): return encoded(isNew ? factory : expected, index)
    case .mains: return encoded(Mains.hertz(speed: (says(.speed) ?? 100) / 100), index)
    case .energy: return encoded(power.map { sensors.total($0) / 3600 } ?? 0, index)
    }
  }

  private func encoded(_ value: Double, _ index: Int) -> UInt64 {
    let point = profile.points[index]
    var value = value
    if let unit = point.unitFrom, let chosen = indices[unit.point].map({ bits($0) }),
      let choice = unit.choices.first(where: { $0.raw == chosen })
    {
      value = (value - choice.offset) / choice.scale
    }
    let raw = (value / factor(point.reference, point.referenceDivisor) - point.offset) / point.scale
    guard point.bit != nil else { return point.format.bits(raw) }
    return UInt64(min(max(raw.rounded(), 0), Double(point.field.mask)))
  }

  /// What a reference multiplies by, to the last bit as a master reads it.
  private func factor(_ reference: String?, _ divisor: Double) -> Double {
    guard let index = reference.flatMap({ indices[$0] }) else { return 1 }
    let point = profile.points[index]
    let value = point.format.number(bits(index)) * point.scale + point.offset
    return value * factor(point.reference, point.referenceDivisor) / divisor
  }

  private func nothing(_ point: DeviceProfile.Point) -> UInt64 {
    point.invalidRaw.first ?? (point.unit == .milliampere ? 0 : point.format.bits(point.format.top))
  }

  private func isMeasured(dependingOn name: String) -> Bool {
    !zip(profile.points, sources).contains { point, source in
      guard point.validWhen?.point == name else { return false }
      switch source {
      case .sensor(let sensor), .loop(let sensor, _, _): return sensors.isOpen(sensor)
      default: return false  // has no wire
      }
    }
  }
}
