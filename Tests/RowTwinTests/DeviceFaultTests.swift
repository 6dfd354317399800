import Glibc
import RowConfig
import Testing

@testable import FieldIO
@testable import RowTwin

/// Every fault of communication on an emulated device of each kind, as a master meets it on either transport.
@Suite(.serialized) struct DeviceFaultTests {
  /// A drive, a fan, a valve, a meter, an input and an output module, a leak detector, a supervised unit.
  static let kinds = [
    "siemens/sinamics-g120", "ebm-papst/ec-fan-ace", "belimo/energy-valve", "carlo-gavazzi/em24", "moxa/iologik-e1240",
    "advantech/adam-6050", "rle/ld5000", "ocp/orv3-rpu2",
  ]

  /// What a read comes to; a damaged or cut frame may cost the wait for the rest of it.
  static func outcomes(of fault: LinkFault) -> [ModbusFault?] {
    switch fault {
    case .dead, .slow: [.timeout]
    case .exception: [.exception(4)]
    case .garbage, .badCrc, .wrongUnit: [.protocolViolation]
    case .short: [.protocolViolation, .timeout]
    case .illegal: [.exception(2)]
    case .lying: [nil]
    }
  }

  @Test(arguments: kinds, Transport.allCases)
  func everyFaultOfALinkIsMetAsWhatItIsAndLeavesNoTrace(_ name: String, _ transport: Transport) throws {
    let rig = try DeviceRig([name], on: transport, timeoutMs: 100)
    let point = try DeviceRig.profile(name).points[0]
    func read(_ link: LibmodbusLink) -> ModbusFault? {
      do throws(ModbusFault) {
        _ = try rig.read(point.area, point.address, count: point.registers, over: link)
        return nil
      } catch {
        return error
      }
    }
    for fault in LinkFault.allCases {
      let expected = Self.outcomes(of: fault)
      // What answers at once may be waited for, however busy the machine is.
      let link = try rig.link(timeoutMs: expected.contains(.timeout) ? 100 : 2000)
      try rig.inject("device \(name) \(fault.rawValue)")
      let found = read(link)
      #expect(expected.contains(found), "\(fault) is \(String(describing: found))")
      try rig.withTwin { $0.clearAllFaults() }
      // A late reply is still on its way, or the connection is made again.
      var left = 40
      while read(link) != nil, left > 0 {
        usleep(50_000)
        left -= 1
      }
      #expect(left > 0, "after \(fault)")
    }
  }

