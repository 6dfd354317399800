import FieldIO
import RowConfig
import Testing

@testable import RowRuntime

/// The plan as people read it, and the refusal of one that cannot be kept.
@Suite struct PlanTextTests {
  private static func slow(_ baud: Int) throws -> LoadedSite {
    var loaded = try Bench.load("row.demo.yaml")
    let bus = loaded.site.buses.firstIndex { $0.name == "distribution" } ?? 0
    loaded.site.buses[bus].link = .serial(path: "/dev/ttyS1", baud: baud, parity: .even, stopBits: 1)
    return loaded
  }

  @Test func everyBusAndDeviceOfTheDemoRowIsListedWithItsLoad() throws {
    let loaded = try Bench.load("row.demo.yaml")
    let text = PlanText.table(try Daemon.plan(loaded, RoleMap(site: loaded.site)), loaded.site)
    let lines = text.split(separator: "\n")
    for bus in loaded.site.buses { #expect(lines.filter { $0.hasPrefix("bus \(bus.name):") }.count == 1) }
    for device in loaded.site.devices { #expect(lines.filter { $0.hasPrefix("  \(device.name) ") }.count == 1) }
    #expect(lines.filter { $0.hasPrefix("  load ") }.count == loaded.site.buses.count)
    #expect(lines.allSatisfy { $0.count <= 120 })
  }

  @Test func aBusThatCannotKeepThePeriodIsRefusedByNameAndByHowMuch() throws {
    let loaded = try Self.slow(4800)
    #expect {
      _ = try Daemon.plan(loaded, RoleMap(site: loaded.site))
    } throws: { error in
      let text = "\(error)"
      return text.hasPrefix("bus distribution needs ") && text.contains(" ms for a cycle of 1000.0 ms, ")
        && text.contains(" ms too much: ") && !text.contains("bus pumps")
    }
  }

  @Test func aBusThatKeepsThePeriodButNotTheScansDeadlineIsWarnedOf() throws {
    let loaded = try Self.slow(19_200)
    let plan = try Daemon.plan(loaded, RoleMap(site: loaded.site))
    let warnings = PlanText.warnings(plan, loaded.site.cycle)
    #expect(warnings.contains { $0.hasPrefix("bus distribution: the reads of a cycle take ") }, "\(warnings)")
    let demo = try Bench.load("row.demo.yaml")
    #expect(PlanText.warnings(try Daemon.plan(demo, RoleMap(site: demo.site)), demo.site.cycle).isEmpty)
  }
}
