import ArgumentParser
import RowRuntime

/// The cause-and-effect table as the code has it; `docs/cause-and-effect.md` is this output.
struct CauseTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cause-and-effect", abstract: "Print the cause-and-effect table as Markdown.")

  func run() { print(CauseTableText.markdown(), terminator: "") }
}

/// The rationalised alarms as the code has them; `docs/alarm-philosophy.md` is this output.
struct AlarmPhilosophy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alarm-philosophy", abstract: "Print the alarm philosophy as Markdown.")

  func run() { print(AlarmPhilosophyText.markdown(), terminator: "") }
}

/// The alarms' entries of the journal catalog; the last part of `systemd/irhxd.catalog` is this output.
struct AlarmCatalog: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alarm-catalog", abstract: "Print the alarms' part of the journal catalog.")

  func run() { print(AlarmCatalogText.catalog(), terminator: "") }
}
