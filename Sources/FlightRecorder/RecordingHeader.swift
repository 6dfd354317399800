import CoolingCore

/// What a reader must know of a run: who recorded it, of which row, and what its columns are called. Lines of text, so
/// that a person who has nothing but the file can read them; the site file's own text comes last.
public struct RecordingHeader: Sendable, Equatable {
  /// Of the file; another one is not read.
  public static let format = 1

  /// Of the program that recorded.
  public var version = ""
  /// `CoreImage.layout` of that program.
  public var layout = CoreImage.layout
  public var row = ""
  public var periodMs = 1000
  public var siteFile = ""
  public var siteDigest = ""
  /// Over the device profiles of the site.
  public var profilesDigest = ""
  /// Role and unit by slot; only what the row has.
  public var inputs: [Int: Role] = [:]
  public var outputs: [Int: Role] = [:]
  public var siteText = ""

  public struct Role: Sendable, Equatable {
    public var name: String
    /// Empty where it has none.
    public var unit: String
    public init(name: String, unit: String) {
      self.name = name
      self.unit = unit
    }
  }

  public init() {}

  /// The core's state in it can be loaded by this program.
  public var isOfThisCore: Bool { layout == CoreImage.layout }

  var text: String {
    var lines = [
      "irhx-recording \(Self.format)", "version \(version)", "layout \(layout)", "row \(row)",
      "period_ms \(periodMs)", "site_file \(siteFile)", "site_digest \(siteDigest)",
      "profiles_digest \(profilesDigest)",
    ]
    for (kind, roles) in [("input", inputs), ("output", outputs)] {
      for (slot, role) in roles.sorted(by: { $0.key < $1.key }) {
        lines.append("\(kind) \(slot) \(role.name) \(role.unit)")
      }
    }
    return lines.joined(separator: "\n") + "\nsite\n" + siteText
  }

  init(_ bytes: ArraySlice<UInt8>) throws(FormatFault) {
    var rest = String(decoding: bytes, as: UTF8.self)[...]
    var isFirst = true
    while let end = rest.firstIndex(of: "\n") {
      let line = rest[..<end]
      rest = rest[rest.index(after: end)...]
      let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let value = words.count > 1 ? String(words[1]) : ""
      if isFirst && (words[0] != "irhx-recording" || value != "\(Self.format)") { throw FormatFault() }
      isFirst = false
      switch words[0] {
      case "version": version = value
      case "layout": layout = value
      case "row": row = value
      case "period_ms": periodMs = Int(value) ?? periodMs
      case "site_file": siteFile = value
      case "site_digest": siteDigest = value
      case "profiles_digest": profilesDigest = value
      case "input": Self.read(value, into: &inputs)
      case "output": Self.read(value, into: &outputs)
      case "site":
        siteText = String(rest)
        return
      // A later program may say more.
      default: break
      }
    }
    throw FormatFault()
  }

  private static func read(_ line: String, into roles: inout [Int: Role]) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, let slot = Int(words[0]) else { return }
    roles[slot] = Role(name: String(words[1]), unit: String(words[2]))
  }
}
