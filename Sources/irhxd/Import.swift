import ArgumentParser
import FoundationEssentials
import ProfileImport

/// Other projects' register maps into drafts of profiles.
struct Import: ParsableCommand {
  enum Kind: String, ExpressibleByArgument, CaseIterable { case rackmon, telegraf }

  static let configuration = CommandConfiguration(
    abstract: "Turn a register map of rackmon or Telegraf into profiles; list every entry that was left out.",
    discussion: "The profiles are drafts: what a register feeds and how the device is commanded is for a person to add."
  )

  @Argument(help: "rackmon (JSON register map) or telegraf (TOML with [[inputs.modbus]]).")
  var kind: Kind
  @Argument(help: "The map.")
  var file: String
  @Option(help: ArgumentHelp("Folder for the profiles, as DIR/<vendor>/<device>.yaml.", valueName: "dir"))
  var into = "."

  func run() throws {
    guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8) else {
      say("\(file): cannot be read")
      throw ExitStatus.configuration
    }
    let map =
      switch kind {
      case .rackmon: RackmonImport.read(text, file: file)
      case .telegraf: TelegrafImport.read(text, file: file)
      }
    for refusal in map.refusals { say("\(file): \(refusal)") }
    for imported in map.profiles {
      let path = "\(into)/\(imported.profile.name).yaml"
      do {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(imported.text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
      } catch {
        say("\(path): cannot be written, or is there already")
        throw ExitStatus.configuration
      }
      print("\(path): \(imported.profile.points.count) points")
    }
    if map.profiles.isEmpty { throw ExitStatus.configuration }
  }
}
