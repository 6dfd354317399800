import ArgumentParser
import RowConfig
import RowRuntime

/// Validates offline.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check site files and the profiles they name; list every fault, start nothing.")

  @Argument(help: "Site files.")
  var files: [String]
  @OptionGroup var options: SiteOptions

  func run() throws {
    var isRefused = false
    for file in files {
      do {
        let loaded = try options.load(file)
        for warning in loaded.warnings { say("\(warning.description) (warning)") }
        let plan = try Daemon.plan(loaded, RoleMap(site: loaded.site))
        for line in PlanText.warnings(plan, loaded.site.cycle) { say("\(file): \(line) (warning)") }
        let points = plan.buses.reduce(0) { $0 + $1.inputSlots.count }
        print(
          "\(file): row \(loaded.site.name), \(loaded.site.racks.units.count) racks, "
            + "\(loaded.site.devices.count) devices "
            + "on \(loaded.site.buses.count) buses, \(points) measured points: good")
      } catch let fault as Daemon.Fault {
        say("\(file): \(fault)")
        isRefused = true
      } catch is ExitCode {
        isRefused = true
      }
    }
    if isRefused { throw ExitStatus.configuration }
  }
}
