/// A client of `org.irhx.Row`, with its types. Not connected between calls: each method connects, asks and leaves.
public struct RowClient: Sendable {
  public let path: String
  /// Longest wait for one answer: longer than the server's own, 14 s at the slowest period, so that its explanation
  /// arrives.
  public var patience: Duration = .seconds(18)

  public init(path: String) {
    self.path = path
  }

  public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The row answered with an error.
    case row(RowError)
    /// The protocol failed, or another service answered.
    case varlink(VarlinkClient.Failure)

    public var description: String {
      switch self {
      case .row(let error): error.description
      case .varlink(let failure): failure.description
      }
    }
  }

  public func info() throws(Failure) -> RowInfo { try call("GetInfo", Nothing(), InfoReply.self).info }
  public func state() throws(Failure) -> RowState { try call("GetState", Nothing(), StateReply.self).state }
  public func alarms() throws(Failure) -> [Alarm] { try call("ListAlarms", Nothing(), AlarmsReply.self).alarms }

  /// Gives each state to `receive` until it returns false. Throws `timeout` after `quiet` without one, or at the
  /// deadline.
  public func watch(
    intervalMs: Int? = nil, quiet: Duration, deadline: ContinuousClock.Instant? = nil, receive: (RowState) -> Bool
  ) throws(Failure) {
    do throws(VarlinkClient.Failure) {
      var client = try VarlinkClient(path: path)
      let parameters = WatchParameters(intervalMs: intervalMs)
      try client.stream(
        Self.full("WatchState"), parameters, of: StateReply.self, each: quiet, deadline: deadline
      ) { receive($0.state) }
    } catch {
      throw Self.failure(error)
    }
  }

  /// Carries out any command; see `RowCommand` for units and `RowReply` for what each answers.
  public func send(_ command: RowCommand) throws(Failure) -> RowReply {
    switch command {
    case .acknowledgeAlarm(let id, let subject):
      let parameters = AcknowledgeParameters(id: id, subject: subject)
      return .acknowledged(try call("AcknowledgeAlarm", parameters, AcknowledgedReply.self).acknowledged)
    case .explain(let actuator):
      let parameters = ActuatorParameters(actuator: actuator)
      return .explanation(try call("Explain", parameters, ExplanationReply.self).explanation)
    case .history(let request):
      let parameters = HistoryParameters(
        since: request.sinceMs.map(WireTime.text), until: request.untilMs.map(WireTime.text), before: request.before,
        limit: request.limit, cause: request.cause, subject: request.subject)
      return .history(try call("GetHistory", parameters, HistoryReply.self).entries)
    case .shelve(let id, let subject, let minutes, let reason):
      return try tell("Shelve", ShelveParameters(id: id, subject: subject, minutes: minutes, reason: reason))
    case .unshelve(let id, let subject): return try tell("Unshelve", AlarmParameters(id: id, subject: subject))
    case .setOutOfService(let id, let subject, let isOut, let reason):
      return try tell("SetOutOfService", OutOfServiceParameters(id: id, subject: subject, out: isOut, reason: reason))
    case .setMode(let mode): return try tell("SetMode", ModeParameters(mode: mode))
    case .setSetpoint(let name, let value):
      return try tell("SetSetpoint", SetpointParameters(name: name, value: value))
    case .override(let actuator, let value, let leaseS, let reason):
      let parameters = OverrideParameters(actuator: actuator, value: value, leaseS: leaseS, reason: reason)
      return try tell("Override", parameters)
    case .release(let actuator): return try tell("Release", ActuatorParameters(actuator: actuator))
    case .resetTrip(let id, let subject):
      return try tell("ResetTrip", AcknowledgeParameters(id: id, subject: subject))
    case .bypass(let id, let subject, let leaseS, let reason):
      return try tell("Bypass", BypassParameters(id: id, subject: subject, leaseS: leaseS, reason: reason))
    case .endBypass(let id, let subject): return try tell("EndBypass", AlarmParameters(id: id, subject: subject))
    case .setControl(let mode, let shadow):
      return try tell("SetControl", ControlParameters(mode: mode, shadow: shadow))
    case .changeOver: return try tell("ChangeOver", Nothing())
    case .devices: return .devices(try call("ListDevices", Nothing(), DevicesReply.self).devices)
    case .probe(let device, let point):
      return .probed(try call("Probe", ProbeParameters(device: device, point: point), ProbeReply.self).report)
    case .setPoint(let device, let point, let value, let reason):
      let parameters = SetPointParameters(device: device, point: point, value: value, reason: reason)
      return .written(try call("SetPoint", parameters, WrittenReply.self).written)
    }
  }

  private func tell(_ method: String, _ parameters: some Encodable) throws(Failure) -> RowReply {
    _ = try call(method, parameters, Nothing.self)
    return .done
  }

  private func call<Reply: Decodable>(
    _ method: String, _ parameters: some Encodable, _ reply: Reply.Type
  ) throws(Failure) -> Reply {
    do throws(VarlinkClient.Failure) {
      var client = try VarlinkClient(path: path)
      return try client.call(Self.full(method), parameters, returning: reply, within: patience)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func full(_ method: String) -> String { "\(RowInterfaceDefinition.name).\(method)" }

  private static func failure(_ failure: VarlinkClient.Failure) -> Failure {
    if case .answered(let error) = failure, let known = RowError(error) { return .row(known) }
    return .varlink(failure)
  }
}
