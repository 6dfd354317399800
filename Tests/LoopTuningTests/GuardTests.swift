import CoolingCore
import RowAPI
import RowConfig
import RowTwin
import Testing

@testable import LoopTuning

/// What lets a step test begin, and what ends it.
@Suite struct GuardTests {
  /// Runs a course until the row is being stepped.
  private func stepping(_ tuned: TunedRow) throws {
    for _ in 0..<60 where tuned.session.progress.first != "+" { tuned.step() }
    try #require(tuned.session.ending == nil && tuned.row.core.overrides.any)
  }

  /// OPS-064. Rack 1 starts a job, from 15 to 100 % of its power, while rack 3's valve is being stepped.
  @Test func aLoadStepEndsItWithinTwoCyclesAndTheChipsStayCool() throws {
    let tuned = try TunedRow(.valve(2), loadPercent: 60, load: .step(rack: 0, atSecond: 300), settleS: 270)
    while tuned.row.twin.timeS < 299 { tuned.step() }
    try #require(tuned.session.ending == nil && tuned.row.core.overrides.any)
    while tuned.row.twin.timeS < 303 { tuned.step() }
    #expect(!tuned.row.core.overrides.any)
    guard case .aborted(let why) = tuned.session.ending else {
      Issue.record("it went on")
      return
    }
    #expect(why.hasPrefix("R01: "))
    for _ in 0..<120 { tuned.step() }
    #expect(tuned.hottestChipC < 85)
    #expect(tuned.state.mode == .auto)
  }

  /// OPS-064. The client is killed: nobody renews the overrides.
  @Test func withoutItsClientTheDaemonTakesBackWhenTheLeaseEnds() throws {
    let tuned = try TunedRow(.pump, loadPercent: 60)
    try stepping(tuned)
    tuned.row.run(seconds: tuned.session.plan.leaseS + 1)
    #expect(!tuned.row.core.overrides.any && tuned.state.mode == .auto)
  }

  /// OPS-064.
  @Test func ctrlCReleasesEverythingInTheSameCycle() throws {
    let tuned = try TunedRow(.pump, loadPercent: 60)
    try stepping(tuned)
    var session = tuned.session
    #expect(session.stop("interrupted").count == 2)
    #expect(session.ending == .aborted("interrupted"))
    #expect(session.step(tuned.state).isEmpty)
  }

  /// OPS-064. On a busy machine the last of twelve orders arrives cycles after the first.
  @Test func anOrderThatIsLateIsNoOverrideTakenAway() throws {
    let tuned = try TunedRow(.pump, loadPercent: 60)
    while !tuned.row.core.overrides.any { tuned.step() }
    _ = tuned.row.loop.apply(.release(.pump(1)))
    for _ in 0..<TuneSession.takenWithin { tuned.step() }
    #expect(tuned.session.ending == nil)
    tuned.step()
    #expect(tuned.session.ending == .aborted("pump.2 is no longer ours to hold"))
  }

  private typealias Change = @Sendable (inout RowState) -> Void

  /// OPS-064. What leaves its band, and how it is named.
  private static let breaches: [(words: String, change: Change)] = [
    ("R02: chips are at", { $0.racks[1].chipC = ($0.racks[1].chipC ?? 0) + 4.2 }),
    ("R02: chips are at 82.1", { $0.racks[1].chipC = 82.1 }),
    ("R02: chips are not known", { $0.racks[1].chipC = nil }),
    ("R04: flow is at", { $0.racks[3].flowLpm = 0.7 * $0.racks[3].flowSetpointLpm }),
    ("R04: load changed", { $0.racks[3].powerKw = ($0.racks[3].powerKw ?? 0) + 12.5 }),
    ("R04: load changed", { $0.racks[3].powerKw = ($0.racks[3].powerKw ?? 0) - 12.5 }),
    ("supply is at", { $0.supplyC = ($0.supplyC ?? 0) + 1.6 }),
    ("supply is at", { $0.supplyC = ($0.supplyC ?? 0) - 1.6 }),
    ("supply temperature is not known", { $0.supplyC = nil }),
    ("supply is at", { $0.dewPointC = ($0.supplyC ?? 0) - 0.5 }),
    ("manifold dP is at", { $0.dpKpa = 1.6 * ($0.dpKpa ?? 0) }),
    ("manifold dP is at", { $0.dpKpa = 0.4 * ($0.dpKpa ?? 0) }),
    ("manifold dP is not known", { $0.dpKpa = nil }),
    ("pump_group lost its measurement", { $0.loops[1].measurement = nil }),
    ("a new alarm: FILTER_DP_HIGH", { $0.alarms.append(alarm(.low)) }),
    ("the row went to tripped", { $0.mode = .tripped }),
    ("a pump changes over", { $0.handingOver = true }),
    (
      "pump.1 is no longer ours",
      { state in
        for i in state.actuators.indices where state.actuators[i].role == "pump.1" {
          state.actuators[i].owner = .safeguard
        }
      }
    ),
    (
      "manifold.dp.1 is uncertain",
      { state in
        for i in state.signals.indices where state.signals[i].role == "manifold.dp.1" {
          state.signals[i].quality = .uncertain
        }
      }
    ),
    ("the daemon was started again", { $0.cycle = 3 }),
  ]

