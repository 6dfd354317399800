/// Puts a twin on the network: one listening Modbus TCP port per bus with all its units behind it, and a control
/// socket for faults. One thread runs everything in a poll loop; the twin sits behind a mutex so that a test can
/// reach in as well.
internal import Glibc
internal import RowConfig
internal import Synchronization

public final class TwinServer: Sendable {
  /// More clients than a site has masters; the next one is turned away.
  static let clientsMax = 64
  /// Replies of a slow device one client may have under way.
  static let lateRepliesMax = 16
  /// Real time between two moves of the twin, ms.
  static let tickMs = 50
  /// After a stall of the machine the twin catches up at most this much, s.
  static let catchUpS = 1.0

  /// Where a bus listens.
  public struct Endpoint: Sendable, Equatable {
    public var bus: String
    public var host: String
    public var port: Int
  }
  /// Which ports to take.
  public enum Ports: Sendable, Equatable {
    /// Host and port of each bus as the site file says.
    case site
    /// Loopback, this port for the first bus and the next for each further one.
    case base(Int)
    /// Loopback, any free ports.
    case any
  }

  /// In the order of the site's buses.
  public let endpoints: [Endpoint]
  private let twin: Mutex<Twin>
  private let listeners: [Socket]
  private let control: Socket?
  private let controlPath: String?
  private let wakeUp: (read: Socket, write: Socket)
  private let lateByMs: [Int]

  /// Listens on every bus (and at `controlPath`) or throws and listens nowhere. Nothing is answered before `run`.
  public init(twin: sending Twin, ports: Ports, controlPath: String? = nil) throws(ServerError) {
    var listeners: [Socket] = []
    var endpoints: [Endpoint] = []
    for (index, bus) in twin.site.buses.enumerated() {
      guard case .tcp(let siteHost, let sitePort) = bus.link else {
        throw ServerError("bus \(bus.name) is a serial line; the simulator serves Modbus TCP only")
      }
      let (host, port) =
        switch ports {
        case .site: (siteHost, sitePort)
        case .base(let base): ("127.0.0.1", base + index)
        case .any: ("127.0.0.1", 0)
        }
      let listener: Socket
      do {
        listener = try Socket.listening(host: host, port: port)
      } catch {
        throw ServerError("bus \(bus.name): \(error.description)", from: error)
      }
      listeners.append(listener)
      endpoints.append(Endpoint(bus: bus.name, host: host, port: listener.port))
    }
    lateByMs = twin.site.buses.map { $0.timeoutMs * Twin.lateByTimeouts }
    self.listeners = listeners
    self.endpoints = endpoints
    self.controlPath = controlPath
    control = if let controlPath { try Socket.listening(path: controlPath) } else { nil }
    wakeUp = try Socket.pipe()
    self.twin = Mutex(twin)
  }

  /// Reaches into the running twin, between two of its steps.
  public func withTwin<Result: Sendable, Failure: Error>(
    _ body: (Twin) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try twin.withLock { (twin: inout sending Twin) throws(Failure) -> Result in try body(twin) }
  }

  /// Ends `run` from any thread.
  public func stop() { _ = wakeUp.write.write([0]) }

  /// Serves on the calling thread until `stop`, letting `speed` seconds pass in the row per second.
  public func run(speed: Double = 1) {
    var loop = ServerLoop(listeners: listeners.map(\.descriptor), control: control, stop: wakeUp.read.descriptor)
    var movedMs = Monotonic.nowMs
    while true {
      let nowMs = Monotonic.nowMs
      let untilTick = max(0, Self.tickMs - (nowMs - movedMs))
      guard loop.wait(forMs: min(untilTick, loop.msToLateReply(nowMs))) else { break }
      twin.withLock { twin in
        let elapsedMs = Monotonic.nowMs - movedMs
        if elapsedMs >= Self.tickMs {
          movedMs += elapsedMs
          twin.advance(seconds: min(Double(elapsedMs) / 1000, Self.catchUpS) * speed)
        }
        loop.serve(twin, listeners: listeners, control: control, lateByMs: lateByMs)
      }
    }
    if let controlPath { unsafe unlink(controlPath) }
  }
}

