import Glibc
import Testing

@testable import RowAPI

/// The bounded parts between a socket and the interface.
@Suite struct BufferTests {
  @Test func framesAreCutAtTheirNulls() {
    var buffer = FrameBuffer(frameBytesMax: 8)
    buffer.append([1, 0, 2, 3])
    #expect(buffer.next() == [1])
    #expect(buffer.next() == nil)
    buffer.append([4, 0, 0])
    #expect(buffer.next() == [2, 3, 4])
    #expect(buffer.next() == [])
    #expect(buffer.isEmpty)
  }

  @Test func frameOfTheLargestSizeFitsAndALargerOneIsOversize() {
    var fitting = FrameBuffer(frameBytesMax: 4)
    fitting.append([1, 2, 3, 4, 0])
    #expect(!fitting.isOversize)
    #expect(fitting.next() == [1, 2, 3, 4])
    var larger = FrameBuffer(frameBytesMax: 4)
    larger.append([1, 2, 3, 4, 5])
    #expect(larger.next() == nil)
    #expect(larger.isOversize)
  }

  @Test func streamMessagesPushOutTheOldestAndNeverAReply() throws {
    var outbox = Outbox()
    outbox.appendReply([9])
    #expect(outbox.appendStream([1], limit: 2) == 0)
    #expect(outbox.appendStream([2], limit: 2) == 0)
    #expect(outbox.appendStream([3], limit: 2) == 1)
    #expect(sent(from: &outbox) == [9, 2, 3])
  }

  @Test func messageHalfSentIsNeverPushedOut() throws {
    var outbox = Outbox()
    _ = outbox.appendStream([1, 2], limit: 1)
    var room = 1
    unsafe outbox.flush { _ in
      defer { room = 0 }
      return room
    }
    #expect(outbox.bytes == 1)
    #expect(outbox.appendStream([3], limit: 1) == 0)
    #expect(outbox.appendStream([4], limit: 1) == 1)
    #expect(sent(from: &outbox) == [2, 4])
  }

  @Test func announcementsBeforeTheServerLooksAreOne() throws {
    let mailbox = try Mailbox()
    for _ in 0..<1000 { mailbox.announce() }
    #expect(mailbox.empty().announced)
    #expect(mailbox.empty().isEmpty)
  }

  @Test func onlyAFrameWeAreWaitingForHasADeadline() throws {
    let now = ContinuousClock.now
    let limits = VarlinkLimits()
    let (end, connection) = try connected(limits, now: now)
    let client = Socket(adopting: end)
    #expect(connection.deadline == nil)
    try send("{", from: client)
    connection.receive(now: now)
    #expect(connection.deadline == now + limits.frameTime)
    #expect(!connection.isStalled(at: now + limits.frameTime - .milliseconds(1)))
    #expect(connection.isStalled(at: now + limits.frameTime))
    connection.inFlight = .init(serial: 1, oneway: false, wait: .stream(minimumInterval: .zero, due: now))
    #expect(connection.deadline == nil)
    #expect(!connection.isStalled(at: now + limits.frameTime))
  }

  @Test func onlyACallKeepsAnIdleClientItsPlace() throws {
    let start = ContinuousClock.now
    let limits = VarlinkLimits()
    let (end, connection) = try connected(limits, now: start)
    let client = Socket(adopting: end)
    let late = start + limits.idleYield
    #expect(limits.idleYield == .seconds(2))
    #expect(!connection.yields(at: late - .milliseconds(1)))
    try send("{", from: client)
    connection.receive(now: late)
    #expect(connection.nextFrame(now: late) == nil)
    #expect(connection.yields(at: late))
    try send("}\0", from: client)
    connection.receive(now: late)
    #expect(connection.nextFrame(now: late) != nil)
    #expect(!connection.yields(at: late))
  }

  private func connected(
    _ limits: VarlinkLimits, now: ContinuousClock.Instant
  ) throws -> (end: Int32, connection: Connection) {
    var ends: [Int32] = [0, 0]
    try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let connection = Connection(
      id: 1, peer: Peer(uid: 0, gid: 0, pid: 1), socket: Socket(adopting: ends[1]), limits: limits, now: now)
    return (ends[0], connection)
  }

  private func send(_ text: String, from client: borrowing Socket) throws {
    let bytes = Array(text.utf8)
    #expect(unsafe try bytes.withUnsafeBytes { unsafe try client.send($0) } == bytes.count)
  }

  private func sent(from outbox: inout Outbox) -> [UInt8] {
    var all: [UInt8] = []
    unsafe outbox.flush { bytes in
      unsafe all.append(contentsOf: bytes)
      return bytes.count
    }
    return all
  }
}
