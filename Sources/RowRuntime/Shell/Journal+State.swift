import FlightRecorder
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

  func log(_ notice: FlightRecorder.Notice, recorder folder: String) {
    switch notice {
    case .trouble(let reason):
      log(.warning, .recorderChanged, "Cycles are not being recorded", ["DIRECTORY": folder, "REASON": reason])
    case .recovered:
      log(.notice, .recorderChanged, "Cycles are being recorded again", ["DIRECTORY": folder, "REASON": ""])
    case .lost(let count):
      log(
        .warning, .recorderChanged, "Cycles were not recorded",
        ["DIRECTORY": folder, "REASON": "the disk is slow: \(count) cycles lost since the start"])
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

  /// Brings the row back to this before it drives anything, and says so.
  func restore(_ loop: RowLoop, _ journal: Journal) {
    let (kept, unknown) = retained(for: loop.core, nowMs: WireTime.nowMs)
    loop.restore(kept)
    if !unknown.isEmpty {
      journal.log(
        .warning, .stateKept, "Some of what was kept is not known to this row",
        ["REASON": unknown.sorted().prefix(24).joined(separator: ", ")])
    }
    let latched = (causes ?? []).filter { $0.latched == true }.map(\.name)
    guard mode != nil || !latched.isEmpty || supplySetpointC != nil else { return }
    journal.log(
      .notice, .stateKept, "The row goes on from what was kept",
      [
        "MODE": mode?.rawValue ?? "", "SUPPLY_SETPOINT_C": supplySetpointC.map { number($0) } ?? "",
        "LATCHED": latched.prefix(24).joined(separator: ", "), "REASON": "the daemon has started",
      ])
  }
}
