import CoolingCore
import RowConfig

/// One journal entry per event of the core: a constant message, the evidence in fields.
struct EventJournal {
  let journal: Journal
  let site: Site
  let roles: RoleMap
  let core: ControlCycle
  let ledger: OverrideLedger

  func log(_ event: CycleEvent) {
    switch event.kind {
    case .causeActivated: cause(event, isRaised: true)
    case .causeCleared: cause(event, isRaised: false)
    case .modeChanged:
      let mode = RowMode(rawValue: UInt8(event.index)).map { "\($0.wire(isOverridden: false).rawValue)" } ?? ""
      journal.log(.notice, .modeChanged, "The row changed its mode", ["MODE": mode, "REASON": core.modeReason.text])
    case .pumpStarted:
      journal.log(
        .notice, .pumpStarted, "A pump was started",
        ["PUMP": site.pumps.units[event.index].name, "SPEED_PERCENT": number(event.value)])
    case .pumpStopped:
      journal.log(.notice, .pumpStopped, "A pump was stopped", ["PUMP": site.pumps.units[event.index].name])
    case .overrideTaken:
      let holder = Actuator(index: event.index).flatMap { ledger[$0] }
      let fields: KeyValuePairs = [
        "ACTUATOR": actuator(event), "VALUE_PERCENT": number(event.value), "OWNER": holder?.owner ?? "",
        "REASON": holder?.reason ?? "",
      ]
      journal.log(.notice, .overrideChanged, "An actuator was overridden", fields)
    case .overrideReleased:
      journal.log(.notice, .overrideChanged, "An override was released", ["ACTUATOR": actuator(event)])
    case .bypassTaken: bypass(event, "A cause was bypassed")
    case .bypassEnded: bypass(event, "A bypass has ended")
    case .alarmChattering:
      journal.log(.warning, .alarmChanged, "An alarm chatters and is held", alarm(event))
    case .alarmUnshelved:
      journal.log(.notice, .alarmChanged, "A shelved alarm is shown again", alarm(event))
    case .layerChanged:
      let reason = SetpointGuide.Reason(rawValue: UInt8(event.value))?.text ?? ""
      let layer = ControlLayer(rawValue: UInt8(event.index))?.name ?? ""
      journal.log(.notice, .layerChanged, "Another layer gives the setpoints", ["LAYER": layer, "REASON": reason])
    case .overrideExpired:
      journal.log(.notice, .overrideChanged, "An override has expired", ["ACTUATOR": actuator(event)])
    }
  }

  private func alarm(_ event: CycleEvent) -> KeyValuePairs<String, String> {
    let id = event.instance.map { CauseAndEffect.definition(of: $0.cause).id.description }
    return ["ALARM": id ?? "", "SUBJECT": event.instance?.subject ?? "row"]
  }

  private func cause(_ event: CycleEvent, isRaised: Bool) {
    guard let instance = event.instance else { return }
    let definition = CauseAndEffect.definition(of: instance.cause)
    // What is hidden asks for nobody, and is on record all the same.
    let level: Journal.Level =
      switch event.isHidden ? .low : definition.priority {
      case .critical: .critical
      case .high: .error
      case .medium, .low: .warning
      }
    let message = isRaised ? AlarmCatalogText.messageID(instance.cause) : Journal.Message.alarmCleared.rawValue
    journal.log(
      isRaised ? level : .notice, message,
      isRaised ? "Alarm: \(definition.text)" : "Alarm gone: \(definition.text)",
      [
        "ALARM": definition.id.description, "SUBJECT": instance.subject ?? "row", "VALUE": number(event.value),
        "LIMIT": number(event.limit), "UNIT": instance.cause.unit ?? "",
        "REQUIREMENT": definition.requirement.description,
      ])
  }

  private func bypass(_ event: CycleEvent, _ message: StaticString) {
    guard let instance = event.instance else { return }
    let holder = ledger[instance]
    journal.log(
      .warning, .bypassChanged, "\(message)",
      [
        "ALARM": CauseAndEffect.definition(of: instance.cause).id.description, "SUBJECT": instance.subject ?? "row",
        "SECONDS": number(event.value), "OWNER": holder?.owner ?? "", "REASON": holder?.reason ?? "",
      ])
  }

  private func actuator(_ event: CycleEvent) -> String { Actuator(index: event.index).map(roles.name) ?? "" }
}
