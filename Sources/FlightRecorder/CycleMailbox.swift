public import CoolingCore
import Synchronization

/// The way from the loop to the recorder's thread: so many cycles in memory that was allocated before the first, and
/// room for one copy of the core's state. The loop neither locks, allocates nor waits. A disk that does not keep up
/// costs the cycles that find no room, counted: what lies here already follows without a gap on what was written, and
/// can be replayed; newer cycles in its place could not.
@safe public final class CycleMailbox: @unchecked Sendable {
  // Proof: slots from `taken` up to `filled` are the taker's, all others the loop's, and the state's copy is the
  // taker's from the cycle that brings it until it asks for another; each index is moved by one side, with release and
  // acquire.

  /// Six seconds of the fastest loop, a minute of the usual one.
  static let capacity = 64

  private let slots: UnsafeMutablePointer<UInt64>
  private let state: UnsafeMutableRawPointer
  private let filled = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)
  private let isStateWanted = Atomic<Bool>(true)
  private let dropped = Atomic<Int>(0)
  /// Only the loop's: commands since the last cycle.
  private var commands: InlineArray<128, UInt64> = .init(repeating: 0)
  private var commandCount = 0

  public init() {
    unsafe slots = .allocate(capacity: Self.capacity * CycleLayout.count)
    unsafe slots.initialize(repeating: 0, count: Self.capacity * CycleLayout.count)
    unsafe state = .allocate(byteCount: CoreImage.byteCount, alignment: 16)
    unsafe state.initializeMemory(as: UInt8.self, repeating: 0, count: CoreImage.byteCount)
  }

  deinit {
    unsafe slots.deallocate()
    unsafe state.deallocate()
  }

  /// Cycles that found no room since the start.
  public var lost: Int { dropped.load(ordering: .relaxed) }

  // MARK: The loop's side

  /// A command that was applied before the cycle to come.
  public func note(_ command: OperatorCommand) {
    defer { commandCount += 1 }
    guard commandCount < CycleLayout.commandsMax else { return }
    let at = commandCount * CycleLayout.commandWords
    (commands[at], commands[at + 1], commands[at + 2], commands[at + 3]) = CommandCode.words(command)
  }

  /// A cycle that has ended. Everything by reference; nothing of it is changed.
  public func put(_ core: inout ControlCycle, _ scan: inout Scan, startNs: Int64, elapsedS: Double, isLate: Bool) {
    let index = filled.load(ordering: .relaxed)
    guard index - taken.load(ordering: .acquiring) < Self.capacity else {
      dropped.add(1, ordering: .relaxed)
      commandCount = 0
      return
    }
    var words = unsafe MutableSpan(
      _unsafeStart: slots + index % Self.capacity * CycleLayout.count, count: CycleLayout.count)
    var flags = isLate ? CycleLayout.isLate : 0
    if commandCount > CycleLayout.commandsMax { flags |= CycleLayout.hasMoreCommands }
    if isStateWanted.load(ordering: .acquiring) {
      unsafe withUnsafeBytes(of: &core) {
        unsafe UnsafeMutableRawBufferPointer(start: state, count: CoreImage.byteCount).copyMemory(from: $0)
      }
      isStateWanted.store(false, ordering: .relaxed)
      flags |= CycleLayout.hasCheckpoint
    }
    words[CycleLayout.cycle] = core.cycle
    words[CycleLayout.startNs] = UInt64(bitPattern: startNs)
    words[CycleLayout.elapsedS] = elapsedS.bitPattern
    words[CycleLayout.flags] = flags
    CycleWords.write(
      signals: scan.signals.span, writes: scan.writes.span, isBusLost: scan.isBusLost.span, into: &words)
    let given = min(commandCount, CycleLayout.commandsMax) * CycleLayout.commandWords
    words[CycleLayout.commandCount] = UInt64(commandCount)
    for word in 0..<commands.count { words[CycleLayout.commands + word] = word < given ? commands[word] : 0 }
    commandCount = 0
    CycleWords.writeDecision(&core, into: &words)
    filled.store(index + 1, ordering: .releasing)
  }

  // MARK: The recorder's side

  /// Asks for the core's state with the next cycle.
  func wantState() { isStateWanted.store(true, ordering: .releasing) }

  /// Hands the oldest cycle to `body` and frees its slot.
  ///
  /// - Parameter state: the core's bytes after this cycle, if its flags say so.
  /// - Returns: false where none is waiting.
  func take<Failure>(
    _ body: (_ words: Span<UInt64>, _ state: RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    let index = taken.load(ordering: .relaxed)
    guard index < filled.load(ordering: .acquiring) else { return false }
    defer { taken.store(index + 1, ordering: .releasing) }
    let words = unsafe Span(
      _unsafeStart: UnsafePointer(slots + index % Self.capacity * CycleLayout.count), count: CycleLayout.count)
    try body(words, unsafe RawSpan(_unsafeStart: UnsafeRawPointer(state), byteCount: CoreImage.byteCount))
    return true
  }
}
