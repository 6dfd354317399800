import ArgumentParser
import FoundationEssentials
import RowConfig
import RowRuntime

@main
struct IRHXD: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "irhxd",
    abstract: "Controls one row of liquid-cooled racks over Modbus.",
    version: Daemon.version,
    subcommands: [Run.self, Check.self, Schema.self, Table.self],
    defaultSubcommand: Run.self)
}

/// Where site files and profiles are looked for.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .customLong("profiles"),
    help: ArgumentHelp(
      "Folder of device profiles; may be given more than once. Default: 'profiles' beside the site file, then the installed ones.",
      valueName: "folder"))
  var profileDirectories: [String] = []

  /// sysexits(3).
  static let usage = ExitCode(64)
  static let unavailable = ExitCode(69)
  static let osError = ExitCode(71)
  static let configuration = ExitCode(78)

  func load(_ path: String) throws -> LoadedSite {
    do throws(ConfigurationFaults) {
      return try SiteLoader.load(path: path, profileDirectories: directories(for: path))
    } catch {
      say(error.description)
      say("irhxd: \(error.faults.count == 1 ? "1 fault" : "\(error.faults.count) faults"), nothing started")
      throw Self.configuration
    }
  }

  private func directories(for path: String) -> [String] {
    guard profileDirectories.isEmpty else { return profileDirectories }
    let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    return ["\(folder)/profiles", "/etc/irhx/profiles", "/usr/share/irhx/profiles", "/usr/local/share/irhx/profiles"]
  }
}

/// One line on standard error.
func say(_ text: String) {
  try? FileHandleText.standardError(text + "\n")  // ignoring: nobody is left to tell
}
