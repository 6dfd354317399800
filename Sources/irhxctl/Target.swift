import ArgumentParser
import FoundationEssentials
import Glibc
import RowAPI

/// Which row is meant, and in which form its answers are printed. Every command takes these.
struct Target: ParsableArguments {
  @Option(help: ArgumentHelp("The daemon's socket.", valueName: "path"), completion: .file())
  var socket: String?

  @Option(help: ArgumentHelp("The row whose socket is /run/irhx/NAME.sock.", valueName: "name"))
  var row: String?

  @Flag(help: "Print JSON, one value a line.")
  var json = false

  private static let directory = "/run/irhx"

  func validate() throws {
    if socket != nil && row != nil { throw ValidationError("give --socket or --row, not both") }
  }

  /// Asks the row; a failure is printed and becomes the exit status.
  func ask<Answer>(_ question: (RowClient) throws(RowClient.Failure) -> Answer) throws -> Answer {
    let client = RowClient(path: try path())
    do {
      return try question(client)
    } catch {
      throw Self.exit(after: error)
    }
  }

  /// Prints a value as one line of JSON.
  static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
    fflush(nil)
  }

  static func complain(_ message: String) {
    let line = Array("irhxctl: \(message)\n".utf8)
    // ignoring: where standard error is closed there is nobody to tell.
    _ = unsafe write(STDERR_FILENO, line, line.count)
  }

  private func path() throws -> String {
    if let socket { return socket }
    if let row { return "\(Self.directory)/\(row).sock" }
    if let given = ProcessInfo.processInfo.environment["IRHX_SOCKET"], !given.isEmpty { return given }
    let sockets = Self.sockets()
    if let only = sockets.first, sockets.count == 1 { return "\(Self.directory)/\(only)" }
    if sockets.isEmpty {
      Self.complain("no row's socket in \(Self.directory); start irhxd, or give --socket PATH")
      throw ExitCode(EX_UNAVAILABLE)
    }
    let rows = sockets.map { String($0.dropLast(".sock".count)) }
    Self.complain("several rows here, choose one with --row: \(rows.joined(separator: ", "))")
    throw ExitCode(EX_USAGE)
  }

  private static func sockets() -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sock") }.sorted()
    } catch {
      // A directory that is not there holds no socket.
      return []
    }
  }

  private static func exit(after failure: RowClient.Failure) -> ExitCode {
    complain(failure.description)
    return switch failure {
    case .row(.notPermitted), .varlink(.forbidden): ExitCode(EX_NOPERM)
    case .row, .varlink(.answered): ExitCode(1)
    case .varlink(.unreachable), .varlink(.timeout), .varlink(.malformed): ExitCode(EX_UNAVAILABLE)
    }
  }
}
