/// Puts a twin on the network: one listening TCP port or one pseudo-terminal per bus with all its units behind it, and
/// a control socket for faults. One thread runs everything in a poll loop; the twin sits behind a mutex so that a test
/// can reach in as well.
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
    public enum Address: Sendable, Equatable, CustomStringConvertible {
      case tcp(host: String, port: Int)
      /// What a master opens as its serial port.
      case terminal(path: String)

      /// `host:port`, or the path.
      public var description: String {
        switch self {
        case .tcp(let host, let port): "\(host):\(port)"
        case .terminal(let path): path
        }
      }
    }
    public var bus: String
    public var address: Address
  }
  /// Which ports to take.
  public enum Ports: Sendable, Equatable {
    /// Host and port of each bus as the site file says; a serial line's path becomes a link to a pseudo-terminal.
    case site
    /// Loopback, this port for the first bus and the next for each further one; pseudo-terminals by their own names.
    case base(Int)
    /// Loopback, any free ports; pseudo-terminals by their own names.
    case any
  }

  /// In the order of the site's buses.
  public let endpoints: [Endpoint]
  private let twin: Mutex<Twin>
  private let doors: [Door]
  private let control: Socket?
  private let controlPath: String?
  private let wakeUp: (read: Socket, write: Socket)
  private let wires: [Wire]

  /// Listens on every bus (and at `controlPath`) or throws and listens nowhere. Nothing is answered before `run`.
  public init(twin: sending Twin, ports: Ports, controlPath: String? = nil) throws(ServerError) {
    let buses = twin.site.buses
    // All of them before the first terminal is opened: it may get a number that a dead simulator's had.
    if ports == .site {
      for case .serial(let path, _, _, _) in buses.map(\.link) { PseudoTerminal.removeStaleLink(at: path) }
    }
    var doors: [Door] = []
    for (index, bus) in buses.enumerated() {
      do {
        doors.append(try Self.open(bus.link, ports, index))
      } catch {
        throw ServerError("bus \(bus.name): \(error.description)", from: error)
      }
    }
    self.doors = doors
    endpoints = zip(buses, doors).map { Endpoint(bus: $0.name, address: $1.address) }
    wires = buses.map { Wire($0) }
    self.controlPath = controlPath
    control = if let controlPath { try Socket.listening(path: controlPath) } else { nil }
    wakeUp = try Socket.pipe()
    self.twin = Mutex(twin)
  }

  private static func open(_ link: Site.Bus.Link, _ ports: Ports, _ index: Int) throws(ServerError) -> Door {
    switch (link, ports) {
    case (.tcp(let host, let port), .site): .listener(try Socket.listening(host: host, port: port), host: host)
    case (.tcp, .base(let base)):
      .listener(try Socket.listening(host: "127.0.0.1", port: base + index), host: "127.0.0.1")
    case (.tcp, .any): .listener(try Socket.listening(host: "127.0.0.1", port: 0), host: "127.0.0.1")
    case (.serial(let path, _, _, _), .site): .line(try PseudoTerminal(link: path))
    case (.serial, .base), (.serial, .any): .line(try PseudoTerminal(link: nil))
    }
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
    var loop = ServerLoop(doors: doors, wires: wires, control: control, stop: wakeUp.read)
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
        loop.serve(twin)
      }
    }
    if let controlPath { unsafe unlink(controlPath) }
    for case .line(let terminal) in doors { terminal.removeLink() }
  }
}

/// What masters come in by.
enum Door: Sendable {
  case listener(Socket, host: String)
  case line(PseudoTerminal)

  var address: TwinServer.Endpoint.Address {
    switch self {
    case .listener(let socket, let host): .tcp(host: host, port: socket.port)
    case .line(let terminal): .terminal(path: terminal.path)
    }
  }
}

enum Monotonic {
  static var nowMs: Int {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