enum Monotonic {
  static var nowMs: Int {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}

/// The clients of a running server and what is ready on them.
private struct ServerLoop {
  private enum Kind {
    case modbus(bus: Int)
    case control
  }
  private struct Client {
    let socket: Socket
    let kind: Kind
    var input: [UInt8] = []
    var late: [(dueMs: Int, bytes: [UInt8])] = []
  }

  private var clients: [Client] = []
  private var ready: [pollfd]
  private let fixed: Int
  private var answerer = ModbusAnswerer()
  private var scratch = [UInt8](repeating: 0, count: 4096)

  init(listeners: [Int32], control: Socket?, stop: Int32) {
    let descriptors = [stop] + listeners + (control.map { [$0.descriptor] } ?? [])
    ready = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    fixed = ready.count
  }

  /// poll(2); false once `stop` was called.
  mutating func wait(forMs timeoutMs: Int) -> Bool {
    ready.removeSubrange(fixed...)
    for client in clients {
      ready.append(pollfd(fd: client.socket.descriptor, events: Int16(POLLIN), revents: 0))
    }
    for index in ready.indices { ready[index].revents = 0 }
    _ = unsafe poll(&ready, nfds_t(ready.count), Int32(timeoutMs))
    return ready[0].revents == 0
  }

  func msToLateReply(_ nowMs: Int) -> Int {
    clients.reduce(TwinServer.tickMs) { least, client in
      client.late.reduce(least) { min($0, max(0, $1.dueMs - nowMs)) }
    }
  }

  mutating func serve(_ twin: Twin, listeners: [Socket], control: Socket?, lateByMs: [Int]) {
    var gone: [Int] = []
    for index in clients.indices {
      let isAlive = ready[fixed + index].revents == 0 || serveClient(index, twin, lateByMs)
      if !isAlive || !sendLate(index) { gone.append(index) }
    }
    for index in gone.reversed() { clients.remove(at: index) }
    for (bus, listener) in listeners.enumerated() where ready[1 + bus].revents != 0 {
      welcome(listener, .modbus(bus: bus))
    }
    if let control, ready[fixed - 1].revents != 0 { welcome(control, .control) }
  }

  private mutating func welcome(_ listener: Socket, _ kind: Kind) {
    guard let socket = listener.accepted(), clients.count < TwinServer.clientsMax else { return }
    clients.append(Client(socket: socket, kind: kind))
  }

  private mutating func serveClient(_ index: Int, _ twin: Twin, _ lateByMs: [Int]) -> Bool {
    guard clients[index].socket.receive(into: &clients[index].input, scratch: &scratch) else { return false }
    switch clients[index].kind {
    case .modbus(let bus): return serveFrames(index, bus: bus, twin, lateByMs: lateByMs[bus])
    case .control: return serveLines(index, twin)
    }
  }

  private mutating func serveFrames(_ index: Int, bus: Int, _ twin: Twin, lateByMs: Int) -> Bool {
    while true {
      let frame: Int
      switch FrameCut(clients[index].input[...]) {
      case .incomplete: return true
      case .notModbus: return false
      case .frame(let bytes): frame = bytes
      }
      let delivery = answerer.answer(clients[index].input[..<frame], bus: bus, twin: twin)
      clients[index].input.removeFirst(frame)
      switch delivery {
      case .now: guard clients[index].socket.send(answerer.reply) else { return false }
      case .late:
        guard clients[index].late.count < TwinServer.lateRepliesMax else { return false }
        clients[index].late.append((Monotonic.nowMs + lateByMs, answerer.reply))
      case .never: break
      }
    }
  }

  private mutating func sendLate(_ index: Int) -> Bool {
    let nowMs = Monotonic.nowMs
    while let first = clients[index].late.first, first.dueMs <= nowMs {
      guard clients[index].socket.send(first.bytes) else { return false }
      clients[index].late.removeFirst()
    }
    return true
  }

  private mutating func serveLines(_ index: Int, _ twin: Twin) -> Bool {
    while let end = clients[index].input.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: clients[index].input[..<end], as: UTF8.self)
      clients[index].input.removeFirst(end + 1)
      guard clients[index].socket.send(ControlReply(to: line, of: twin).line) else { return false }
    }
    return clients[index].input.count <= ControlReply.lineMax
  }
}
