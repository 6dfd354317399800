import Foundation
import RowConfig
import Testing

@testable import RowTwin

/// The demo row with its pumps and racks on serial lines and its instruments behind a plain serial server.
final class LinedRow: Sendable {
  let folder: URL
  let server: TwinServer
  private let served = DispatchSemaphore(value: 0)

  static func site(in folder: URL) throws -> Site {
    var site = try DemoRow.site()
    for (index, name, baud) in [(0, "pumps", 19_200), (3, "racks", 2400)] {
      #expect(site.buses[index].name == name)
      site.buses[index].link = .serial(
        path: folder.appending(path: name).path, baud: baud, parity: .even, stopBits: 1)
    }
    #expect(site.buses[4].name == "instruments")
    site.buses[4].framing = .rtu
    for index in [1, 2, 4, 5, 6] { site.buses[index].link = .tcp(host: "127.0.0.1", port: 0) }
    return site
  }

  init(folder: URL = FileManager.default.temporaryDirectory.appending(path: "irhx-lines-\(UUID().uuidString)")) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let site = try Self.site(in: folder)
    let load = LoadTrace(.steady(percent: 50), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    server = try TwinServer(twin: try Twin(site: site, seed: 1, load: load), ports: .site)
    let (server, served) = (self.server, self.served)
    Thread {
      server.run(speed: 10)
      served.signal()
    }.start()
  }

  func stop() {
    server.stop()
    served.wait()
  }

  deinit {
    server.stop()
    // ignoring: what cannot be removed from the folder for temporary files is removed by the system.
    try? FileManager.default.removeItem(at: folder)
  }

  func inject(_ fault: String) throws { try server.withTwin { twin in try twin.inject(Fault(fault)) } }

  /// The other end of a line, as a master has it.
  func line(_ bus: String) throws -> Socket {
    let line = Socket(unsafe open(folder.appending(path: bus).path, O_RDWR | O_NOCTTY | O_NONBLOCK))
    try #require(line.descriptor >= 0)
    return line
  }
}

/// A master that writes and reads bytes.
private enum RawLine {
  static func withCRC(_ frame: [UInt8]) -> [UInt8] {
    let crc = SerialFrame.crc(frame[...])
    return frame + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
  }

  /// What comes within `ms` of the last byte.
  static func receive(_ line: Socket, ms: Int32 = 150) -> [UInt8] {
    var reply: [UInt8] = []
    var scratch = [UInt8](repeating: 0, count: 512)
    var ready = pollfd(fd: line.descriptor, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&ready, 1, ms) > 0, line.receive(into: &reply, scratch: &scratch) {}
    return reply
  }

  static func ask(_ line: Socket, _ frame: [UInt8], ms: Int32 = 150) throws -> [UInt8] {
    try #require(line.write(withCRC(frame)))
    return receive(line, ms: ms)
  }
}

/// Over real terminals. Waits are for what does not come; nothing measures time but the one test of it.
@Suite(.serialized) struct LineServerTests {
  /// The status word of a drive and its address on the line.
  static func readStatus(_ unit: UInt8 = 1) -> [UInt8] { [unit, 3, 0xC4, 0x17, 0, 1] }

  @Test func theCRCIsThatOfTheStandard() {
    // A published example: read of two registers from unit 2.
    #expect(RawLine.withCRC([2, 7]) == [2, 7, 0x41, 0x12])
    #expect(SerialFrame.isWhole([2, 7, 0x41, 0x12]))
    #expect(!SerialFrame.isWhole([2, 7, 0x41, 0x13]) && !SerialFrame.isWhole([2, 7, 0x41]))
    #expect(!SerialFrame.isWhole([]))
  }

