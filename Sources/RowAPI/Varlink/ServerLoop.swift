import Glibc

/// The server's thread, one turn at a time: wait, take what others left, accept, read, answer, write, tidy up.
struct ServerLoop {
  private let listening: ListeningSocket
  private let limits: VarlinkLimits
  private let peerOf: @Sendable (Int32) -> Peer?
  private let mailbox: Mailbox
  private let dispatcher: Dispatcher
  private var connections: [Connection] = []
  private var lastID: UInt64 = 0
  private var acceptAgain: ContinuousClock.Instant?
  private(set) var counters = VarlinkCounters()

  init(
    listening: ListeningSocket, interface: any VarlinkInterface, limits: VarlinkLimits,
    peerOf: @escaping @Sendable (Int32) -> Peer?, mailbox: Mailbox
  ) {
    self.listening = listening
    self.limits = limits
    self.peerOf = peerOf
    self.mailbox = mailbox
    dispatcher = Dispatcher(interface: interface, mailbox: mailbox)
  }

  /// Waits for something to do and does it. False when the server has been told to stop; what others left before that
  /// has been sent then, as far as the peers take it.
  mutating func turn() -> Bool {
    let ready = wait()
    let now = ContinuousClock.now
    let left = mailbox.empty()
    for answer in left.answers { deliver(answer, now: now) }
    if left.announced { stream(now: now) }
    if left.stopping { return false }
    for (connection, events) in zip(connections, ready) { attend(connection, events, now: now) }
    expire(now: now)
    acceptNew(now: now)
    for connection in connections { connection.settle() }
    connections.removeAll(where: \.isFinished)
    counters.clients = connections.count
    return true
  }

  /// Sleeps until a descriptor is ready or a deadline passes; returns each connection's events.
  private func wait() -> [Int32] {
    var polled = [pollfd(fd: mailbox.bell, events: Int16(POLLIN), revents: 0)]
    polled.append(pollfd(fd: acceptAgain == nil ? listening.fd : -1, events: Int16(POLLIN), revents: 0))
    for connection in connections {
      let events = (connection.wantsToRead ? POLLIN : 0) | (connection.wantsToWrite ? POLLOUT : 0)
      polled.append(pollfd(fd: connection.socket.fd, events: Int16(events), revents: 0))
    }
    let deadline = (connections.compactMap(\.deadline) + [acceptAgain].compactMap(\.self)).min()
    // ignoring: an interrupted poll is a turn with nothing ready.
    if unsafe poll(&polled, nfds_t(polled.count), timeout(until: deadline)) <= 0 {
      return connections.map { _ in 0 }
    }
    return polled.dropFirst(2).map { Int32($0.revents) }
  }

  /// Milliseconds for poll, rounded up so that the deadline has passed when it returns.
  private func timeout(until deadline: ContinuousClock.Instant?) -> Int32 {
    guard let deadline else { return -1 }
    let left = max(deadline - ContinuousClock.now, .zero)
    return Int32(min(left / .milliseconds(1) + 1, 60_000))
  }

  private mutating func attend(_ connection: Connection, _ events: Int32, now: ContinuousClock.Instant) {
    if events & POLLOUT != 0 { connection.flush(now: now) }
    if events & POLLIN != 0 { connection.receive(now: now) }
    if events & (POLLHUP | POLLERR) != 0 && events & POLLIN == 0 { connection.hangUp() }
    answerCalls(of: connection, now: now)
  }

  /// Answers calls until one has to wait, or none is left.
  private mutating func answerCalls(of connection: Connection, now: ContinuousClock.Instant) {
    while let (serial, frame) = connection.nextFrame(now: now) {
      counters.calls += 1
      begin(frame, serial: serial, on: connection, now: now)
    }
    guard connection.inFlight == nil && connection.input.isOversize else { return }
    reject(connection, .invalidParameter("method"), now: now)
  }