  @Test(arguments: kinds, Transport.allCases)
  func oneIllegalRegisterCostsNoNeighbour(_ name: String, _ transport: Transport) throws {
    let rig = try DeviceRig([name], on: transport)
    let whole = try rig.probe()
    try rig.inject("device \(name) illegal")
    // In the first read from now on.
    let points = try DeviceRig.profile(name).points
    let link = try rig.link()
    #expect(throws: ModbusFault.exception(2)) {
      try rig.read(points[0].area, points[0].address, count: points[0].registers, over: link)
    }
    let rest = try rig.probe()
    for point in points {
      let isRefused = point.area == points[0].area && point.address == points[0].address
      let dependsOnIt = point.validWhen?.point == points[0].name
      guard !dependsOnIt else { continue }
      #expect(rest[point.name]?.outcome == (isRefused ? .exception : whole[point.name]?.outcome), "\(point.name)")
    }
  }

  @Test(arguments: kinds, Transport.allCases)
  func aLyingDeviceAcknowledgesAndDoesNothing(_ name: String, _ transport: Transport) throws {
    let rig = try DeviceRig([name], on: transport)
    let commands = try DeviceRig.profile(name).commands.filter { $0.format.registers == 1 }
    guard let command = commands.first else { return }
    let link = try rig.link()
    try rig.inject("device \(name) lying")
    try rig.write(command.area, command.address, over: link)
    #expect(try rig.withDevice { $0.told(command.name) } == nil)
    try rig.withTwin { $0.clearAllFaults() }
    try rig.write(command.area, command.address, over: link)
    #expect(try rig.withDevice { $0.told(command.name) } != nil)
    // And with its supply gone for a moment it knows nothing of it.
    try rig.inject("device \(name) reset")
    #expect(try rig.withDevice { $0.told(command.name) } == nil)
  }

  // MARK: Faults of what it moves and measures

  @Test(arguments: Transport.allCases)
  func aStuckValveIsJammedAndSaysSo(_ transport: Transport) throws {
    let rig = try DeviceRig(["belimo/energy-valve"], on: transport)
    try rig.inject("rack.1.valve.stuck")
    _ = try rig.set("demand", 80)
    try rig.wait(seconds: 20)
    let readings = try rig.probe()
    #expect(readings["position"]?.value == 0 && readings["blocked"]?.value == 1)
  }

  @Test(arguments: Transport.allCases)
  func aBrokenFanSaysSoAndStops(_ transport: Transport) throws {
    let rig = try DeviceRig(["ebm-papst/ec-fan-ace"], on: transport)
    _ = try rig.set("speed_demand", 80)
    try rig.wait(seconds: 9)
    #expect(try rig.probe()["fault"]?.value == 0)
    try rig.inject("fan.1.fail")
    try rig.wait(seconds: 60)
    let readings = try rig.probe()
    #expect(readings["speed"]?.value == 0 && readings["fault"]?.value == 1)
  }

  @Test(arguments: Transport.allCases)
  func aStuckMeterStandsStillAndAFloatMayBeNoNumber(_ transport: Transport) throws {
    let rig = try DeviceRig(["janitza/umg104"], on: transport)
    try rig.wait(seconds: 10)
    let first = try #require(try rig.probe()["power"]?.value)
    #expect(abs(first - 60) < 2, "half of a rack's rated power")
    try rig.inject("rack.1.power.stuck")
    try rig.wait(seconds: 10)
    #expect(try rig.probe()["power"]?.value == first)
    try rig.inject("rack.1.power.nan")
    try rig.wait(seconds: 1)
    #expect(try rig.probe()["power"]?.outcome == .invalidValue)
  }

  @Test(arguments: Transport.allCases)
  func aLeakDetectorTellsLiquidFromABrokenCable(_ transport: Transport) throws {
    let rig = try DeviceRig(["rle/ld5000"], on: transport)
    for (fault, leak, cut) in [("leak.1.leak", 1.0, 0.0), ("leak.1.broken", 0, 1)] {
      try rig.inject(fault)
      try rig.wait(seconds: 5)
      let readings = try rig.probe()
      #expect(readings["leak"]?.value == leak && readings["cable_break"]?.value == cut, "\(fault)")
      try rig.withTwin { $0.clearAllFaults() }
    }
  }

  @Test(arguments: Transport.allCases)
  func aBrokenWireIsNoValueWhereTheModuleCanTellAndNoCurrentElsewhere(_ transport: Transport) throws {
    // 150 kPa of 600 is 8 mA.
    for (name, point, role, value, none) in [
      ("moxa/iologik-e1240", "ai_2", "supply.pressure", 8, nil),
      ("advantech/adam-6017", "ai_2", "supply.pressure", 8, 0),
      ("advantech/adam-6015", "rtd_2", "supply.temperature.1", 25, nil),
    ] as [(String, String, String, Double, Double?)] {
      var channel = Site.Device.Channel(point: point, role: role)
      if role == "supply.pressure" { (channel.at4mA, channel.at20mA) = (0, 600) }
      let rig = try DeviceRig([name], on: transport, channels: [channel])
      try rig.wait(seconds: 5)
      let healthy = try #require(try rig.probe()[point]?.value)
      #expect(abs(healthy - value) < 0.5, "\(name): \(healthy)")
      try rig.inject("\(role).open")
      let broken = try #require(try rig.probe()[point])
      #expect(broken.value == none && broken.outcome == (none == nil ? .invalidValue : .good), "\(name): \(broken)")
    }
  }
}
