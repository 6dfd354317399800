/// What a server serves: one interface and its answers. `org.varlink.service` is added by the server itself.
public protocol VarlinkInterface: Sendable {
  /// The interface definition in Varlink's own language; its name and its methods are read from it.
  var definition: String { get }
  /// What `org.varlink.service.GetInfo` says of the service.
  var identity: VarlinkIdentity { get }

  /// Answers a call of one of the definition's methods. Runs on the server's thread: must not block. `later` answers
  /// from any thread, for `VarlinkAnswer.later`.
  func answer(_ call: VarlinkCall, from peer: Peer, later: VarlinkExchange) -> VarlinkAnswer

  /// The newest message for streams, made once for all of them. Called on the server's thread after `announce`.
  func newestStreamFrame() -> [UInt8]?

  /// What a caller is told when `later` has not answered in time.
  var silence: VarlinkError { get }
}

public struct VarlinkIdentity: Sendable, Codable, Equatable {
  public var vendor: String
  public var product: String
  public var version: String
  public var url: String

  public init(vendor: String, product: String, version: String, url: String) {
    self.vendor = vendor
    self.product = product
    self.version = version
    self.url = url
  }
}

/// What to do about a call.
public enum VarlinkAnswer: Sendable {
  /// These frames, all but the last marked as continuing.
  case frames([[UInt8]])
  case failure(VarlinkError)
  /// The exchange will answer.
  case later
  /// Every message announced from now on, but at most one per `minimumInterval`.
  case stream(minimumInterval: Duration)

  /// One reply; a value that JSON cannot hold becomes `otherwise`.
  static func reply(_ parameters: some Encodable, otherwise: VarlinkError) -> VarlinkAnswer {
    do {
      return .frames([try VarlinkFrame.reply(parameters)])
    } catch {
      return .failure(otherwise)
    }
  }
}

/// One call that will be answered later, from any thread. Answers after the first, or after the caller has gone, or
/// after the time for answering has passed, go nowhere.
public struct VarlinkExchange: Sendable {
  let client: UInt64
  let call: UInt64
  let mailbox: Mailbox

  public func answer(_ frame: [UInt8]) {
    mailbox.post(Mailbox.Answer(client: client, call: call, frame: frame))
  }
}
