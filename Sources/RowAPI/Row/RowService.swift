import FoundationEssentials
import Synchronization

/// `org.irhx.Row` as the server sees it: reads are answered from the newest published state, commands go to the
/// handler once the peer's permission is established.
final class RowService: VarlinkInterface {
  let definition = RowInterfaceDefinition.text
  let identity: VarlinkIdentity
  let silence = RowError.notReady.varlink
  private let info: RowInfo
  private let access: AccessRule
  private let handler: any RowCommandHandler
  /// What the control loop has published last, and how many it has published. Locked only to swap it.
  private let newest = Mutex(Published())
  /// The JSON text of a state, and which state it is of. Locked by the server's thread alone.
  private let encoded = Mutex((count: 0, text: Data?.none))

  private struct Published {
    var count = 0
    var state: RowState?
  }

  init(info: RowInfo, access: AccessRule, handler: any RowCommandHandler) {
    self.info = info
    self.access = access
    self.handler = handler
    identity = VarlinkIdentity(
      vendor: "irhx", product: info.product, version: info.version, url: "https://varlink.org/\(info.interface)")
  }

  func publish(_ state: RowState) {
    newest.withLock { newest in
      newest.count += 1
      newest.state = state
    }
  }

  func answer(_ call: VarlinkCall, from peer: Peer, later: VarlinkExchange) -> VarlinkAnswer {
    do throws(VarlinkError) {
      switch call.member {
      case "GetInfo": return .reply(InfoReply(info: info), otherwise: silence)
      case "GetState": return stateText().map { .frames([VarlinkFrame.reply(text: $0, continues: false)]) } ?? notReady
      case "ListAlarms":
        guard let state = newest.withLock(\.state) else { return notReady }
        return .reply(AlarmsReply(alarms: state.alarms), otherwise: silence)
      case "WatchState":
        guard call.more else { return .failure(.expectedMore) }
        let interval = try call.parameters(WatchParameters.self).intervalMs ?? 0
        guard (0...Self.intervalMsMax).contains(interval) else { throw .invalidParameter("interval_ms") }
        return .stream(minimumInterval: .milliseconds(interval))
      default:
        guard let command = try Self.command(of: call) else { return .failure(.methodNotImplemented(call.method)) }
        return submit(command, from: peer, later: later)
      }
    } catch {
      return .failure(error)
    }
  }

  /// Longest interval between states that a watcher may ask for: a day.
  private static let intervalMsMax = 86_400_000

  private var notReady: VarlinkAnswer { .failure(silence) }

  func newestStreamFrame() -> [UInt8]? {
    stateText().map { VarlinkFrame.reply(text: $0, continues: true) }
  }

  private func submit(_ command: RowCommand, from peer: Peer, later: VarlinkExchange) -> VarlinkAnswer {
    if command.needsPermission, let reason = access.refusal(of: peer) {
      handler.noteRefusal(command, from: peer, reason: reason)
      return .failure(RowError.notPermitted(reason: reason).varlink)
    }
    handler.submit(command, from: peer) { result in
      later.answer(Self.frame(for: result))
    }
    return .later
  }

  private static func frame(for result: Result<RowReply, RowError>) -> [UInt8] {
    do {
      switch try result.get() {
      case .done: return try VarlinkFrame.reply(Nothing())
      case .acknowledged(let count): return try VarlinkFrame.reply(AcknowledgedReply(acknowledged: count))
      case .explanation(let explanation):
        return try VarlinkFrame.reply(ExplanationReply(explanation: explanation))
      case .history(let entries): return try VarlinkFrame.reply(HistoryReply(entries: entries))
      case .devices(let devices): return try VarlinkFrame.reply(DevicesReply(devices: devices))
      case .probed(let report): return try VarlinkFrame.reply(ProbeReply(report: report))
      case .written(let written): return try VarlinkFrame.reply(WrittenReply(written: written))
      }
    } catch let error as RowError {
      return VarlinkFrame.failure(error.varlink)
    } catch {
      return VarlinkFrame.failure(RowError.refused(reason: "the answer holds a number that is not finite").varlink)
    }
  }

