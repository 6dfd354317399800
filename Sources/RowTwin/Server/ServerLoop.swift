/// The poll loop of a running server: who is connected, what has come from them, and what is still to be sent.
internal import Glibc
internal import RowConfig

struct ServerLoop {
  private enum Kind {
    case modbus(bus: Int)
    /// A serial line, which is there from the first to the last.
    case line(bus: Int)
    case control
  }
  private struct Client {
    let socket: Socket
    let kind: Kind
    var input: [UInt8] = []
    /// When the last of it came.
    var heardMs = 0
    /// By when they are due.
    var late: [(dueMs: Int, bytes: [UInt8])] = []

    var isLine: Bool { if case .line = kind { true } else { false } }
  }

  /// Sockets that others connect to; what is polled begins with their descriptors, after `stop`.
  private let listeners: [(socket: Socket, kind: Kind)]
  private let wires: [Wire]
  private var clients: [Client]
  private let clientsMax: Int
  private var ready: [pollfd]
  private let fixed: Int
  private var answerer = ModbusAnswerer()
  private var scratch = [UInt8](repeating: 0, count: 4096)

  /// `doors` and `wires` in the order of the site's buses.
  init(doors: [Door], wires: [Wire], control: Socket?, stop: Socket) {
    var listeners: [(Socket, Kind)] = []
    clients = []
    for (bus, door) in doors.enumerated() {
      switch door {
      case .listener(let socket, _): listeners.append((socket, .modbus(bus: bus)))
      case .line(let terminal): clients.append(Client(socket: terminal.end, kind: .line(bus: bus)))
      }
    }
    if let control { listeners.append((control, .control)) }
    self.listeners = listeners
    self.wires = wires
    clientsMax = clients.count + TwinServer.clientsMax
    let descriptors = [stop.descriptor] + listeners.map(\.0.descriptor)
    ready = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    fixed = ready.count
  }

  /// poll(2); false once `stop` was written to.
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
      client.late.first.map { min(least, max(0, $0.dueMs - nowMs)) } ?? least
    }
  }

  mutating func serve(_ twin: Twin) {
    var gone: [Int] = []
    for index in clients.indices {
      let isAlive = ready[fixed + index].revents == 0 || serveClient(index, twin)
      if !isAlive || !sendLate(index) { gone.append(index) }
    }
    for index in gone.reversed() { clients.remove(at: index) }
    for (index, listener) in listeners.enumerated() where ready[1 + index].revents != 0 {
      guard let socket = listener.socket.accepted(), clients.count < clientsMax else { continue }
      clients.append(Client(socket: socket, kind: listener.kind))
    }
  }

  private mutating func serveClient(_ index: Int, _ twin: Twin) -> Bool {
    let before = clients[index].input.count
    guard clients[index].socket.receive(into: &clients[index].input, scratch: &scratch) else { return false }
    switch clients[index].kind {
    case .control: return serveLines(index, twin)
    case .modbus(let bus), .line(let bus):
      switch wires[bus].framing {
      case .modbusTCP: return serveFrames(index, bus: bus, twin)
      case .rtu: return serveSerial(index, heardBefore: before, bus: bus, twin)
      }
    }
  }

  private mutating func serveFrames(_ index: Int, bus: Int, _ twin: Twin) -> Bool {
    while true {
      switch FrameCut(clients[index].input[...]) {
      case .incomplete: return true
      case .notModbus: return false
      case .frame(let bytes):
        guard answer(index, bytes: bytes, bus: bus, twin) else { return false }
      }
    }
  }

  /// A frame is what came without a pause. What is none is forgotten after the next pause, as on a line.
  private mutating func serveSerial(_ index: Int, heardBefore before: Int, bus: Int, _ twin: Twin) -> Bool {
    let nowMs = Monotonic.nowMs
    if nowMs - clients[index].heardMs >= SerialFrame.silenceMs { clients[index].input.removeFirst(before) }
    clients[index].heardMs = nowMs
    let count = clients[index].input.count
    // No frame any more, however much follows.
    if count > SerialFrame.bytesMax { clients[index].input.removeLast(count - SerialFrame.bytesMax - 1) }
    guard SerialFrame.isWhole(clients[index].input[...]) else { return true }
    return answer(index, bytes: count, bus: bus, twin)
  }

  /// Takes a frame and answers it; false where the client is not worth more answers.
  private mutating func answer(_ index: Int, bytes: Int, bus: Int, _ twin: Twin) -> Bool {
    let wire = wires[bus]
    let delivery = answerer.answer(
      clients[index].input[..<bytes], framing: wire.framing, bus: bus, twin: twin)
    clients[index].input.removeFirst(bytes)
    var inMs = wire.takesMs(bytes: bytes + answerer.reply.count)
    switch delivery {
    case .never: return true
    case .now where inMs == 0: return transmit(answerer.reply, to: index)
    case .now: break
    case .late: inMs += wire.lateByMs
    }
    guard clients[index].late.count < TwinServer.lateRepliesMax else { return clients[index].isLine }
    let dueMs = Monotonic.nowMs + inMs
    let place = clients[index].late.firstIndex { $0.dueMs > dueMs } ?? clients[index].late.count
    clients[index].late.insert((dueMs, answerer.reply), at: place)
    return true
  }

  private mutating func sendLate(_ index: Int) -> Bool {
    let nowMs = Monotonic.nowMs
    while let first = clients[index].late.first, first.dueMs <= nowMs {
      guard transmit(first.bytes, to: index) else { return false }
      clients[index].late.removeFirst()
    }
    return true
  }

  private func transmit(_ bytes: [UInt8], to index: Int) -> Bool {
    guard clients[index].isLine else { return clients[index].socket.send(bytes) }
    // ignoring: a line that nobody reads loses what is sent.
    _ = clients[index].socket.write(bytes)
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
