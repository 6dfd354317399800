import ArgumentParser
import RowAPI

/// Which alarm is meant.
struct OneAlarm: ParsableArguments {
  @Argument(help: "Id of the alarm, as irhxctl alarms prints it.")
  var id: String
  @Option(help: "What it is about, such as pump.2, where the id alone does not say.")
  var subject: String?

  var name: String { id + (subject.map { " \($0)" } ?? "") }
}

/// Why: asked for wherever a person hides something from others.
struct Reason: ParsableArguments {
  @Option(help: "Why, in a sentence; it is kept in the history with your name.")
  var reason: String

  func validate() throws {
    guard RowCommand.isReason(reason) else {
      throw ValidationError("--reason must be one line of 1 to \(RowCommand.reasonLengthMax) characters")
    }
  }
}

struct Shelve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Hide an alarm for a time.",
    discussion: "What the row does by itself goes on. The longest time depends on the alarm's priority.")
  @OptionGroup var target: Target
  @OptionGroup var alarm: OneAlarm
  @Option(name: .customLong("for"), help: ArgumentHelp("How long, such as 30m or 2h.", valueName: "time"))
  var time: Lease
  @OptionGroup var why: Reason

  func run() throws {
    let minutes = time.seconds / 60
    try target.tell(
      .shelve(id: alarm.id, subject: alarm.subject, minutes: minutes, reason: why.reason),
      done: "\(alarm.name) shelved for \(time)")
  }
}

struct Unshelve: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show a shelved alarm again.")
  @OptionGroup var target: Target
  @OptionGroup var alarm: OneAlarm

  func run() throws {
    try target.tell(.unshelve(id: alarm.id, subject: alarm.subject), done: "\(alarm.name) is shown again")
  }
}

struct OutOfService: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Hide an alarm until it is put back into service.")
  @OptionGroup var target: Target
  @OptionGroup var alarm: OneAlarm
  @OptionGroup var why: Reason

  func run() throws {
    try target.tell(
      .setOutOfService(id: alarm.id, subject: alarm.subject, isOut: true, reason: why.reason),
      done: "\(alarm.name) is out of service")
  }
}

struct IntoService: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Put an alarm back into service.")
  @OptionGroup var target: Target
  @OptionGroup var alarm: OneAlarm
  @OptionGroup var why: Reason

  func run() throws {
    try target.tell(
      .setOutOfService(id: alarm.id, subject: alarm.subject, isOut: false, reason: why.reason),
      done: "\(alarm.name) is in service")
  }
}

struct BypassCause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bypass", abstract: "Put a cause out of service for a time: neither interlock nor alarm acts.",
    discussion: "Only where the cooling of the row does not rest on it, and for 8 h at most.")
  @OptionGroup var target: Target
  @OptionGroup var alarm: OneAlarm
  @Option(name: .customLong("for"), help: ArgumentHelp("How long, such as 30m or 2h.", valueName: "time"))
  var time: Lease
  @OptionGroup var why: Reason

  func run() throws {
    try target.tell(
      .bypass(id: alarm.id, subject: alarm.subject, leaseS: time.seconds, reason: why.reason),
      done: "\(alarm.name) bypassed for \(time)")
  }
}

struct Unbypass: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Put a bypassed cause back into service.")
  @OptionGroup var target: Target
  @OptionGroup var alarm: OneAlarm

  func run() throws {
    try target.tell(.endBypass(id: alarm.id, subject: alarm.subject), done: "\(alarm.name) acts again")
  }
}