  @Test func everyUnitOfALineAnswersForItselfAndNobodyForOthers() throws {
    let row = try LinedRow()
    let line = try row.line("pumps")
    for unit in [1, 2] as [UInt8] {
      let reply = try RawLine.ask(line, Self.readStatus(unit))
      #expect(reply.count == 7 && reply.prefix(3) == [unit, 3, 2] && SerialFrame.isWhole(reply[...]))
    }
    // Neither a unit that is not there, nor everybody at once.
    for unit in [77, 0, 255] as [UInt8] { #expect(try RawLine.ask(line, Self.readStatus(unit)).isEmpty) }
    #expect(try RawLine.ask(line, [1, 6, 0xC3, 0x59, 0x20, 0]) == RawLine.withCRC([1, 6, 0xC3, 0x59, 0x20, 0]))
    #expect(try RawLine.ask(line, [1, 43, 14, 1, 0]) == RawLine.withCRC([1, 0xAB, 1]))
  }

  @Test func garbageIsForgottenAfterASilence() throws {
    let row = try LinedRow()
    let line = try row.line("pumps")
    let garbage: [[UInt8]] = [
      [0xFF], Array(RawLine.withCRC(Self.readStatus()).dropLast()), Array("GET / HTTP/1.1\r\n".utf8),
      Array(repeating: 0, count: 600), RawLine.withCRC(Self.readStatus()) + RawLine.withCRC(Self.readStatus()),
    ]
    for bytes in garbage {
      try #require(line.write(bytes))
      #expect(RawLine.receive(line).isEmpty)
      #expect(try RawLine.ask(line, Self.readStatus()).count == 7, "after \(bytes.prefix(8))")
    }
  }

  @Test func aFrameInPiecesWithoutASilenceBetweenIsOne() throws {
    let row = try LinedRow()
    let line = try row.line("pumps")
    let frame = RawLine.withCRC(Self.readStatus())
    try #require(line.write(Array(frame.prefix(3))) && line.write(Array(frame.dropFirst(3))))
    #expect(RawLine.receive(line).count == 7)
  }

  @Test func linkFaultsShowOnTheLine() throws {
    let row = try LinedRow()
    let line = try row.line("pumps")
    let right = try RawLine.ask(line, Self.readStatus())
    func reply(_ kind: String, ms: Int32 = 150) throws -> [UInt8] {
      try row.inject("device P1-drive \(kind)")
      defer { row.server.withTwin { $0.clearAllFaults() } }
      return try RawLine.ask(line, Self.readStatus(), ms: ms)
    }
    #expect(try reply("exception") == RawLine.withCRC([1, 0x83, 4]))
    #expect(try reply("illegal") == RawLine.withCRC([1, 0x83, 2]))
    #expect(try reply("dead").isEmpty)
    #expect(try reply("short") == right.dropLast(2))
    #expect(try reply("wrong-unit") == RawLine.withCRC([2] + right[1..<5]))
    let damaged = try reply("bad-crc")
    #expect(damaged.dropLast(2) == right.dropLast(2) && !SerialFrame.isWhole(damaged[...]))
    #expect(try reply("garbage") == RawLine.withCRC([1, 3 ^ 0x2A, 0xFF]))
    // Another unit's prompt reply overtakes the late one.
    try row.inject("device P1-drive slow")
    let both = try RawLine.ask(line, Self.readStatus(), ms: 30) + RawLine.ask(line, Self.readStatus(2), ms: 1500)
    #expect(both.first == 2 && both.count == 14 && both[7] == 1)
    #expect(try RawLine.ask(line, Self.readStatus(2)).count == 7)
  }

  @Test func aReplyTakesTheTimeThatBothFramesAreOnTheLine() throws {
    let row = try LinedRow()
    let line = try row.line("racks")
    let start = Monotonic.nowMs
    try #require(line.write(RawLine.withCRC([1, 4, 0, 0x34, 0, 2])))
    var ready = pollfd(fd: line.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(unsafe poll(&ready, 1, 5000) == 1)
    // 17 characters of 11 bits at 2400 Bd are 78 ms, and 5 ms pass before a device begins.
    #expect(Monotonic.nowMs - start >= 82)
  }

  @Test func aSerialServerPassesSerialFramesOverTCP() throws {
    let row = try LinedRow()
    guard case .tcp(_, let port) = row.server.endpoints[4].address else { throw ServerError("no port") }
    let client = try RawClient.connect(port: port)
    try #require(client.send(RawLine.withCRC([4, 4, 0, 2, 0, 1])))
    #expect(RawLine.receive(client) == RawLine.withCRC([4, 4, 2, 0, 1]))
    try #require(client.send([1, 2, 3]))
    #expect(RawLine.receive(client).isEmpty)
    try #require(client.send(RawLine.withCRC([4, 4, 0, 2, 0, 1])))
    #expect(RawLine.receive(client) == RawLine.withCRC([4, 4, 2, 0, 1]))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/mbpoll"), "mbpoll is not installed"))
  func anIndependentMasterReadsAMeter() throws {
    let row = try LinedRow()
    row.server.withTwin {
      $0.settle(loadPercent: 50)
      $0.advance(seconds: 60)
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/mbpoll")
    process.arguments =
      ["-m", "rtu", "-b", "2400", "-P", "even", "-0", "-1", "-a", "1", "-t", "3:float", "-B", "-r", "52", "-c", "1"]
      + [row.folder.appending(path: "racks").path]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let watts = text.split(separator: "[52]:").last?.split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
    #expect(abs((watts ?? 0) - 60_000) < 2000, "\(text)")
  }

  @Test func theLinkGoesWithTheSimulatorAndIsMadeAnewOverADeadOnes() throws {
    let row = try LinedRow()
    let path = row.folder.appending(path: "pumps").path
    let terminal = try FileManager.default.destinationOfSymbolicLink(atPath: path)
    #expect(terminal.hasPrefix("/dev/pts/"))
    row.stop()
    #expect(unsafe access(path, F_OK) != 0)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/pts/999999")
    let next = try LinedRow(folder: row.folder)
    #expect(try RawLine.ask(try next.line("pumps"), Self.readStatus()).count == 7)
  }

  @Test func whatIsThereAlreadyIsNeverReplaced() throws {
    let row = try LinedRow()
    let site = try LinedRow.site(in: row.folder)
    func problem() throws -> String {
      let load = LoadTrace(.steady(percent: 0), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
      do {
        _ = try TwinServer(twin: try Twin(site: site, seed: 1, load: load), ports: .site)
      } catch {
        return "\(error)"
      }
      return "none"
    }
    let path = row.folder.appending(path: "pumps").path
    let taken = "bus pumps: cannot make \(path): File exists"
    // A running simulator's, then a file.
    #expect(try problem() == taken)
    #expect(try RawLine.ask(try row.line("pumps"), Self.readStatus()).count == 7)
    row.stop()
    // An adapter that is not plugged in, under a name of its own.
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/no-such-adapter")
    #expect(try problem() == taken)
    try FileManager.default.removeItem(atPath: path)
    try Data("mine".utf8).write(to: URL(filePath: path))
    #expect(try problem() == taken)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
  }

  @Test func withoutASitesPathsALineHasItsTerminalsOwnName() throws {
    var site = try DemoRow.site()
    site.buses[1].link = .serial(path: "/dev/ttyS0", baud: 19_200, parity: .even, stopBits: 1)
    let load = LoadTrace(.steady(percent: 0), ratedKw: site.racks.units.map(\.ratedKw), seed: 1)
    let server = try TwinServer(twin: try Twin(site: site, seed: 1, load: load), ports: .any)
    #expect(server.endpoints[1].address.description.hasPrefix("/dev/pts/"))
  }
}