  private mutating func begin(
    _ frame: [UInt8], serial: UInt64, on connection: Connection, now: ContinuousClock.Instant
  ) {
    let call: VarlinkCall
    do {
      call = try VarlinkCall(frame: frame)
    } catch {
      return reject(connection, error, now: now)
    }
    let exchange = VarlinkExchange(client: connection.id, call: serial, mailbox: mailbox)
    switch dispatcher.answer(call, from: connection.peer, later: exchange) {
    case .frames(let frames):
      if !call.oneway { for frame in frames { connection.sendReply(frame, now: now) } }
    case .failure(let error):
      counters.errors += 1
      if !call.oneway { connection.sendReply(VarlinkFrame.failure(error), now: now) }
    case .later:
      let wait = Connection.Wait.answer(deadline: now + limits.answerTime)
      connection.inFlight = .init(serial: serial, oneway: call.oneway, wait: wait)
    case .stream where call.oneway: break
    case .stream(let interval):
      connection.inFlight = .init(
        serial: serial, oneway: false, wait: .stream(minimumInterval: interval, due: now))
      if let newest = dispatcher.interface.newestStreamFrame() { _ = connection.sendStream(newest, now: now) }
    }
  }

  /// Tells a client that what it sent is no call, and closes it: after garbage nobody knows where a frame begins.
  private mutating func reject(_ connection: Connection, _ error: VarlinkError, now: ContinuousClock.Instant) {
    counters.violations += 1
    counters.errors += 1
    connection.sendReply(VarlinkFrame.failure(error), now: now)
    connection.close()
  }

  private mutating func deliver(_ answer: Mailbox.Answer, now: ContinuousClock.Instant) {
    guard let connection = connections.first(where: { $0.id == answer.client }),
      let inFlight = connection.inFlight, inFlight.serial == answer.call
    else { return }
    connection.inFlight = nil
    if !inFlight.oneway { connection.sendReply(answer.frame, now: now) }
    answerCalls(of: connection, now: now)
  }

  private mutating func stream(now: ContinuousClock.Instant) {
    let streaming = connections.filter { if case .stream? = $0.inFlight?.wait { true } else { false } }
    guard !streaming.isEmpty, let frame = dispatcher.interface.newestStreamFrame() else { return }
    for connection in streaming { counters.droppedStates += connection.sendStream(frame, now: now) }
  }

  private mutating func expire(now: ContinuousClock.Instant) {
    if let again = acceptAgain, again <= now { acceptAgain = nil }
    for connection in connections {
      if let inFlight = connection.inFlight, case .answer(let deadline) = inFlight.wait, deadline <= now {
        counters.errors += 1
        let frame = VarlinkFrame.failure(dispatcher.interface.silence)
        deliver(.init(client: connection.id, call: inFlight.serial, frame: frame), now: now)
      } else if connection.isStalled(at: now) {
        counters.violations += 1
        connection.hangUp()
      }
    }
  }

  /// Accepts what waits, at most as many as there are places; at most one silent client yields to each.
  private mutating func acceptNew(now: ContinuousClock.Instant) {
    guard acceptAgain == nil else { return }
    for _ in 0..<limits.clientsMax {
      switch listening.accept() {
      case .nobody: return
      case .exhausted:
        acceptAgain = now + limits.acceptPause
        return
      case .connection(let socket): welcome(socket, now: now)
      }
    }
  }

  private mutating func welcome(_ socket: consuming Socket, now: ContinuousClock.Instant) {
    counters.accepted += 1
    guard makePlace(now: now), let peer = peerOf(socket.fd) else {
      counters.refused += 1
      return
    }
    lastID += 1
    connections.append(Connection(id: lastID, peer: peer, socket: socket, limits: limits, now: now))
  }

  private mutating func makePlace(now: ContinuousClock.Instant) -> Bool {
    connections.removeAll(where: \.isFinished)
    if connections.count < limits.clientsMax { return true }
    guard
      let idlest = connections.filter({ $0.yields(at: now) }).min(by: { $0.lastActivity < $1.lastActivity })
    else { return false }
    connections.removeAll { $0 === idlest }
    return true
  }
}
