import ArgumentParser
import RowConfig

/// Where profiles are looked for, and how a refused file is shown.
struct SiteOptions: ParsableArguments {
  @Option(
    name: .customLong("profiles"),
    help: ArgumentHelp(
      "Folder of device profiles; may be repeated. Default: 'profiles' beside the site file, then the installed ones.",
      valueName: "folder"))
  var profileFolders: [String] = []

  /// Ends the program with every fault listed where the file does not hold.
  func load(_ path: String) throws -> LoadedSite {
    do throws(ConfigurationFaults) {
      return try SiteLoader.load(path: path, profileDirectories: folders(beside: path))
    } catch {
      say(error.description)
      let count = error.faults.count
      say("irhxd: \(path): \(count == 1 ? "1 fault" : "\(count) faults")")
      throw ExitStatus.configuration
    }
  }

  func folders(beside path: String) -> [String] {
    profileFolders.isEmpty ? SiteLoader.profileFolders(beside: path) : profileFolders
  }
}
