import RowConfig
import Testing

@testable import RowTwin

/// The demo row as the project ships it.
enum DemoRow {
  static let directory = #filePath.replacing("Tests/RowTwinTests/TwinTests.swift", with: "config")

  static func site(_ file: String = "row.demo.yaml") throws -> Site {
    try SiteLoader.load(path: "\(directory)/\(file)", profileDirectories: ["\(directory)/profiles"]).site
  }
  static func twin(_ file: String = "row.demo.yaml", seed: UInt64 = 1, percent: Double = 60) throws -> Twin {
    let site = try site(file)
    return try Twin(
      site: site, seed: seed,
      load: LoadTrace(.steady(percent: percent), ratedKw: site.racks.units.map(\.ratedKw), seed: seed))
  }
}

extension Twin {
  func bus(_ name: String) -> Int { site.buses.firstIndex { $0.name == name } ?? -1 }

  /// Registers of a device by its name, or the reply that was no answer.
  func ask(_ name: String, _ area: ModbusArea, _ address: Int, count: Int = 1) -> (TwinReply, [UInt16]) {
    guard let device = site.devices.first(where: { $0.name == name }) else { return (.silent, []) }
    var words: [UInt16] = []
    let reply = read(
      bus: bus(device.bus), unit: UInt8(device.unit), area: area, address: address, count: count, into: &words)
    return (reply, words)
  }

  @discardableResult
  func tell(_ name: String, _ address: Int, _ words: UInt16...) -> TwinReply {
    guard let device = site.devices.first(where: { $0.name == name }) else { return .silent }
    return write(
      bus: bus(device.bus), unit: UInt8(device.unit), area: .holding, address: address, values: words.span)
  }

  /// FNV-1a over what a controller would scan.
  func scanHash(_ hash: UInt64) -> UInt64 {
    let reads: [(String, ModbusArea, Int, Int)] = [
      ("P1-drive", .holding, 50_199, 1), ("P3-drive", .holding, 3, 3), ("C01-fan", .input, 0xD010, 3),
      ("R01-valve", .holding, 4, 1), ("row-flow", .holding, 3002, 2), ("R05-power", .holding, 0x0BF3, 2),
      ("RTD-A", .input, 0x0600, 6), ("AI-A", .holding, 0, 8), ("hall-air", .input, 0x0FD4, 1),
    ]
    var hash = hash
    for (name, area, address, count) in reads {
      for word in ask(name, area, address, count: count).1 { hash = (hash ^ UInt64(word)) &* 0x100_0000_01B3 }
    }
    return hash
  }
}

@Suite struct TwinTests {
  @Test func aNewTwinIsColdAndOffAndStaysSo() throws {
    let twin = try DemoRow.twin(percent: 0)
    twin.advance(seconds: 120)
    var rest = ActuatorPositions(pumps: 3, racks: 8, fans: 12)
    rest.rackPermit = Array(repeating: false, count: 8)
    #expect(twin.positions == rest)
    #expect(twin.truth.rowFlowLpm < 1 && twin.timeS == 120)
  }

  @Test func theSameSeedGivesTheSameRegistersAndAnotherSeedDoesNot() throws {
    func stream(_ seed: UInt64) throws -> UInt64 {
      let twin = try DemoRow.twin(seed: seed)
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      try twin.inject(Fault("manifold.dp.1.spike=50"))
      for second in 0..<120 {
        twin.tell("P1-drive", 49_999, 0x047C)
        twin.tell("P1-drive", 50_009, 0x3000)
        for rack in 1...8 { twin.tell("R0\(rack)-valve", 0, 8000) }
        if second == 60 { try twin.inject(Fault("pump.1.trip")) }
        twin.advance(seconds: 1)
        hash = twin.scanHash(hash)
      }
      return hash
    }
    let first = try stream(1)
    #expect(try stream(1) == first)
    #expect(try stream(2) != first)
  }

