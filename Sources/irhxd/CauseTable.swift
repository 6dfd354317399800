import ArgumentParser
import RowRuntime

/// The cause-and-effect table as the code has it; `docs/cause-and-effect.md` is this output.
struct CauseTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cause-and-effect", abstract: "Print the cause-and-effect table as Markdown.")

  func run() { print(CauseTableText.markdown(), terminator: "") }
}
