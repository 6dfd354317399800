import RowAPI

/// A command that a person writes field by field, in the last line of the screen. The fields are those of the command
/// of the same name.
struct TopForm: Equatable {
  enum Purpose: Equatable {
    /// With the unit of its value.
    case override(role: String, unit: String)
    case shelve(id: String, subject: String?)
    case mode
  }

  enum Field: Equatable {
    case value(unit: String)
    case time
    case reason
    case mode
  }

  let purpose: Purpose
  private(set) var texts: [String]
  private(set) var index = 0
  private(set) var complaint: String?

  init(_ purpose: Purpose) {
    self.purpose = purpose
    texts = Self.fields(of: purpose).map { _ in "" }
  }

  private static func fields(of purpose: Purpose) -> [Field] {
    switch purpose {
    case .override(_, let unit): [.value(unit: unit), .time, .reason]
    case .shelve: [.time, .reason]
    case .mode: [.mode]
    }
  }

  /// What is asked, what has been written, and what was wrong with it.
  var prompt: String {
    let title =
      switch purpose {
      case .override(let role, _): "override \(role)"
      case .shelve(let id, let subject): "shelve \(name(id, subject))"
      case .mode: "mode of the row"
      }
    let asked =
      switch Self.fields(of: purpose)[index] {
      case .value(let unit): "value in \(unit)"
      case .time: "for how long (90s, 10m, 2h)"
      case .reason: "why"
      case .mode: "auto, standby, shutdown or off"
      }
    return "\(title), \(complaint.map { "\($0); " } ?? "")\(asked): "
  }

  var text: String { texts[index] }

  /// What came of a key.
  enum Outcome: Equatable {
    case goesOn, isLeft
    case isComplete(TopCommand)
  }

  mutating func press(_ key: Key) -> Outcome {
    switch key {
    case .escape: return .isLeft
    case .character(let character):
      if texts[index].count < RowCommand.reasonLengthMax { texts[index].append(character) }
    case .backspace: texts[index] = String(texts[index].dropLast())
    case .control("u"): texts[index] = ""
    case .enter: return enter()
    case .control, .tab, .backTab, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end: break
    }
    return .goesOn
  }

  private mutating func enter() -> Outcome {
    texts[index] = String(texts[index].trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    complaint = Self.complaint(about: text, in: Self.fields(of: purpose)[index])
    if complaint != nil { return .goesOn }
    if index + 1 < texts.count {
      index += 1
      return .goesOn
    }
    return command.map(Outcome.isComplete) ?? .isLeft
  }

  private static func complaint(about text: String, in field: Field) -> String? {
    switch field {
    case .value: Double(text).map(\.isFinite) == true ? nil : "that is no number"
    case .time: Lease(argument: text) == nil ? "that is no time" : nil
    case .reason: RowCommand.isReason(text) ? nil : "a reason is asked for"
    case .mode: Mode(rawValue: text) == nil ? "there is no such mode" : nil
    }
  }

  private var command: TopCommand? {
    switch purpose {
    case .override(let role, let unit):
      guard let value = Double(texts[0]), let lease = Lease(argument: texts[1]) else { return nil }
      return TopCommand(
        .override(actuator: role, value: value, leaseS: lease.seconds, reason: texts[2]),
        question: "hold \(role) at \(texts[0]) \(unit) for \(lease): \(texts[2])",
        done: "\(role) is held at \(texts[0]) \(unit) for \(lease)")
    case .shelve(let id, let subject):
      guard let time = Lease(argument: texts[0]) else { return nil }
      return TopCommand(
        .shelve(id: id, subject: subject, minutes: time.seconds / 60, reason: texts[1]),
        question: "hide \(name(id, subject)) for \(time): \(texts[1])",
        done: "\(name(id, subject)) is shelved for \(time)")
    case .mode:
      guard let mode = Mode(rawValue: texts[0]) else { return nil }
      return TopCommand(.setMode(mode), question: "mode \(mode.rawValue)", done: "mode \(mode.rawValue) accepted")
    }
  }

  private func name(_ id: String, _ subject: String?) -> String { id + (subject.map { " \($0)" } ?? "") }
}

/// A command, how it is asked about, and what is said when it was done.
struct TopCommand: Equatable, Sendable {
  let command: RowCommand
  let question: String
  let done: String

  init(_ command: RowCommand, question: String, done: String) {
    self.command = command
    self.question = question
    self.done = done
  }

  /// What is said after this answer.
  func words(_ reply: RowReply) -> String {
    guard case .acknowledged(let count) = reply else { return done }
    return count == 1 ? "1 alarm acknowledged" : "\(count) alarms acknowledged"
  }
}
