import FoundationEssentials
import Glibc

/// Closes a report so that a change to it is noticed: its SHA-256 digest, and a signature where there is a key. Both
/// are made by programs of the system, sha256sum(1) and ssh-keygen(1), and can be checked with them.
public enum Seal {
  /// What a signature is for; ssh-keygen refuses it for anything else.
  static let namespace = "irhx-commissioning"
  private static let heading = "\n## Seal\n\n"
  private static let digestMark = "SHA-256 of all above this heading: "
  private static let begin = "-----BEGIN SSH SIGNATURE-----"
  private static let end = "-----END SSH SIGNATURE-----"

  /// The report with its digest and, if `key` names an SSH private key (or a public one whose private half an agent
  /// holds), its signature.
  ///
  /// - Throws: where a program is missing or refuses; no report is then sealed.
  public static func close(_ report: String, key: String?) throws(SealFault) -> String {
    let folder = try Scratch()
    let file = try folder.write(report, as: "report.md")
    let digest = try digest(of: file)
    guard let key else { return report + heading + text(digest, nil) }
    let tool = try Tool("ssh-keygen", ["-Y", "sign", "-f", key, "-n", namespace, file])
    guard tool.status == 0, let signature = folder.read("report.md.sig") else {
      throw .failed("ssh-keygen", tool.output.firstLine)
    }
    return report + heading + text(digest, signature)
  }

  private static func text(_ digest: String, _ signature: String?) -> String {
    let signed = signature.map { "Signed (ssh-keygen -Y, namespace \(namespace)):\n\n```\n\($0)```\n" }
    return "\(digestMark)\(digest)\n\n\(signed ?? "Not signed.\n")"
  }

  public struct Verdict: Sendable, Equatable {
    public enum Signature: Sendable, Equatable {
      case none
      /// What ssh-keygen says of who signed.
      case good(String)
      case bad(String)
    }
    /// And nothing stands behind the seal.
    public var isDigestGood: Bool
    public var signature: Signature

    /// - Parameter needsSigner: a report that nobody signed does not count.
    public func isGood(needsSigner: Bool) -> Bool {
      switch signature {
      case .none: isDigestGood && !needsSigner
      case .good: isDigestGood
      case .bad: false
      }
    }
  }

  /// Judges a sealed report.
  ///
  /// - Parameter signers: an allowed-signers file (ssh-keygen(1)) that says whose signatures count; nil: anybody's.
  /// - Throws: `.notSealed` where the text has no seal.
  public static func verify(_ sealed: String, signers: String? = nil) throws(SealFault) -> Verdict {
    guard let place = sealed.ranges(of: heading).last else { throw .notSealed }
    let report = String(sealed[..<place.lowerBound])
    let seal = sealed[place.upperBound...]
    guard seal.hasPrefix(digestMark) else { throw .notSealed }
    let folder = try Scratch()
    let file = try folder.write(report, as: "report.md")
    let digest = try digest(of: file)
    let marks = (seal.firstRange(of: begin), seal.firstRange(of: end))
    guard case (let first?, let last?) = marks, first.upperBound < last.lowerBound else {
      return Verdict(isDigestGood: seal == text(digest, nil), signature: .none)
    }
    let signed = String(seal[first.lowerBound..<last.upperBound]) + "\n"
    let isDigestGood = seal == text(digest, signed)
    let signature = try folder.write(signed, as: "report.sig")
    var arguments = ["-Y", "check-novalidate", "-n", namespace, "-s", signature]
    if let signers {
      let principals = try Tool("ssh-keygen", ["-Y", "find-principals", "-s", signature, "-f", signers])
      guard principals.status == 0 else {
        return Verdict(isDigestGood: isDigestGood, signature: .bad("signed by nobody of \(signers)"))
      }
      let who = principals.output.firstLine
      arguments = ["-Y", "verify", "-n", namespace, "-s", signature, "-f", signers, "-I", who]
    }
    let tool = try Tool("ssh-keygen", arguments, input: file)
    let said = tool.output.firstLine
    return Verdict(isDigestGood: isDigestGood, signature: tool.status == 0 ? .good(said) : .bad(said))
  }

  /// Asks for ssh-keygen, so that its lack is known before there is anything to sign.
  public static func needsSigning() throws(SealFault) {
    _ = try Tool("ssh-keygen", ["-Y", "help"], input: "/dev/null")
  }

  /// SHA-256 of a file, hexadecimal.
  public static func digest(of file: String) throws(SealFault) -> String {
    let tool = try Tool("sha256sum", ["--", file])
    let digits = tool.output.prefix(64)
    guard tool.status == 0, digits.count == 64, digits.allSatisfy(\.isHexDigit) else {
      throw .failed("sha256sum", tool.output.firstLine)
    }
    return String(digits)
  }
}

public enum SealFault: Error, Sendable, Equatable, CustomStringConvertible {
  case missing(String)
  case failed(String, String)
  case notSealed
  case noRoom

  public var description: String {
    switch self {
    case .missing("ssh-keygen"): "signatures need ssh-keygen, which is not there: install openssh-client"
    case .missing(let program): "\(program) is not there"
    case .failed(let program, let why): "\(program): \(why)"
    case .notSealed: "it has no seal: this is no commissioning report, or its end was cut off"
    case .noRoom: "the folder for temporary files cannot be written"
    }
  }
}

/// A private folder for as long as it is held.
private final class Scratch {
  private let folder: URL

  init() throws(SealFault) {
    folder = FileManager.default.temporaryDirectory.appending(path: "irhx-seal-\(UUID().uuidString)")
    guard unsafe mkdir(folder.path, 0o700) == 0 else { throw .noRoom }
  }

  deinit {
    // ignoring: what cannot be removed from the folder for temporary files is removed by the system.
    try? FileManager.default.removeItem(at: folder)
  }

  func write(_ text: String, as name: String) throws(SealFault) -> String {
    let file = folder.appending(path: name)
    do { try Data(text.utf8).write(to: file) } catch { throw .noRoom }
    return file.path
  }

  func read(_ name: String) -> String? {
    FileManager.default.contents(atPath: folder.appending(path: name).path).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension String {
  fileprivate var firstLine: String { split(whereSeparator: \.isNewline).first.map(String.init) ?? "it said nothing" }
}
