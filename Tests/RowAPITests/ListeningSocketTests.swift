import Foundation
import Testing

@testable import RowAPI

/// Where the socket comes from, and what is left when it goes.
@Suite struct ListeningSocketTests {
  @Test func socketIsForOwnerAndGroupWhateverTheUmask() throws {
    try inDirectory { path in
      let socket = try ListeningSocket.atPath(path)
      defer { socket.close() }
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o660)
    }
  }

  @Test func socketOfADeadDaemonIsTakenOver() throws {
    try inDirectory { path in
      let dead = try ListeningSocket.atPath(path)
      close(dead.fd)
      let next = try ListeningSocket.atPath(path)
      defer { next.close() }
      #expect(throws: Never.self) { _ = try VarlinkClient(path: path) }
    }
  }

  @Test func socketOfALiveDaemonIsRefusedAndUnharmed() throws {
    try withRig { rig in
      #expect(throws: ListeningSocket.Failure.inUse(path: rig.path)) { try ListeningSocket.atPath(rig.path) }
      let client = try rig.connect()
      #expect(try client.call("org.irhx.Row.GetInfo").error == nil)
    }
  }

  @Test func fileThatIsNoSocketIsNeverRemoved() throws {
    try inDirectory { path in
      try Data("precious".utf8).write(to: URL(filePath: path))
      #expect(throws: ListeningSocket.Failure.notASocket(path: path)) { try ListeningSocket.atPath(path) }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }
  }

  @Test func closingRemovesOurFileAndNotItsSuccessor() throws {
    try inDirectory { path in
      let first = try ListeningSocket.atPath(path)
      try FileManager.default.removeItem(atPath: path)
      let second = try ListeningSocket.atPath(path)
      first.close()
      #expect(FileManager.default.fileExists(atPath: path))
      second.close()
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func missingDirectoryAndOverlongPathAreSaidPlainly() throws {
    try inDirectory { path in
      #expect(throws: ListeningSocket.Failure.self) { try ListeningSocket.atPath(path + "/not/there") }
      let long = path + String(repeating: "x", count: 120)
      #expect(throws: ListeningSocket.Failure.system(SystemError(what: "listen on \(long)", errno: ENAMETOOLONG))) {
        try ListeningSocket.atPath(long)
      }
    }
  }

  @Test func socketPassedBySystemdIsTakenAndItsFileLeft() throws {
    try inDirectory { path in
      let made = try ListeningSocket.atPath(path)
      let passed = try ListeningSocket.passed(pid: "\(getpid())", count: "1", fd: made.fd)
      try #require(passed != nil)
      passed?.close()
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func nothingIsPassedWithoutTheVariablesOrToAnotherProcess() throws {
    #expect(try ListeningSocket.passed(pid: nil, count: nil, fd: 3) == nil)
    #expect(try ListeningSocket.passed(pid: "1", count: "1", fd: 3) == nil)
  }

  @Test func whatIsPassedMustBeOneListeningUnixSocket() throws {
    let pid = "\(getpid())"
    #expect(throws: ListeningSocket.Failure.self) { try ListeningSocket.passed(pid: pid, count: "2", fd: 3) }
    #expect(throws: ListeningSocket.Failure.self) { try ListeningSocket.passed(pid: pid, count: "1", fd: 0) }
  }

  private func inDirectory(_ body: (_ path: String) throws -> Void) throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    try body(directory.path("row.sock"))
  }
}