  private static func command(of call: VarlinkCall) throws(VarlinkError) -> RowCommand? {
    switch call.member {
    case "AcknowledgeAlarm":
      let given = try call.parameters(AcknowledgeParameters.self)
      return .acknowledgeAlarm(id: given.id, subject: given.subject)
    case "Shelve":
      let given = try call.parameters(ShelveParameters.self)
      return .shelve(
        id: given.id, subject: given.subject, minutes: given.minutes, reason: try checked(given.reason))
    case "Unshelve":
      let given = try call.parameters(AlarmParameters.self)
      return .unshelve(id: given.id, subject: given.subject)
    case "SetOutOfService":
      let given = try call.parameters(OutOfServiceParameters.self)
      return .setOutOfService(
        id: given.id, subject: given.subject, isOut: given.out, reason: try checked(given.reason))
    case "SetMode": return .setMode(try call.parameters(ModeParameters.self).mode)
    case "SetSetpoint":
      let given = try call.parameters(SetpointParameters.self)
      return .setSetpoint(name: given.name, value: given.value)
    case "Override":
      let given = try call.parameters(OverrideParameters.self)
      return .override(
        actuator: given.actuator, value: given.value, leaseS: given.leaseS, reason: try checked(given.reason))
    case "Release": return .release(actuator: try call.parameters(ActuatorParameters.self).actuator)
    case "ResetTrip":
      let given = try call.parameters(AcknowledgeParameters.self)
      return .resetTrip(id: given.id, subject: given.subject)
    case "Bypass":
      let given = try call.parameters(BypassParameters.self)
      return .bypass(
        id: given.id, subject: given.subject, leaseS: given.leaseS, reason: try checked(given.reason))
    case "EndBypass":
      let given = try call.parameters(AlarmParameters.self)
      return .endBypass(id: given.id, subject: given.subject)
    case "ChangeOver": return .changeOver
    case "SetControl":
      let given = try call.parameters(ControlParameters.self)
      return .setControl(mode: given.mode, shadow: given.shadow)
    case "Explain": return .explain(actuator: try call.parameters(ActuatorParameters.self).actuator)
    case "GetHistory": return .history(try historyRequest(try call.parameters(HistoryParameters.self)))
    case "ListDevices": return .devices
    case "Probe":
      let given = try call.parameters(ProbeParameters.self)
      return .probe(device: given.device, point: given.point)
    case "SetPoint":
      let given = try call.parameters(SetPointParameters.self)
      return .setPoint(
        device: given.device, point: given.point, value: given.value, reason: try checked(given.reason))
    default: return nil
    }
  }

  private static func checked(_ reason: String) throws(VarlinkError) -> String {
    guard RowCommand.isReason(reason) else { throw .invalidParameter("reason") }
    return reason
  }

  private static func historyRequest(_ given: HistoryParameters) throws(VarlinkError) -> HistoryRequest {
    func time(_ name: String, _ text: String?) throws(VarlinkError) -> Int64? {
      guard let text else { return nil }
      guard let ms = WireTime.ms(text) else { throw .invalidParameter(name) }
      return ms
    }
    let limit = given.limit ?? 100
    guard (1...HistoryRequest.limitMax).contains(limit) else { throw .invalidParameter("limit") }
    return HistoryRequest(
      sinceMs: try time("since", given.since), untilMs: try time("until", given.until), before: given.before,
      limit: limit, cause: given.cause, subject: given.subject)
  }

  /// The newest state as JSON, encoded once however many ask. Nil before the first, or if it holds a number that is not
  /// finite.
  private func stateText() -> Data? {
    let newest = newest.withLock(\.self)
    guard let state = newest.state else { return nil }
    return encoded.withLock { encoded in
      if encoded.count == newest.count { return encoded.text }
      do {
        encoded = (newest.count, try VarlinkFrame.encode(StateReply(state: state)))
      } catch {
        encoded = (newest.count, nil)
      }
      return encoded.text
    }
  }
}
