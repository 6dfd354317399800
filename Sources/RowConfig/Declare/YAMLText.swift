/// From a path to a tree of YAML nodes with positions, in bounded time and memory whatever the file contains.

internal import Glibc
internal import Yams

/// A parsed file: its tree, or nothing and the one fault that says why.
struct YAMLText {
  /// A 32-rack row takes about 40 KB.
  static let bytesMax = 1 << 20
  /// Aliases multiply: n of them can grow a tree 3^(n/3)-fold. Eight keep that below 20.
  static let aliasesMax = 8
  /// Nodes after aliases are followed.
  static let nodesMax = 100_000

  /// The file's bytes, or why there are none. Only regular files: a pipe or device could block or never end.
  static func bytes(ofFile path: String) throws(ConfigurationFault) -> [UInt8] {
    func refuse(_ reason: String) -> ConfigurationFault {
      ConfigurationFault(file: path, line: 0, column: 0, keyPath: "", problem: .unreadable(reason: reason))
    }
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw refuse("cannot be read: \(unsafe String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refuse("cannot be read: not a regular file")
    }
    guard status.st_size <= bytesMax else {
      throw refuse("\(status.st_size) bytes; expected at most \(bytesMax)")
    }
    var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
    var filled = 0
    while filled < bytes.count {
      let room = bytes.count - filled
      let got = unsafe bytes.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress?.advanced(by: filled), room)
      }
      if got == 0 { break }
      guard got > 0 else { throw refuse("cannot be read: \(unsafe String(cString: strerror(errno)))") }
      filled += got
    }
    guard filled <= bytesMax else { throw refuse("more than \(bytesMax) bytes; expected at most that") }
    return Array(bytes[..<filled])
  }

  /// The tree in `bytes`. Scalars stay text: what they mean is for the declaration to say.
  static func tree(of bytes: [UInt8], file: String) throws(ConfigurationFault) -> Node {
    func refuse(_ mark: Mark?, _ problem: ConfigurationFault.Problem, _ keyPath: String = "") -> ConfigurationFault {
      ConfigurationFault(
        file: file, line: mark?.line ?? 0, column: mark?.column ?? 0, keyPath: keyPath, problem: problem)
    }
    guard bytes.count <= bytesMax else {
      throw refuse(nil, .unreadable(reason: "\(bytes.count) bytes; expected at most \(bytesMax)"))
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw refuse(nil, .unreadable(reason: "not UTF-8 text"))
    }
    guard aliases(in: bytes) <= aliasesMax else {
      throw refuse(nil, .malformedYAML(reason: "more than \(aliasesMax) aliases (*name)"))
    }
    let root: Node?
    do {
      root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw refuse(error.mark, error.problem, error.duplicateKey)
    } catch {
      throw refuse(nil, .malformedYAML(reason: "\(error)"))
    }
    guard let root else { throw refuse(nil, .unreadable(reason: "the file is empty")) }
    var left = nodesMax
    guard isWithin(&left, root) else {
      throw refuse(nil, .malformedYAML(reason: "more than \(nodesMax) values once aliases are followed"))
    }
    return root
  }

  /// Every place where an alias could start, comments included: too high a count is harmless, too low is not.
  private static func aliases(in bytes: [UInt8]) -> Int {
    let openers = Set(" \t\r\n[{,:-?".utf8)
    let blanks = Set(" \t\r\n*".utf8)
    return bytes.indices.count { at in
      bytes[at] == UInt8(ascii: "*") && at + 1 < bytes.count && !blanks.contains(bytes[at + 1])
        && (at == 0 || openers.contains(bytes[at - 1]))
    }
  }

  private static func isWithin(_ left: inout Int, _ node: Node) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch node {
    case .scalar, .alias: return true
    case .sequence(let sequence): return sequence.allSatisfy { isWithin(&left, $0) }
    case .mapping(let mapping): return mapping.allSatisfy { isWithin(&left, $0.key) && isWithin(&left, $0.value) }
    }
  }
}

extension YamlError {
  fileprivate var mark: Mark? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark
    case .duplicatedKeysInMapping(_, let context): context.mark
    default: nil
    }
  }

  fileprivate var duplicateKey: String {
    if case .duplicatedKeysInMapping(let keys, _) = self { keys.first ?? "" } else { "" }
  }

  fileprivate var problem: ConfigurationFault.Problem {
    switch self {
    case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
      .composer(let context, let problem, _, _):
      .malformedYAML(reason: (context.map { "\($0.text) (line \($0.mark.line)): " } ?? "") + problem)
    case .reader(let problem, let offset, _, _):
      .malformedYAML(reason: problem + (offset.map { " at character \($0 + 1)" } ?? ""))
    case .duplicatedKeysInMapping(_, let context):
      .duplicate(what: "this key", first: "line \(context.mark.line)")
    default:
      .malformedYAML(reason: "the parser failed")
    }
  }
}
