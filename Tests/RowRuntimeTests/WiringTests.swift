import CoolingCore
import FieldIO
import RowConfig
import Testing

@testable import RowRuntime

@Suite struct WiringTests {
  @Test func everyRoleOfTheCatalogueHasASlotOfItsOwn() throws {
    let map = RoleMap(site: try Bench.load("row.demo.yaml").site)
    var inputs: Set<Int> = []
    var outputs: Set<Int> = []
    // A cooling unit's stand in for those of a pump and a valve, in rows that have one.
    for role in RoleCatalogue.all where !role.pattern.hasPrefix("cdu.") {
      for number in 1...role.count {
        let name = role.pattern.replacing("#", with: "\(number)")
        switch role.direction {
        case .input:
          let slot = try #require(map.inputSlot(name), "\(name) has no slot")
          #expect(inputs.insert(slot).inserted, "\(name) shares its slot")
          #expect(map.inputs[slot] == name && map.inputUnits[slot] == role.unit)
          #expect(map.outputSlot(name) == nil)
        case .output:
          let slot = try #require(map.outputSlot(name), "\(name) has no slot")
          #expect(outputs.insert(slot).inserted, "\(name) shares its slot")
          #expect(map.outputs[slot] == name)
        }
      }
    }
    #expect(inputs == Set(0..<InputSlot.count), "slots without a role")
    #expect(outputs == Set(0..<OutputSlot.count), "slots without a role")
  }

  @Test func capacitiesOfCoreAndCatalogueAreTheSame() {
    #expect(Capacity.racks == RoleCatalogue.racksMax && Capacity.pumps == RoleCatalogue.pumpsMax)
    #expect(Capacity.fans == RoleCatalogue.fansMax && Capacity.leakZones == RoleCatalogue.leakZonesMax)
  }

  @Test func tagComesFromTheChannelOrFromTheDeviceThatServes() throws {
    let map = RoleMap(site: try Bench.load("row.demo.yaml").site)
    #expect(map.tag("supply.temperature.2") == "TT-101B")
    #expect(map.tag("pump.1") == "P-101")
    #expect(map.tag("rack.4.valve") == "FV-304")
    #expect(map.tag("pump.4") == nil)
  }

  @Test(arguments: Bench.shippedSites) func settingsOfAShippedSiteAreThoseOfItsFile(_ file: String) throws {
    let bench = try Bench(file)
    let site = bench.loaded.site
    let settings = bench.loop.core.settings
    #expect(settings.rackCount == site.racks.units.count && settings.pumpCount == site.pumps.units.count)
    #expect(settings.fanCount == (site.fans?.units.count ?? 0))
    #expect((settings.heatRejection == .facilityValve) == (site.topology == .facilityWater))
    #expect(settings.supply.setpoint.celsius == site.supply.setpointC)
    #expect(settings.pumps.safeSpeed == site.pumps.safeSpeedPercent)
    #expect(settings.rejection.safe == site.fans?.safeSpeedPercent ?? site.facilityValve?.safePositionPercent)
    #expect(settings.limits.supplyHighHigh.celsius == site.limits.supplyHighHighC)
    for (i, unit) in site.racks.units.enumerated() {
      #expect(settings.racks[i].rated.kilowatts == unit.ratedKw)
      #expect(settings.racks[i].designFlow.litresPerMinute == unit.designFlowLpm)
    }
    let fed = Set(bench.field.plan.buses.flatMap(\.inputSlots))
    for slot in 0..<InputSlot.count { #expect(settings.signals[slot].isConfigured == fed.contains(slot), "\(slot)") }
    let coilValves = site.devices.count {
      $0.serves?.hasPrefix("fan.") == true && $0.serves?.hasSuffix(".valve") == true
    }
    #expect(
      RoleMap.actuators(of: settings).count
        == settings.pumpCount + settings.rackCount + settings.fanCount + coilValves
        + (site.facilityValve == nil ? 0 : 1))
  }

  @Test(
    arguments: [
      ("row.demo.yaml", 8, 0), ("row.facility-water.yaml", 8, 0), ("row.large.yaml", 24, 12),
      ("row.mixed-16.yaml", 16, 16),
    ])
  func permitsAndCoilValvesAreThoseThatADeviceServes(file: String, permits: Int, coilValves: Int) throws {
    let settings = try Bench(file).loop.core.settings
    #expect((0..<Capacity.racks).filter { settings.hasPermit[$0] } == Array(0..<permits))
    #expect((0..<Capacity.fans).filter { settings.hasCoilValve[$0] } == Array(0..<coilValves))
  }

