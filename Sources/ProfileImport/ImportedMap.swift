public import RowConfig

/// What an importer made of another project's register map: profiles of ours, all drafts, and what it had to leave out.
///
/// A library of its own because the daemon's configuration must not hang on parsers of other formats: `RowConfig` stays
/// as it is, and only the command `irhxd import` links this one.
public struct ImportedMap: Sendable {
  /// An entry of the map, or the map as a whole, that was left out.
  public struct Refusal: Sendable, Equatable, CustomStringConvertible {
    /// Where it is and what it is called, as in `registers[12] "Flow"`.
    public var entry: String
    public var why: String
    /// In the map's file; nil where its format does not tell.
    public var line: Int?

    public var description: String { (line.map { "line \($0): " } ?? "") + "\(entry): \(why)" }
  }

  public struct Profile: Sendable {
    public var profile: DeviceProfile
    /// As a profile file.
    public var text: String
  }

  public internal(set) var profiles: [Profile] = []
  public internal(set) var refusals: [Refusal] = []

  /// A map that cannot be read at all.
  static func unreadable(_ why: String, line: Int? = nil) -> ImportedMap {
    ImportedMap(refusals: [Refusal(entry: "the file", why: why, line: line)])
  }

  /// Adds a device with what of its entries the profile loader accepts; each of the others is refused with its reason.
  mutating func add(_ draft: ProfileDraft) {
    var draft = draft
    while !draft.entries.isEmpty {
      let text = draft.text
      do throws(ConfigurationFaults) {
        profiles.append(Profile(profile: try SiteLoader.loadProfile(text: text), text: text))
        return
      } catch {
        let faults = error.faults.map { (path: $0.keyPath.split(separator: "."), why: "\($0.problem)") }
        let names = Set(faults.compactMap { $0.path.count > 1 && $0.path[0] == "points" ? String($0.path[1]) : nil })
        guard !names.isEmpty else {
          refusals.append(Refusal(entry: draft.name, why: faults.first?.why ?? "not a profile", line: nil))
          return
        }
        for entry in draft.entries where names.contains(entry.point.name) {
          let why = faults.first { $0.path.count > 1 && $0.path[1] == entry.point.name }?.why ?? "not a point"
          refusals.append(Refusal(entry: entry.label, why: why, line: entry.line))
        }
        draft.entries.removeAll { names.contains($0.point.name) }
      }
    }
    refusals.append(Refusal(entry: draft.name, why: "nothing in it could be imported", line: nil))
  }
}