  @Test func everyShippedSiteCanBeSimulated() throws {
    for file in ["row.demo.yaml", "row.facility-water.yaml", "row.large.yaml", "row.mixed-16.yaml"] {
      let twin = try DemoRow.twin(file)
      twin.advance(seconds: 10)
      for device in twin.site.devices {
        let reply = twin.ask(device.name, .holding, 60_000).0
        #expect(reply == .exception(2), "\(device.name) of \(file)")
      }
    }
  }

  @Test func commandedPumpsAndValvesMoveTheFlowThatTheMetersRead() throws {
    let twin = try DemoRow.twin()
    for _ in 0..<90 {
      for pump in ["P1-drive", "P2-drive"] {
        twin.tell(pump, 50_009, 0x3333)
        twin.tell(pump, 49_999, 0x047C)
      }
      for rack in 1...8 { twin.tell("R0\(rack)-valve", 0, 10_000) }
      twin.advance(seconds: 1)
    }
    #expect(twin.truth.rowFlowLpm > 500)
    let (_, words) = twin.ask("row-flow", .holding, 3002, count: 2)
    #expect(abs(Double(float(words.reversed())) * 60_000 - twin.truth.rowFlowLpm) < 0.04 * twin.truth.rowFlowLpm)
  }

  @Test func aSettledTwinStandsAtItsSetpointWithItsPumpsRunning() throws {
    let twin = try DemoRow.twin(percent: 60)
    twin.settle(loadPercent: 60)
    twin.advance(seconds: 60)
    #expect(abs(twin.truth.supplyTemperatureC - 40) < 0.3)
    #expect(twin.ask("P1-drive", .holding, 50_199).1 == [0x0F07])
    #expect(twin.ask("P3-drive", .holding, 3).1.first.map { $0 & 0b101 } == 0b001)
    #expect(twin.timeS == 60)
  }

  @Test func aSettledTwinOfTheFacilityWaterRowStandsAtItsSetpoint() throws {
    let twin = try DemoRow.twin("row.facility-water.yaml", percent: 60)
    twin.settle(loadPercent: 60)
    #expect(abs(twin.truth.supplyTemperatureC - twin.site.supply.setpointC) < 0.3)
  }