  @Test func leakZonesWatchWhatTheSiteFileSays() throws {
    let demo = try Bench("row.demo.yaml").loop.core.settings
    #expect(demo.leakZoneCount == 10)
    for zone in 0..<2 { #expect(demo.leakZones[zone] == Settings.LeakZone()) }
    for zone in 2..<10 { #expect(demo.leakZones[zone].watches == .rack(zone - 2) && demo.leakZones[zone].isCritical) }
    let mixed = try Bench("row.mixed-16.yaml").loop.core.settings
    for zone in 2..<18 { #expect(mixed.leakZones[zone].watches == .coil(zone - 2) && mixed.leakZones[zone].isCritical) }
  }

  @Test(arguments: Bench.shippedSites) func everySignalKnowsTheBusItIsReadFrom(_ file: String) throws {
    let bench = try Bench(file)
    let site = bench.loaded.site
    for binding in bench.loaded.bindings where binding.role.direction == .input {
      let slot = try #require(bench.roles.inputSlot(binding.name))
      let bus = bench.loop.core.settings.signals[slot].bus
      #expect(site.buses[bus].name == site.devices[binding.device].bus, "\(binding.name)")
    }
  }

  /// `irhxd check` refuses a limit by the name of the cause whose limit it is.
  @Test(arguments: [
    ("supply_high_high_c: 46", "supply_high_high_c: 63", Cause.supplyHighHigh),
    ("return_high_high_c: 65", "return_high_high_c: 66", .returnHighHigh),
    ("supply_pressure_high_kpa: 450", "supply_pressure_high_kpa: 501", .overPressure),
  ])
  func limitLooserThanTheEquipmentIsRefusedByTheNameOfItsCause(given: String, loose: String, cause: Cause) throws {
    let config = Bench.config.path
    let text = try String(contentsOfFile: "\(config)/row.demo.yaml", encoding: .utf8)
      .replacing("pressure_max_kpa: 600", with: "pressure_max_kpa: 500")
    func load(_ text: String) throws -> LoadedSite {
      try SiteLoader.load(text: text, profileDirectories: ["\(config)/profiles"])
    }
    _ = try load(text)
    let refusal = #expect(throws: ConfigurationFaults.self) { try load(text.replacing(given, with: loose)) }
    #expect(refusal?.faults.count == 1)
    #expect(
      refusal?.description.contains(" \(CauseAndEffect.definition(of: cause).id) acts at ") == true,
      "\(refusal?.description ?? "")")
  }

  @Test(arguments: Bench.shippedSites) func everyActuatorOfAShippedSiteIsWritten(_ file: String) throws {
    let bench = try Bench(file)
    bench.run(cycles: 20)
    let demands = try #require(bench.field.demands)
    let written = Set(bench.field.plan.buses.flatMap(\.outputSlots))
    #expect(Set(demands.values.indices.filter { demands.values[$0] != nil }) == written)
  }

  /// OPS-072: whoever else wants a fan at its most.
  @Test func whatAnInterlockWantsAtItsMostIsUrgentWhoeverOwnsIt() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    _ = bench.apply(.override(actuator: "fan.1", value: 100, leaseS: 600, reason: "test"))
    bench.run(cycles: 2)
    #expect(bench.field.demands?.isUrgent[OutputSlot.fan(0)] == false)
    func run(returnC: Double, cycles: Int) {
      for sensor in 1...3 { bench.field.values["return.temperature.\(sensor)"] = returnC }
      for _ in 0..<cycles {
        bench.run()
        for (slot, name) in bench.roles.outputs.enumerated() where name?.hasSuffix(".speed_demand") == true {
          bench.field.values[name?.replacing("_demand", with: "") ?? ""] = bench.field.demands?.values[slot]
        }
      }
    }
    run(returnC: 75, cycles: 30)
    let isMaximum = bench.loop.core.interlocks.effects.isCoolingMaximum
    #expect(isMaximum)
    #expect(bench.loop.core.actuation.owner(of: .fan(0)) == .operatorOverride)
    #expect(bench.field.demands?.isUrgent[OutputSlot.fan(0)] == true)
    run(returnC: 50, cycles: 60)
    #expect(bench.field.demands?.values[OutputSlot.fan(0)] == 100)
    #expect(bench.field.demands?.isUrgent[OutputSlot.fan(0)] == false)
  }
}

@Suite struct HeatExchangerTests {
  @Test(arguments: Bench.shippedSites) func effectivenessRisesWithTheActuatorAndFallsWithTheFlow(_ file: String) throws
  {
    let map = try Bench(file).loop.core.settings.rejection.map
    for row in 0..<EffectivenessMap.flowPoints {
      for column in 0..<EffectivenessMap.actuatorPoints {
        let here = map.rows[row][column]
        #expect(here > 0 && here <= 1)
        if column > 0 { #expect(here >= map.rows[row][column - 1], "row \(row), column \(column)") }
        if row > 0 { #expect(here <= map.rows[row - 1][column], "row \(row), column \(column)") }
      }
    }
  }

  /// At rated air and design flow a coil gives its rated heat; half a percent is the interpolation between two rows.
  @Test(arguments: ["row.demo.yaml", "row.mixed-16.yaml"]) func coilGivesItsRatedHeatAtTheDesignPoint(
    _ file: String
  ) throws {
    let unit = try #require(Bench.load(file).site.fans?.units.first)
    let map = try Bench(file).loop.core.settings.rejection.map
    let effectiveness = map.effectiveness(actuator: 100, flowShare: 1)
    let heat = effectiveness * coolantHeatCapacityKjPerLitreKelvin * unit.designFlowLpm / 60 * unit.designItdK
    #expect(abs(heat - unit.ratedKw) < 0.005 * unit.ratedKw, "\(heat) kW")
  }

  @Test func plateExchangerGivesItsRatedHeatWithItsValveOpen() throws {
    let site = try Bench.load("row.facility-water.yaml").site
    let valve = try #require(site.facilityValve)
    let map = try Bench("row.facility-water.yaml").loop.core.settings.rejection.map
    let effectiveness = map.effectiveness(actuator: 100, flowShare: 1)
    let heat = effectiveness * coolantHeatCapacityKjPerLitreKelvin * valve.designLoopFlowLpm / 60 * valve.designItdK
    #expect(abs(heat - valve.ratedKw) < 0.005 * valve.ratedKw, "\(heat) kW")
  }
}
