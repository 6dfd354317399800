public import RowAPI
public import RowConfig

/// The course of a step test, as a value: fed with each published state, it says what to command.
///
///     watch until steady · hold where it stands · up · down, twice as far · back · release
///
/// Every override is a short lease that only this course renews: whatever ends it, the daemon takes back by itself.
public struct TuneSession: Sendable {
  public struct Plan: Sendable, Equatable {
    /// Percent of the actuator, each way.
    public var step: Double
    /// How long each stage is held, s.
    public var holdS: Double
    /// Length of an override, s.
    public var leaseS: Double

    public init(_ loop: TunedLoop, step: Double? = nil, holdS: Double? = nil) {
      self.step = step ?? loop.stepDefault
      self.holdS = holdS ?? loop.holdDefaultS
      // Several missed cycles are forgiven, and no more.
      leaseS = max(10, 6 * loop.periodS)
      watchS = max(5, 15 * loop.periodS)
    }

    /// For so long the row is watched before anything moves, s.
    let watchS: Double
    /// All of it, s.
    public var seconds: Double { watchS + holdS * TuneSession.stages.reduce(0) { $0 + $1.share } }
  }

  public enum Order: Sendable, Equatable {
    case override(role: String, value: Double, leaseS: Double)
    case release(role: String)
  }

  public enum Ending: Sendable, Equatable {
    /// Nothing was moved.
    case refused(String)
    /// A guard acted: everything was released.
    case aborted(String)
    case finished(StepRecord)
  }

  /// Share of the step, and of the time of a stage. Up and down about where the actuator stood, so that the gain is
  /// that of the point of operation; the first stage shows the noise.
  static let stages: [(step: Double, share: Double)] = [(0, 0.5), (1, 1), (-1, 1), (0, 1)]

  /// Cycles after which the first overrides must show.
  static let takenWithin = 4

  private enum Phase: Sendable {
    case watching([RowState])
    case stepping(stage: Int, sinceCycle: Int)
    case ended(Ending)
  }

  public let loop: TunedLoop
  public let plan: Plan
  public private(set) var record: StepRecord
  private let site: Site
  private var phase = Phase.watching([])
  private var guarding: TuneGuard?
  /// Where each held actuator stood, in the order of the site file.
  private var held: [(role: String, stands: Double)] = []
  private var leasedCycle = 0
  private var lastCycle: Int?

  public init(_ loop: TunedLoop, site: Site, plan: Plan) {
    self.loop = loop
    self.plan = plan
    self.site = site
    record = StepRecord(periodS: loop.periodS)
  }

  public var ending: Ending? {
    if case .ended(let ending) = phase { return ending }
    return nil
  }

  /// In words, for whoever looks on.
  public var progress: String {
    switch phase {
    case .watching: "watching whether the row is steady"
    case .stepping(let stage, _):
      switch Self.stages[stage].step {
      case 0: stage == 0 ? "held where it stands" : "back where it stood"
      case let step: "\(step > 0 ? "+" : "-")\(decimals(plan.step)) %"
      }
    case .ended: "released"
    }
  }

  /// Why the row is not to be touched as it is; nil: nothing stands against it, so far.
  public func refusal(_ state: RowState) -> String? { TuneGuard.refusal(loop, state, step: plan.step) }

  /// One published state. After the end no more orders come.
  public mutating func step(_ state: RowState) -> [Order] {
    defer { lastCycle = state.cycle }
    if let lastCycle, state.cycle <= lastCycle {
      return state.cycle == lastCycle ? [] : stop("the daemon was started again")
    }
    switch phase {
    case .ended: return []
    case .watching(let seen): return watch(state, seen)
    case .stepping(let stage, let since): return go(on: state, stage: stage, since: since)
    }
  }

  /// Ends it from outside: Ctrl-C, a lost connection, a command that was refused.
  public mutating func stop(_ why: String) -> [Order] {
    switch phase {
    case .ended: return []
    case .watching: return end(.refused(why))
    case .stepping: return end(.aborted(why))
    }
  }

  private mutating func end(_ ending: Ending) -> [Order] {
    phase = .ended(ending)
    return held.map { .release(role: $0.role) }
  }

  private mutating func watch(_ state: RowState, _ seen: [RowState]) -> [Order] {
    if let refusal = refusal(state) { return end(.refused(refusal)) }
    let seen = seen + [state]
    guard seconds(from: seen[0].cycle, to: state.cycle) >= plan.watchS else {
      phase = .watching(seen)
      return []
    }
    if let unsteady = unsteady(seen) { return end(.refused(unsteady)) }
    guarding = TuneGuard(loop, site, start: state)
    held = loop.actuators(in: state)
    return enter(0, state.cycle)
  }

  private mutating func go(on state: RowState, stage: Int, since: Int) -> [Order] {
    // On a busy machine twelve fans' orders may take some cycles to arrive, while states go on coming.
    let isTaken = stage > 0 || state.cycle > since + Self.takenWithin
    if let breach = guarding?.breach(state, holding: isTaken ? held.map(\.role) : []) { return stop(breach) }
    guard let measurement = loop.loop(in: state)?.measurement else { return stop("\(loop.name) lost its measurement") }
    let missed = (lastCycle.map { state.cycle - $0 } ?? 1) - 1
    let asked = plan.step * Self.stages[state.cycle > since || stage == 0 ? stage : stage - 1].step
    guard let input = loop.input(in: state, asked: asked) else { return stop("\(loop.name) is not published") }
    record.append(input: input, output: measurement, missed: missed)
    if seconds(from: since, to: state.cycle) >= plan.holdS * Self.stages[stage].share {
      return stage + 1 < Self.stages.count ? enter(stage + 1, state.cycle) : end(.finished(record))
    }
    let isHalfSpent = seconds(from: leasedCycle, to: state.cycle) >= plan.leaseS / 2
    return isHalfSpent ? lease(stage, state.cycle) : []
  }

  private mutating func enter(_ stage: Int, _ cycle: Int) -> [Order] {
    phase = .stepping(stage: stage, sinceCycle: cycle)
    return lease(stage, cycle)
  }

  private mutating func lease(_ stage: Int, _ cycle: Int) -> [Order] {
    leasedCycle = cycle
    let step = plan.step * Self.stages[stage].step
    return held.map { role, stands in
      .override(role: role, value: stands > 0 ? stands + step : 0, leaseS: plan.leaseS)
    }
  }

  /// The row has moved by itself while it was watched: a step would not be told from that.
  private func unsteady(_ seen: [RowState]) -> String? {
    let measured = seen.compactMap { loop.loop(in: $0)?.measurement }
    let supply = seen.compactMap(\.supplyC)
    let early = mean(measured.prefix(measured.count / 3))
    let late = mean(measured.suffix(measured.count / 3))
    if abs(late - early) > 0.05 * abs(early) || loop.kind == .fans && abs(late - early) > 0.3 {
      return "\(loop.name) moves by itself: from \(decimals(early)) to \(decimals(late)) in \(decimals(plan.watchS)) s"
    }
    if let low = supply.min(), let high = supply.max(), high - low > 0.6 {
      return "supply moves between \(decimals(low)) and \(decimals(high)) °C"
    }
    for (role, stood) in loop.actuators(in: seen[0]) {
      let now = seen.last?.actuators.first { $0.role == role }?.demand ?? 0
      if abs(now - stood) > plan.step / 2 { return "\(role) moves: from \(decimals(stood)) to \(decimals(now)) %" }
    }
    return nil
  }

  private func seconds(from: Int, to: Int) -> Double { Double(to - from) * loop.periodS }
  private func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
}