  @Test(arguments: [
    ("row.demo.yaml", 20.0), ("row.demo.yaml", 100), ("row.facility-water.yaml", 60), ("row.large.yaml", 60),
    ("row.mixed-16.yaml", 80),
  ])
  func aSettledTwinStandsStillForTheNextHour(_ file: String, _ percent: Double) throws {
    let twin = try DemoRow.twin(file, percent: percent)
    twin.settle(loadPercent: percent)
    let settled = twin.truth
    twin.advance(seconds: 3600)
    #expect(abs(twin.truth.supplyTemperatureC - settled.supplyTemperatureC) < 0.05)
    #expect(abs(twin.truth.returnTemperatureC - settled.returnTemperatureC) < 0.05)
    #expect(abs(twin.truth.rowFlowLpm / settled.rowFlowLpm - 1) < 0.002)
    for (now, then) in zip(twin.truth.chipTemperatureC, settled.chipTemperatureC) { #expect(abs(now - then) < 0.1) }
  }

  @Test func theStateHashIsThatOfTheCallsAndChangesWithEveryOne() throws {
    func hashes(_ changes: Bool) throws -> [UInt64] {
      let twin = try DemoRow.twin()
      twin.settle(loadPercent: 60)
      if changes { twin.tell("R01-valve", 0, 9999) }
      return (0..<20).map { _ in
        twin.advance(seconds: 1)
        return twin.stateHash
      }
    }
    let first = try hashes(false)
    #expect(try hashes(false) == first && Set(first).count == 20)
    #expect(try zip(hashes(true), first).allSatisfy { $0 != $1 })
  }

  @Test func aUnitThatDoesNotExistGetsTheGatewaysException() throws {
    let twin = try DemoRow.twin()
    var words: [UInt16] = []
    #expect(twin.read(bus: 0, unit: 99, area: .holding, address: 0, count: 1, into: &words) == .exception(0x0B))
    #expect(twin.write(bus: 0, unit: 99, area: .holding, address: 0, values: words.span) == .exception(0x0B))
  }

  @Test func aReplyIsAsLongAsWasAskedForButNeverLongerThanAFrame() throws {
    let twin = try DemoRow.twin()
    #expect(twin.ask("R01-valve", .holding, 0, count: 2).1.count == 2)
    let tooMuch = twin.ask("R01-valve", .holding, 0, count: 2000)
    #expect(tooMuch.0 == .exception(3) && tooMuch.1.count == 125)
    #expect(twin.ask("R01-valve", .holding, 0, count: 0) == (.exception(3), []))
  }

  @Test func linkFaultsChangeTheReplyAndOnlyADeafDeviceDisobeys() throws {
    let twin = try DemoRow.twin()
    let expected: [(String, TwinReply, obeys: Bool)] = [
      ("dead", .silent, false), ("exception", .exception(4), false), ("slow", .late, true), ("garbage", .garbage, true),
    ]
    for (index, (kind, reply, obeys)) in expected.enumerated() {
      try twin.inject(Fault("device R01-valve \(kind)"))
      #expect(twin.tell("R01-valve", 0, UInt16(index + 1)) == reply)
      #expect(twin.ask("R01-valve", .holding, 0).0 == reply)
      #expect(twin.ask("R02-valve", .holding, 0).0 == .ok)
      twin.clearAllFaults()
      #expect((twin.ask("R01-valve", .holding, 0).1 == [UInt16(index + 1)]) == obeys)
    }
    try twin.inject(Fault("bus distribution dead"))
    #expect(twin.tell("R02-valve", 0, 1) == .silent && twin.ask("P1-drive", .holding, 50_199).0 == .ok)
  }

  @Test func aDeadBusLetsItsValvesFallOpen() throws {
    let twin = try DemoRow.twin()
    twin.tell("R01-valve", 0, 2000)
    twin.advance(seconds: 30)
    try twin.inject(Fault("bus distribution dead"))
    for _ in 0..<200 {
      twin.tell("R01-valve", 0, 2000)
      twin.advance(seconds: 1)
    }
    #expect(twin.positions.rackValve[0] > 0.99)
  }

  @Test func faultsOnThePlantReachItAndEndWithoutTrace() throws {
    let twin = try DemoRow.twin()
    let healthy = twin.effective
    for text in [
      "pump.1.worn=0.8", "rack.3.blocked=0.5", "rack.3.leak=2", "row.leak=1", "coil.2.fouled=0.5", "filter.clogged=3",
      "hall.humidity=70",
    ] { try twin.inject(Fault(text)) }
    #expect(twin.effective.pumpHead == [0.8, 1, 1] && twin.effective.rackConductance[2] == 0.5)
    #expect(twin.effective.leakRacksLpm[2] == 2 && twin.effective.leakRowLpm == 1)
    #expect(twin.effective.coilConductance[1] == 0.5 && twin.effective.filterClogging == 3)
    #expect(twin.effective.hallHumidityPercent == 70)
    try twin.inject(Fault("rack.3.leak=4"))
    #expect(twin.effective.leakRacksLpm[2] == 4 && twin.faults.count == 7)
    try twin.clear(key: "rack.3.leak")
    #expect(twin.effective.leakRacksLpm[2] == 0)
    twin.clearAllFaults()
    #expect(twin.effective == healthy && twin.faults.isEmpty)
  }

  @Test func faultsOnDevicesReachTheirRegisters() throws {
    let twin = try DemoRow.twin()
    for text in ["pump.2.broken", "fan.2.fail", "leak.1.broken", "leak.2.leak", "supply.temperature.1.open"] {
      try twin.inject(Fault(text))
    }
    twin.advance(seconds: 10)
    #expect(twin.ask("P2-drive", .holding, 50_199).1.first.map { $0 & 1 << 3 } == 1 << 3)
    #expect(twin.ask("C02-fan", .input, 0xD011).1.first.map { $0 & 1 << 4 } == 1 << 4)
    #expect(twin.ask("leak-cabinet", .input, 0).1 == [0b1010] && twin.ask("leak-floor", .input, 0).1 == [0b1001])
    #expect(twin.ask("RTD-A", .input, 0x0600).1 == [0x7FFF])
    twin.clearAllFaults()
    twin.advance(seconds: 10)
    #expect(twin.ask("RTD-A", .input, 0x0600).1.first.map { abs(Int($0) - 250) < 10 } == true)
    #expect(twin.ask("leak-floor", .input, 0).1 == [0])
  }

  @Test func coolantLostAtARackWetsTheFirstLeakZoneAfterHalfALitre() throws {
    let twin = try DemoRow.twin()
    twin.settle(loadPercent: 60)
    try twin.inject(Fault("rack.3.leak=2"))
    twin.advance(seconds: 10)
    #expect(twin.ask("leak-cabinet", .input, 0).1 == [0])
    twin.advance(seconds: 14)
    #expect(twin.ask("leak-cabinet", .input, 0).1 == [0b1001] && twin.ask("leak-floor", .input, 0).1 == [0])
  }

  @Test(arguments: [
    ("pump.5.trip", "no drive serves pump 5"), ("rack.9.leak=1", "the row has 8 racks"), ("fan.13.fail", "fan 13"),
    ("leak.13.leak", "leak zone 13"), ("facility.lost", "no facility water"), ("rack.1.flow.open", "no wire to break"),
    ("rack.1.chip_temperature.stuck", "nothing measures"), ("device X dead", "no device"), ("bus X dead", "no bus"),
    ("device X reset", "no device"), ("device R01-valve swapped-words", "32-bit values only"),
    ("bus X flaky=0.1", "no bus"), ("supply.temperature.1.nan", "as a float"), ("fan.13.leak=1", "12 fan coils"),
    ("fan.1.valve.stuck", "valve of fan 1"),
    ("pump.4.slow", "no drive serves pump 4"),
    ("coil.13.fouled=0.5", "12 coils"), ("pump.4.worn=0.5", "3 pumps"), ("facility.valve.stuck", "no facility valve"),
  ])
  func aFaultTheRowCannotHaveIsRefusedAndChangesNothing(_ text: String, _ reason: String) throws {
    let twin = try DemoRow.twin()
    let fault = try Fault(text)
    #expect { try twin.inject(fault) } throws: { "\($0)".contains(reason) }
    #expect(twin.faults.isEmpty)
  }

  @Test func clearingAFaultThatIsNotActiveSaysWhatIs() throws {
    let twin = try DemoRow.twin()
    try twin.inject(Fault("fan.2.fail"))
    #expect { try twin.clear(key: "fan.1.fail") } throws: { "\($0)".contains("active: fan.2.fail") }
  }

  @Test func aDeviceThatCannotBeSimulatedIsNamed() throws {
    let site = try DemoRow.site()
    let load = LoadTrace(.steady(percent: 0), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    func problem(_ change: (inout Site) -> Void) -> String {
      var changed = site
      change(&changed)
      do {
        _ = try Twin(site: changed, seed: 1, load: load)
        return "none"
      } catch {
        return error.description
      }
    }
    #expect(problem { _ in } == "none")
    #expect(problem { $0.devices[0].profile = "acme/pump" }.contains("P1-drive: no simulated model of 'acme/pump'"))
    #expect(problem { $0.devices[0].serves = "pump.4" }.contains("cannot serve 'pump.4', but pump.1 … pump.3"))
    #expect(problem { $0.devices[0].serves = nil }.contains("cannot serve 'nothing'"))
    #expect(problem { $0.devices[0].bus = "none" }.contains("no bus 'none'"))
  }
}
