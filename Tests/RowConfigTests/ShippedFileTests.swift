/// The files under config/ are part of the product: they load without a fault or a warning.

import RowConfig
import Testing

@Suite struct ShippedFileTests {
  @Test(arguments: Shipped.rows)
  func shippedRowLoadsWithoutFaultOrWarning(file: String) throws {
    let loaded = try SiteLoader.load(path: "\(Shipped.config)/\(file)", profileDirectories: [Shipped.profiles])
    #expect(loaded.warnings.map(\.description) == [])
  }

  @Test(arguments: try Shipped.profilePaths())
  func shippedProfileLoadsUnderItsOwnName(path: String) throws {
    let profile = try SiteLoader.loadProfile(path: path)
    #expect(path.hasSuffix("/\(profile.name).yaml"))
  }

  @Test func demoRowIsTheRowTheDocumentsSpeakOf() throws {
    let demo = try SiteLoader.load(path: "\(Shipped.config)/row.demo.yaml", profileDirectories: [Shipped.profiles])
    let site = demo.site
    #expect(site.racks.units.map(\.name) == (1...8).map { "R0\($0)" })
    #expect(site.racks.units.allSatisfy { $0.ratedKw == 120 && $0.designFlowLpm == 156 && $0.designDpKpa == 80 })
    #expect(site.pumps.units.map(\.ratedFlowLpm) == [624, 624, 624])
    #expect(site.fans?.units.count == 12)
    #expect(site.supply.setpointC == 40)
    #expect(site.cycle.periodMs == 1000)
    #expect(site.buses.map(\.link) == (15021...15027).map { .tcp(host: "127.0.0.1", port: $0) })
    #expect(demo.profiles.count == 14)
  }

  @Test func largeRowHas120DevicesOnSixBusesOfWhichTwoAreSerialAndNoneCarriesAllOfAKind() throws {
    let large = try SiteLoader.load(path: "\(Shipped.config)/row.large.yaml", profileDirectories: [Shipped.profiles])
    let site = large.site
    #expect(site.devices.count == 120 && site.buses.count == 6 && site.racks.units.count == 24)
    let lines = site.buses.filter { if case .serial = $0.link { true } else { false } }
    #expect(lines.map(\.name) == ["meters-a", "meters-b"])
    for pattern in Set(large.bindings.map(\.role.pattern)) {
      let buses = large.bindings.filter { $0.role.pattern == pattern }.map { site.devices[$0.device].bus }
      #expect(buses.count == 1 || Set(buses).count > 1, "\(pattern)")
    }
  }

  @Test func everyModuleOfTheDemoRowCanFailAlone() throws {
    let demo = try SiteLoader.load(path: "\(Shipped.config)/row.demo.yaml", profileDirectories: [Shipped.profiles])
    for quantity in ["supply.temperature", "return.temperature", "manifold.dp"] {
      let modules = Set(demo.bindings.filter { $0.name.hasPrefix(quantity) }.map(\.device))
      #expect(modules.count == 2)
    }
  }

  @Test func everyRackOfTheDemoRowHasAPermitAndADetectorThatIsolatesIt() throws {
    let demo = try SiteLoader.load(path: "\(Shipped.config)/row.demo.yaml", profileDirectories: [Shipped.profiles])
    for rack in 1...8 {
      let permit = try #require(demo.bindings.first { $0.name == "rack.\(rack).permit" })
      #expect(permit.role.direction == .output && permit.point == "do_\(rack - 1)" && permit.tag == "HZ-30\(rack)")
      let zone = try #require(demo.site.leakZones.first { $0.watches == .rack(rack) })
      #expect(zone.isCritical && zone.number == rack + 2)
      #expect(demo.bindings.contains { $0.name == "leak.\(zone.number).alarm" && !$0.isInverted })
    }
    let stop = try #require(demo.bindings.first { $0.name == "row.emergency_stop" })
    #expect(stop.point == "di_0" && stop.isInverted && stop.tag == "HS-601")
  }

  /// OPS-044. A permit module that let go in silence would take the power of every rack with a dead controller.
  @Test func permitModuleHoldsWhenTheDaemonFallsSilent() throws {
    let module = try SiteLoader.loadProfile(path: "\(Shipped.profiles)/moxa/iologik-e1211.yaml")
    #expect(module.communicationLoss?.action.hasPrefix("holds every output") == true)
    #expect(module.commands.map(\.name) == (0..<16).map { "do_\($0)" })
    #expect(module.commands.map(\.address) == Array(0..<16) && module.points.map(\.address) == Array(0..<16))
  }

  @Test func bindingsNameDevicePointTagAndRange() throws {
    let demo = try SiteLoader.load(path: "\(Shipped.config)/row.demo.yaml", profileDirectories: [Shipped.profiles])
    let level = try #require(demo.bindings.first { $0.name == "reservoir.level" })
    #expect(demo.site.devices[level.device].name == "AI-A")
    #expect(level.point == "ai_5")
    #expect(level.tag == "LT-107")
    #expect(level.at4mA == 0 && level.at20mA == 100)
    let valve = try #require(demo.bindings.first { $0.name == "rack.8.valve.demand" })
    #expect(valve.number == 8 && valve.role.direction == .output && valve.point == "demand" && valve.tag == "FV-308")
  }

  @Test func digestChangesWithAnyByteOfTheSiteFile() throws {
    let text = try SmallRow.document().text
    let one = try SiteLoader.load(text: text, profileDirectories: [Shipped.profiles])
    let two = try SiteLoader.load(text: text + " ", profileDirectories: [Shipped.profiles])
    #expect(one.digest != two.digest)
    #expect(one.site == two.site)
  }
}
