/// What is wrong with a configuration, as data; `description` is the one place where it becomes prose.

/// One fault (or warning) at one place of one file.
public struct ConfigurationFault: Error, Sendable, Equatable {
  public enum Problem: Sendable, Equatable {
    /// A required key is not there.
    case missing(expected: String)
    /// The file cannot be opened, is too large, or is not text.
    case unreadable(reason: String)
    case malformedYAML(reason: String)
    case unknownKey(nearest: String?, known: [String])
    case wrongType(found: String, expected: String)
    case outOfRange(value: Double, range: ClosedRange<Double>, unit: String)
    case wrongCount(found: Int, range: ClosedRange<Int>, of: String)
    /// A name that should be defined elsewhere and is not: `kind` says what it names.
    case unknownReference(kind: String, name: String, nearest: String?)
    /// `what` was given before, at `first` (`line 12`).
    case duplicate(what: String, first: String)
    /// Two statements of the configuration that cannot both hold.
    case contradiction(String)
  }

  public var file: String
  /// Position, both from 1. 0: the file as a whole.
  public var line: Int
  public var column: Int
  /// `racks.units[3].rated_kw`; empty for the file as a whole.
  public var keyPath: String
  public var problem: Problem

  public init(file: String, line: Int, column: Int, keyPath: String, problem: Problem) {
    self.file = file
    self.line = line
    self.column = column
    self.keyPath = keyPath
    self.problem = problem
  }
}

/// Everything that is wrong with a site file and the profiles it names; never empty, sorted by file and position.
public struct ConfigurationFaults: Error, Sendable, Equatable {
  public let faults: [ConfigurationFault]

  init(sorting faults: [ConfigurationFault]) {
    precondition(!faults.isEmpty, "a refusal must say why")
    self.faults = faults.sortedByPosition()
  }
}

extension ConfigurationFaults: CustomStringConvertible {
  /// One fault a line.
  public var description: String { faults.map(\.description).joined(separator: "\n") }
}

extension ConfigurationFault: CustomStringConvertible {
  /// `file:line:column: key.path: what is wrong, what was expected`
  public var description: String {
    let place = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
    return place + (keyPath.isEmpty ? "" : "\(keyPath): ") + problem.description
  }
}

extension ConfigurationFault.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let expected):
      return "missing; expected \(expected)"
    case .unreadable(let reason):
      return reason
    case .malformedYAML(let reason):
      return "not valid YAML: \(reason)"
    case .unknownKey(let nearest?, _):
      return "unknown key; nearest known key: \(nearest)"
    case .unknownKey(nil, let known):
      return "unknown key; known keys: \(known.joined(separator: ", "))"
    case .wrongType(let found, let expected):
      return "\(found) is not right here; expected \(expected)"
    case .outOfRange(let value, let range, let unit):
      return "\(plain(value)) is out of range; expected \(span(range, unit: unit))"
    case .wrongCount(let found, let range, let of):
      return "\(found) \(of) are given; expected \(range.lowerBound) … \(range.upperBound)"
    case .unknownReference(let kind, let name, let nearest):
      return "no \(kind) named \(name)" + (nearest.map { "; nearest known: \($0)" } ?? "")
    case .duplicate(let what, let first):
      return "\(what) is given twice; first at \(first)"
    case .contradiction(let text):
      return text
    }
  }
}

extension [ConfigurationFault] {
  func sortedByPosition() -> [ConfigurationFault] {
    sorted { ($0.file, $0.line, $0.column, $0.keyPath) < ($1.file, $1.line, $1.column, $1.keyPath) }
  }
}

/// A number as a person would write it: `40`, not `40.0`.
func plain(_ value: Double) -> String {
  if let whole = Int(exactly: value), abs(whole) < 1_000_000_000 { return String(whole) }
  return String(value)
}

/// `10 … 60 °C`
func span(_ range: ClosedRange<Double>, unit: String) -> String {
  let single = range.lowerBound == range.upperBound
  let bounds = plain(range.lowerBound) + (single ? "" : " … \(plain(range.upperBound))")
  return unit.isEmpty ? bounds : "\(bounds) \(unit)"
}

/// The candidate fewest edits away from `name`, if it is near enough to be what was meant.
func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
  let longest = 64  // The distance costs the product of both lengths.
  guard name.utf8.count <= longest else { return nil }
  let ranked = candidates.filter { $0.utf8.count <= longest }.map { (editDistance($0, name), $0) }
  guard let best = ranked.min(by: <), best.0 <= max(2, name.count / 3) else { return nil }
  return best.1
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
/// (optimal string alignment).
func editDistance(_ left: String, _ right: String) -> Int {
  let a = Array(left.utf8)
  let b = Array(right.utf8)
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      let same = a[i] == b[j]
      var least = min(rows[i][j] + (same ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
      row.append(least)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
