import RowConfig
import Testing

@testable import RowTwin

/// The demo row with what isolation needs: permits for every rack, isolating valves on the first two coils, an
/// emergency stop (normally closed), a permissive, and leak zones at rack 3, at coil 2 and on the floor.
enum IsolatingRow {
  static func site() throws -> Site {
    var site = try DemoRow.site()
    func add(_ name: String, _ profile: String, unit: Int, _ change: (inout Site.Device) -> Void) {
      var device = Site.Device(name: name, profile: profile, bus: "instruments", unit: unit)
      change(&device)
      site.devices.append(device)
    }
    func zone(_ number: Int, _ place: Site.LeakZone.Place) -> Site.LeakZone {
      var zone = Site.LeakZone(number: number)
      zone.watches = place
      return zone
    }
    add("permits", "moxa/iologik-e1211", unit: 101) { device in
      device.channels = (0..<8).map { .init(point: "do_\($0)", role: "rack.\($0 + 1).permit") }
    }
    add("contacts", "moxa/iologik-e1210", unit: 102) { device in
      var stop = Site.Device.Channel(point: "di_0", role: "row.emergency_stop")
      stop.isInverted = true
      device.channels = [
        stop, .init(point: "di_1", role: "row.permissive"), .init(point: "di_2", role: "leak.5.alarm"),
      ]
    }
    add("C01-valve", "belimo/actuator-mod", unit: 111) { $0.serves = "fan.1.valve" }
    add("C02-valve", "siemens/acvatix-mo", unit: 112) { $0.serves = "fan.2.valve" }
    add("leak-rack-3", "rle/ld2100", unit: 113) { $0.serves = "leak.3" }
    add("leak-coil-2", "rle/ld2100", unit: 114) { $0.serves = "leak.4" }
    site.leakZones = [zone(3, .rack(3)), zone(4, .coil(2))]
    return site
  }

  static func settled(_ change: (inout Site) -> Void = { _ in }) throws -> Twin {
    var site = try site()
    change(&site)
    let load = LoadTrace(.steady(percent: 60), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    let twin = try Twin(site: site, seed: 1, load: load)
    twin.settle(loadPercent: 60)
    return twin
  }
}

@Suite struct IsolationTests {
  private func permit(_ twin: Twin, rack: Int, _ isGiven: Bool) -> TwinReply {
    let value: [UInt16] = [isGiven ? 1 : 0]
    return twin.write(bus: twin.bus("instruments"), unit: 101, area: .coil, address: rack - 1, values: value.span)
  }

  @Test func aRackWithoutItsPermitIsOffWithinTwoSecondsAndItsNeighbourIsNot() throws {
    let twin = try IsolatingRow.settled()
    twin.advance(seconds: 1)
    let before = twin.truth.rackPowerKw[2]
    #expect(permit(twin, rack: 3, false) == .ok)
    twin.advance(seconds: 1)
    #expect(twin.truth.rackPowerKw[2] > 0.3 * before)
    twin.advance(seconds: 1)
    #expect(twin.truth.rackPowerKw[2] == 0 && twin.truth.rackPowerKw[3] == before)
  }

  @Test func aRackThatGetsItsPermitBackRampsUpOverFiveSeconds() throws {
    let twin = try IsolatingRow.settled()
    _ = permit(twin, rack: 3, false)
    twin.advance(seconds: 5)
    _ = permit(twin, rack: 3, true)
    twin.advance(seconds: 2.5)
    #expect(abs(twin.truth.rackPowerKw[2] / twin.truth.rackPowerKw[3] - 0.5) < 0.01)
    twin.advance(seconds: 3)
    #expect(twin.truth.rackPowerKw[2] == twin.truth.rackPowerKw[3])
  }

  @Test func anOutputModuleHoldsItsOutputsWhenItsMasterFallsSilentAndLosesThemOnReset() throws {
    let twin = try IsolatingRow.settled()
    twin.advance(seconds: 600)
    #expect(twin.ask("permits", .coil, 0, count: 16).1 == Array(repeating: 1, count: 8) + Array(repeating: 0, count: 8))
    #expect(twin.ask("permits", .coil, 16).0 == .exception(2))
    try twin.inject(Fault("device permits reset"))
    twin.advance(seconds: 3)
    #expect(twin.positions.rackPermit == Array(repeating: false, count: 8) && twin.faults.isEmpty)
  }

