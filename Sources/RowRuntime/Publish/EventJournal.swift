import CoolingCore
import RowConfig

/// One journal entry per event of the core: a constant message, the evidence in fields.
struct EventJournal {
  let journal: Journal
  let site: Site
  let roles: RoleMap
  let core: ControlCycle

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
    case .overrideTaken: override("An actuator was overridden", event)
    case .overrideReleased: override("An override was released", event)
    case .overrideExpired: override("An override has expired", event)
    }
  }

  private func cause(_ event: CycleEvent, isRaised: Bool) {
    guard let instance = event.instance else { return }
    let definition = CauseAndEffect.definition(of: instance.cause)
    let level: Journal.Level =
      switch definition.priority {
      case .critical: .critical
      case .high: .error
      case .medium, .low: .warning
      }
    journal.log(
      isRaised ? level : .notice, isRaised ? .alarmRaised : .alarmCleared,
      isRaised ? "Alarm: \(definition.text)" : "Alarm gone: \(definition.text)",
      [
        "ALARM": definition.id.description, "SUBJECT": instance.subject ?? "row", "VALUE": number(event.value),
        "LIMIT": number(event.limit), "UNIT": instance.cause.unit ?? "",
        "REQUIREMENT": definition.requirement.description,
      ])
  }

  private func override(_ text: String, _ event: CycleEvent) {
    let name = Actuator(index: event.index).map(RoleMap.name) ?? ""
    journal.log(.notice, .overrideChanged, text, ["ACTUATOR": name, "VALUE_PERCENT": number(event.value)])
  }
}
