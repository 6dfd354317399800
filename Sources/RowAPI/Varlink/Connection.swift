/// One client of the server, between its socket and the interface. Lives on the server's thread.
///
/// Calls are answered in order, one at a time: the next one is not looked at until the present one has its answer and
/// the client has read most of the earlier ones. So a client's input and output are both bounded, and one that does not
/// read is not read from.
final class Connection {
  /// A call that has been begun and not yet answered for good.
  struct InFlight {
    var serial: UInt64
    var oneway: Bool
    var wait: Wait
  }

  enum Wait {
    /// For the handler, until then.
    case answer(deadline: ContinuousClock.Instant)
    /// For ever: messages as they are announced, each not before `due`.
    case stream(minimumInterval: Duration, due: ContinuousClock.Instant)
  }

  let id: UInt64
  let peer: Peer
  let socket: Socket
  private let limits: VarlinkLimits
  private(set) var input: FrameBuffer
  private(set) var outbox = Outbox()
  var inFlight: InFlight?
  private var serial: UInt64 = 0
  /// When the incomplete frame now in `input` began.
  private var partialSince: ContinuousClock.Instant?
  /// When the peer last made a call, or took something.
  private(set) var lastActivity: ContinuousClock.Instant
  private var inputEnded = false
  /// Set when the connection shall be closed as soon as everything has been sent.
  private var closing = false
  /// The peer is gone, or everything is said.
  private(set) var isFinished = false

  init(id: UInt64, peer: Peer, socket: consuming Socket, limits: VarlinkLimits, now: ContinuousClock.Instant) {
    self.id = id
    self.peer = peer
    self.socket = socket
    self.limits = limits
    input = FrameBuffer(frameBytesMax: limits.frameBytesMax)
    lastActivity = now
  }

  var wantsToRead: Bool { inFlight == nil && !inputEnded && !closing && input.room > 0 }
  var wantsToWrite: Bool { !outbox.isEmpty }
  private var isBackedUp: Bool { outbox.bytes >= limits.replyBytesMax }

  /// May give its place to a new client: it neither calls nor reads, and has not for long.
  func yields(at now: ContinuousClock.Instant) -> Bool {
    (inFlight == nil || wantsToWrite) && now - lastActivity >= limits.idleYield
  }

  /// When the connection needs attention even if nothing arrives.
  var deadline: ContinuousClock.Instant? {
    if case .answer(let deadline)? = inFlight?.wait { return deadline }
    return frameDeadline
  }

  /// When the frame now arriving must be whole; nil while it is we who do not look at the input.
  private var frameDeadline: ContinuousClock.Instant? {
    inFlight == nil && !isBackedUp ? partialSince.map { $0 + limits.frameTime } : nil
  }

  /// The incomplete frame has been coming for too long.
  func isStalled(at now: ContinuousClock.Instant) -> Bool {
    frameDeadline.map { $0 <= now } ?? false
  }

  /// Takes what has arrived, at most one turn's worth.
  func receive(now: ContinuousClock.Instant) {
    switch socket.receive(atMost: min(input.room, limits.readBytesMax)) {
    case .bytes(let bytes):
      if input.isEmpty { partialSince = now }
      input.append(bytes)
    case .nothingYet: break
    case .ended: inputEnded = true
    case .failed: isFinished = true
    }
  }

  /// The next complete frame, with the serial of its call; nil when there is none, or it is not yet its turn.
  func nextFrame(now: ContinuousClock.Instant) -> (serial: UInt64, frame: [UInt8])? {
    guard inFlight == nil, !closing, !isFinished, !isBackedUp else { return nil }
    guard let frame = input.next() else { return nil }
    partialSince = input.isEmpty ? nil : now
    lastActivity = now
    serial += 1
    return (serial, frame)
  }

  func sendReply(_ frame: [UInt8], now: ContinuousClock.Instant) {
    outbox.appendReply(frame)
    flush(now: now)
  }

  /// Sends a stream message if one is due; returns how many older ones it pushed out.
  func sendStream(_ frame: [UInt8], now: ContinuousClock.Instant) -> Int {
    guard case .stream(let interval, let due)? = inFlight?.wait else { return 0 }
    // A tenth of the interval early is due: the announcements' own jitter must not skip every other one.
    guard now >= due - interval / 10 else { return 0 }
    inFlight?.wait = .stream(minimumInterval: interval, due: max(due + interval, now))
    let dropped = outbox.appendStream(frame, limit: limits.streamFramesMax)
    flush(now: now)
    return dropped
  }

  func flush(now: ContinuousClock.Instant) {
    do {
      try unsafe outbox.flush { bytes throws(Socket.Gone) in
        let taken = try unsafe socket.send(bytes)
        if taken > 0 { lastActivity = now }
        return taken
      }
    } catch {
      isFinished = true
    }
  }

  /// Ends the connection once what is waiting has been sent.
  func close() { closing = true }

  /// The peer has closed both ways.
  func hangUp() { isFinished = true }

  /// Notes the end, if this is it: nothing to send, and nothing more can come.
  func settle() {
    if closing && outbox.isEmpty { isFinished = true }
    if inputEnded && inFlight == nil && outbox.isEmpty { isFinished = true }
  }
}