  @Test func aRackWithoutAPermitChannelAlwaysHasItsPermit() throws {
    var site = try DemoRow.site()
    site.devices.removeAll { $0.profile == "moxa/iologik-e1211" }
    let load = LoadTrace(.steady(percent: 60), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    let twin = try Twin(site: site, seed: 1, load: load)
    twin.advance(seconds: 5)
    #expect(twin.truth.rackPowerKw.allSatisfy { $0 > 0 })
  }

  @Test func aShutCoilValveTakesTheCoilsFlowAndHeatAndTheOthersCarryMore() throws {
    let twin = try IsolatingRow.settled()
    let before = twin.truth
    try twin.inject(Fault("fan.1.valve.closed"))
    twin.advance(seconds: 120)
    #expect(twin.positions.coilValve[0] == 0 && twin.positions.coilValve[1] == 1)
    #expect(twin.truth.supplyTemperatureC > before.supplyTemperatureC + 0.2)
    #expect(twin.truth.rowFlowLpm < before.rowFlowLpm && twin.truth.rowFlowLpm > 0.95 * before.rowFlowLpm)
    #expect(abs(twin.truth.heatOutKw / twin.truth.heatInKw - 1) < 0.1)
  }

  @Test func aBankOfShutCoilValvesIsDeadHeaded() {
    var plant = PlantSite.nominal(at: 40)
    var actuators = PlantSite.actuators(pumps: [0.9, 0.9, 0.9], valves: 0.87, fans: 0.5)
    plant.settle(seconds: 60, actuators: actuators, conditions: PlantSite.conditions(rackKw: 0))
    #expect(plant.truth.rowFlowLpm > 1000)
    actuators.coilValve = Array(repeating: 0, count: 12)
    plant.settle(seconds: 60, actuators: actuators, conditions: PlantSite.conditions(rackKw: 0))
    #expect(plant.truth.rowFlowLpm < 10)
    #expect(plant.truth.supplyTemperatureC > 20)
  }

  @Test func aRacksLeakStopsWhereItsValveIsShut() throws {
    let twin = try IsolatingRow.settled()
    try twin.inject(Fault("rack.3.leak=2"))
    twin.advance(seconds: 10)
    #expect((1.5...2.5).contains(twin.truth.leakRacksLpm[2]))
    try twin.inject(Fault("rack.3.valve.closed"))
    twin.advance(seconds: 70)
    let level = twin.truth.levelPercent
    twin.advance(seconds: 1)
    #expect(twin.truth.leakRacksLpm[2] == 0 && twin.truth.levelPercent > level - 0.01)
  }

  @Test func aCoilsLeakStopsWhereItsValveIsShutAndWetsItsOwnCable() throws {
    let twin = try IsolatingRow.settled()
    try twin.inject(Fault("fan.2.leak=1"))
    twin.advance(seconds: 12)
    #expect(twin.truth.leakCoilsLpm[1] > 0.5)
    #expect(twin.ask("leak-coil-2", .input, 0).1 == [0b1001] && twin.ask("leak-rack-3", .input, 0).1 == [0])
    twin.tell("C02-valve", 0, 0)
    for _ in 0..<70 {
      _ = twin.ask("C02-valve", .holding, 2)
      twin.advance(seconds: 1)
    }
    #expect(twin.truth.leakCoilsLpm[1] == 0)
    try twin.clear(key: "fan.2.leak")
    twin.advance(seconds: 1)
    #expect(twin.ask("leak-coil-2", .input, 0).1 == [0])
  }

  @Test func aZoneThatWatchesARackIsWetAfterATwentiethOfALitre() throws {
    let twin = try IsolatingRow.settled()
    try twin.inject(Fault("rack.3.leak=0.5"))
    twin.advance(seconds: 5 + 4)
    #expect(twin.ask("leak-rack-3", .input, 0).1 == [0])
    twin.advance(seconds: 5)
    #expect(twin.ask("leak-rack-3", .input, 0).1 == [0b1001] && twin.ask("leak-cabinet", .input, 0).1 == [0])
    #expect(twin.ask("leak-floor", .input, 0).1 == [0])
  }

  @Test func contactsShowEmergencyStopAndPermissiveThroughTheirWiring() throws {
    let twin = try IsolatingRow.settled()
    twin.advance(seconds: 1)
    #expect(twin.ask("contacts", .discrete, 0, count: 3).1 == [1, 1, 0])
    try twin.inject(Fault("emergency-stop"))
    try twin.inject(Fault("permissive.lost"))
    try twin.inject(Fault("leak.5.leak"))
    twin.advance(seconds: 1)
    #expect(twin.ask("contacts", .discrete, 0, count: 3).1 == [0, 0, 1])
    twin.clearAllFaults()
    twin.advance(seconds: 1)
    #expect(twin.ask("contacts", .discrete, 0, count: 3).1 == [1, 1, 0])
    twin.conditions.isEmergencyStopped = true
    twin.advance(seconds: 1)
    #expect(twin.ask("contacts", .discrete, 0, count: 16).1.first == 0)
    #expect(twin.ask("contacts", .discrete, 16).0 == .exception(2))
  }

  @Test func aBrokenWireOpensItsContactAndAStuckOneStays() throws {
    let twin = try IsolatingRow.settled()
    twin.advance(seconds: 1)
    try twin.inject(Fault("row.permissive.stuck"))
    try twin.inject(Fault("permissive.lost"))
    try twin.inject(Fault("row.emergency_stop.open"))
    twin.advance(seconds: 1)
    #expect(twin.ask("contacts", .discrete, 0, count: 2).1 == [0, 1])
    #expect { try twin.inject(Fault("row.permissive.drift=1")) } throws: { "\($0)".contains("is a contact") }
    twin.clearAllFaults()
    twin.advance(seconds: 1)
    #expect(twin.ask("contacts", .discrete, 0, count: 2).1 == [1, 1])
  }
}