  private static func alarm(_ priority: AlarmPriority) -> Alarm {
    Alarm(
      id: "FILTER_DP_HIGH", priority: priority, state: .unacknowledged, text: "The filter clogs", response: "",
      since: "", firstOut: false)
  }

  /// OPS-064.
  @Test func whateverLeavesItsBandEndsItAndReleasesEveryPump() throws {
    let tuned = try TunedRow(.pump, loadPercent: 60)
    try stepping(tuned)
    // A few cycles into the stage: the override has been taken.
    for _ in 0..<3 { tuned.step() }
    tuned.row.step()
    let sound = tuned.state
    var calm = tuned.session
    #expect(calm.step(sound).allSatisfy { if case .override = $0 { true } else { false } } && calm.ending == nil)
    for breach in Self.breaches {
      var session = tuned.session
      var state = sound
      breach.change(&state)
      let orders = session.step(state)
      #expect(orders == [.release(role: "pump.1"), .release(role: "pump.2")], "\(breach.words)")
      guard case .aborted(let why) = session.ending else {
        Issue.record("not ended: \(breach.words)")
        continue
      }
      #expect(why.hasPrefix(breach.words), "\(why)")
    }
  }

  /// OPS-064. What lets it not begin.
  private static let refusals: [(words: String, change: Change)] = [
    ("the row is in manual", { $0.mode = .manual }),
    ("the row is in starting", { $0.mode = .starting }),
    ("pid+optimiser moves the setpoints", { $0.control.layer = "pid+optimiser" }),
    ("a pump is on its way", { $0.handingOver = true }),
    ("there is an alarm: FILTER_DP_HIGH", { $0.alarms.append(alarm(.medium)) }),
    ("pump_group has no measurement", { $0.loops[1].measurement = nil }),
    (
      "pump.1 stands at 97.0 %: no room",
      { state in
        for i in state.actuators.indices where state.actuators[i].role == "pump.1" { state.actuators[i].demand = 97 }
      }
    ),
    (
      "pump.1 stands at 33.0 %: no room",
      { state in
        for i in state.actuators.indices where state.actuators[i].role == "pump.1" { state.actuators[i].demand = 33 }
      }
    ),
    (
      "nothing that could be stepped",
      { state in
        for i in state.actuators.indices { state.actuators[i].demand = 0 }
      }
    ),
  ]

  /// OPS-064.
  @Test func aRowThatIsNotReadyIsNotMoved() throws {
    let tuned = try TunedRow(.pump, loadPercent: 60)
    let sound = tuned.state
    #expect(tuned.session.refusal(sound) == nil)
    for refusal in Self.refusals {
      var session = tuned.session
      var state = sound
      refusal.change(&state)
      #expect(session.step(state).isEmpty)
      guard case .refused(let why) = session.ending else {
        Issue.record("not refused: \(refusal.words)")
        continue
      }
      #expect(why.hasPrefix(refusal.words), "\(why)")
    }
    var low = sound
    low.alarms.append(Self.alarm(.low))
    #expect(tuned.session.refusal(low) == nil)
  }

  /// OPS-064.
  @Test func aRowThatMovesByItselfIsNotMoved() throws {
    let tuned = try TunedRow(.pump, loadPercent: 60)
    var session = tuned.session
    var orders = 0
    for cycle in 1...20 {
      var state = tuned.state
      state.cycle += cycle
      state.loops[1].measurement = 80 + Double(cycle)
      orders += session.step(state).count
    }
    #expect(orders == 0)
    guard case .refused(let why) = session.ending else {
      Issue.record("not refused")
      return
    }
    #expect(why.hasPrefix("pump_group moves by itself"))
  }

  /// OPS-064.
  @Test func nothingIsSuggestedFromAStepThatDrownedInNoise() throws {
    let site = try TunedRow.site().site
    let loop = try #require(TunedLoop(.pump, of: site))
    let truth = ProcessModel(gain: 2, timeConstantS: 1, deadTimeS: 1)
    func suggestion(noise: Double, gain: Double = 2) -> Suggestion? {
      var model = truth
      model.gain = gain
      let record = IdentificationTests.record(model, step: 5, holdS: 12, noise: noise, seed: 5)
      return Suggestion(record, loop, plan: TuneSession.Plan(loop))
    }
    #expect(suggestion(noise: 0.3)?.suggested != nil)
    #expect(suggestion(noise: 8)?.suggested == nil)
    #expect(suggestion(noise: 8)?.doubt?.contains("drowned in noise") == true)
    #expect(suggestion(noise: 0.3, gain: -2)?.doubt == "the measurement moved the wrong way")
  }

  @Test func rowsAndLoopsThatDoNotGoTogetherAreTold() throws {
    let demo = try TunedRow.site().site
    #expect(TunedLoop(.valve(8), of: demo) == nil && TunedLoop(.valve(7), of: demo) != nil)
    #expect(TunedLoop(.fans, of: try TunedRow.site("facility-water").site) == nil)
    #expect(TunedLoop(.pump, of: try TunedRow.site("supervised").site) == nil)
  }
}
