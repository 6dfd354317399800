public import CoolingCore

/// Runs the core over a recording. *Exactly*: from the recorded state of the same core, every cycle's decision is
/// computed again and compared bit by bit. Or *aside*: a core with other settings, or of another version, is given the
/// same scans, times and commands, as if the daemon had been started with them where the run begins. What it would have
/// sent changes nothing of what the plant did: open loop.
public final class Replay {
  /// The first word that is not what was recorded.
  public struct Difference: Sendable, Equatable {
    public var cycle: UInt64
    public var timeMs: Int64
    public var column: Int
    public var recorded: UInt64
    public var computed: UInt64
  }

  public struct Result: Sendable {
    /// Cycles that were in the recording.
    public var cycles = 0
    /// Of these, whose decision was computed again.
    public var replayed = 0
    /// Cycles before the first state, behind a gap, or with more commands than fit.
    public var skipped: Int { cycles - replayed }
    public var runs = 0
    public var gaps = 0
    /// Recorded by another version of the core: cannot be replayed exactly.
    public var foreign = 0
    public var first: Difference?
    public var firstTimeMs: Int64?
    public var lastTimeMs: Int64?
  }

  public private(set) var result = Result()
  /// Called after each cycle that was computed, with the recorded words and the computed ones from
  /// `CycleLayout.decision` on.
  public var each: ((_ recorded: [UInt64], _ computed: [UInt64]) -> Void)?
  public private(set) var core: ControlCycle
  private let settings: Settings?
  private var isReady = false
  private var cycle: UInt64 = 0
  private var isForeign = false
  private var scan = Scan()
  private var workspace: [Double]
  private var words = [UInt64](repeating: 0, count: CycleLayout.count)
  private var computed = [UInt64](repeating: 0, count: CycleLayout.count)

  /// - Parameter settings: nil: exactly; else a core with these, aside.
  public init(settings: Settings? = nil) {
    self.settings = settings
    core = ControlCycle(settings: settings ?? Settings())
    workspace = Array(repeating: 0, count: PredictiveLaw.workspaceDoubles(racks: PredictiveLaw.racksMax))
  }

  public func take(_ piece: Recording.Piece) {
    switch piece {
    case .header(let header):
      isForeign = !header.isOfThisCore
      if isForeign { result.foreign += 1 }
    case .checkpoint(let cycle, let state): begin(after: cycle, state)
    case .cycles(let block):
      for row in 0..<block.count { take(block, row) }
    }
  }

  func take(_ block: CycleBlock, _ row: Int) {
    block.copy(row: row, into: &words)
    take(timeMs: block.timeMs(row: row))
  }

  /// The state that this cycle begins with, as far as the replay has come; nil where it is not known.
  func state(before cycle: UInt64) -> [UInt8]? {
    isReady && self.cycle + 1 == cycle && settings == nil ? CoreImage.bytes(of: &core) : nil
  }

  /// A segment that goes on where the one before ended changes nothing; else the core is brought to its first state.
  private func begin(after cycle: UInt64, _ state: [UInt8]) {
    if isReady && self.cycle + 1 == cycle { return }
    result.runs += 1
    isReady = false
    self.cycle = cycle
    if let settings {
      core = ControlCycle(settings: settings)
      if !isForeign, state.count == CoreImage.byteCount {
        var recorded = ControlCycle(settings: settings)
        CoreImage.load(state, into: &recorded)
        core.restore(Self.kept(recorded, settings))
      }
    } else {
      guard !isForeign, state.count == CoreImage.byteCount else { return }
      CoreImage.load(state, into: &core)
    }
    isReady = true
  }

  /// A setpoint that was the recorded site file's becomes the other one's; what a person had asked for goes on.
  private static func kept(_ recorded: ControlCycle, _ settings: Settings) -> ControlCycle.Retained {
    var kept = recorded.retained
    if recorded.supplySetpoint == recorded.settings.supply.setpoint { kept.supplySetpoint = settings.supply.setpoint }
    kept.dpSetpoint = nil
    return kept
  }

  private func take(timeMs: Int64) {
    result.cycles += 1
    result.firstTimeMs = result.firstTimeMs ?? timeMs
    result.lastTimeMs = timeMs
    let cycle = words[CycleLayout.cycle]
    guard isReady, cycle != self.cycle else { return }
    guard cycle == self.cycle + 1, words[CycleLayout.flags] & CycleLayout.hasMoreCommands == 0 else {
      result.gaps += 1
      isReady = false
      return
    }
    self.cycle = cycle
    step()
    result.replayed += 1
    if settings == nil && result.first == nil { compare(timeMs) }
    each?(words, computed)
  }

  private func step() {
    for i in 0..<Int(words[CycleLayout.commandCount]) {
      let at = CycleLayout.commands + i * CycleLayout.commandWords
      guard let command = CommandCode.command(words[at], words[at + 1], words[at + 2], words[at + 3]) else { continue }
      _ = core.apply(command)
    }
    Self.step(&core, &scan, &workspace, words, into: &computed)
  }

  /// All by reference: a property of a class is copied before a part of it is lent out.
  private static func step(
    _ core: inout ControlCycle, _ scan: inout Scan, _ workspace: inout [Double], _ words: [UInt64],
    into computed: inout [UInt64]
  ) {
    scan.read(words.span)
    var memory = workspace.mutableSpan
    core.step(
      scan.signals.span, writes: scan.writes.span, isBusLost: scan.isBusLost.span,
      elapsedS: Double(bitPattern: words[CycleLayout.elapsedS]),
      isLate: words[CycleLayout.flags] & CycleLayout.isLate != 0, lent: &memory)
    var decided = computed.mutableSpan
    CycleWords.writeDecision(&core, into: &decided)
  }

  private func compare(_ timeMs: Int64) {
    for column in CycleLayout.decision..<CycleLayout.count where words[column] != computed[column] {
      result.first = Difference(
        cycle: cycle, timeMs: timeMs, column: column, recorded: words[column], computed: computed[column])
      return
    }
  }
}
