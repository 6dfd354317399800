/// Bounds of a server. Each one is there so that no client can cost the daemon more than a stated amount.
struct VarlinkLimits: Sendable {
  /// Largest call, bytes without its NUL. The largest call of ours is below 1 KiB; this leaves room for any client's
  /// whitespace and keeps a connection's input below 64 KiB.
  var frameBytesMax = 64 * 1024
  /// Connections at once: an operator's terminals, exporters and scripts of one row, several times over.
  var clientsMax = 64
  /// Stream messages waiting for one slow client. A few ride out a hiccup; more would only be old.
  var streamFramesMax = 4
  /// Unsent reply bytes at which a connection's further calls wait: one full state and then some.
  var replyBytesMax = 64 * 1024
  /// Time for a call to arrive whole, from its first byte. A local client needs microseconds.
  var frameTime: Duration = .seconds(10)
  /// Time for a call to be answered.
  var answerTime: Duration = .seconds(5)
  /// When all places are taken, a client that has made no call for so long yields its place to a new one. A client that
  /// means to call does so at once; this leaves time for a loaded machine.
  var idleYield: Duration = .seconds(2)
  /// Pause in accepting when the process is out of descriptors.
  var acceptPause: Duration = .seconds(1)
  /// Bytes taken from one connection before the others have their turn.
  var readBytesMax = 16 * 1024
}

/// What a server has seen since it started.
public struct VarlinkCounters: Sendable, Equatable {
  /// Connections now open.
  public var clients = 0
  public var accepted = 0
  /// Connections closed at once for want of a place.
  public var refused = 0
  public var calls = 0
  /// Calls answered with an error.
  public var errors = 0
  /// Connections closed for garbage, an oversize frame or one that never ended.
  public var violations = 0
  /// Stream messages that slow clients lost.
  public var droppedStates = 0
}
