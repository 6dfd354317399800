import RowAPI
import RowHistory

// What the files of the state directory have to say.

extension Journal {
  func log(_ notice: History.Notice, directory: String) {
    switch notice {
    case .trouble(let reason):
      log(.warning, .historyChanged, "The history is not being recorded", ["DIRECTORY": directory, "REASON": reason])
    case .recovered:
      log(.notice, .historyChanged, "The history is being recorded again", ["DIRECTORY": directory, "REASON": ""])
    case .setAside(let path, let reason):
      log(
        .warning, .historyChanged, "The history could not be read and was begun anew; the old file is kept",
        ["DIRECTORY": directory, "REASON": reason, "KEPT": path])
    case .lost(let count):
      log(
        .warning, .historyChanged, "Entries of the history were lost",
        ["DIRECTORY": directory, "REASON": "\(count) entries lost since the start"])
    }
  }

  func log(_ notice: StateKeeper.Notice, path: String) {
    switch notice {
    case .trouble(let reason):
      log(.warning, .stateKept, "What a restart must not forget is not being kept", ["FILE": path, "REASON": reason])
    case .recovered:
      log(.notice, .stateKept, "What a restart must not forget is being kept again", ["FILE": path, "REASON": ""])
    }
  }
}

extension RetainedState {
  /// What the file asks for; says what could not be used of it.
  static func read(_ found: StateFile.Found, _ journal: Journal) -> RetainedState? {
    var troubles = found.troubles
    let state = found.content.flatMap(RetainedState.init)
    if found.content != nil && state == nil { troubles.append("the state file holds no state of a row") }
    guard !troubles.isEmpty else { return state }
    journal.log(
      .warning, .stateKept,
      state == nil
        ? "What was kept from before cannot be read; the row starts without it"
        : "The newest state file cannot be read; the row starts from the one before",
      ["REASON": troubles.joined(separator: "; ")])
    return state
  }
}
