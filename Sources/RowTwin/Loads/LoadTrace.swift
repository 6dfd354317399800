import Glibc

/// What the racks draw over time: the disturbance every trial runs under. The same kind, ratings and seed give the same
/// trace bit for bit, whatever the instants at which it is read.
public struct LoadTrace: Sendable {
  public enum Kind: Sendable, Equatable {
    /// Every rack at this share of its rating.
    case steady(percent: Double)
    /// Rack index `rack` goes from 15 to 100 % at `atSecond`; the others stay at `othersPercent`.
    case step(rack: Int, atSecond: Double, othersPercent: Double = 60)
    /// Training, inference and idle times over groups of racks; see `JobGroup`.
    case aiMix
    /// The same with jobs that keep the row busier or less busy.
    case jobs(JobMix)
    case recorded(RecordedLoad)
  }

  private let kind: Kind
  private let ratedKw: [Double]
  private var groups: [JobGroup] = []

  /// `seed` matters to the drawn kinds only. `ratedKw` holds each rack's rating.
  public init(_ kind: Kind, ratedKw: [Double], seed: UInt64) {
    self.kind = kind
    self.ratedKw = ratedKw
    let mix: JobMix
    switch kind {
    case .aiMix: mix = .usual
    case .jobs(let own): mix = own
    case .steady, .step, .recorded: return
    }
    var random = SeededRandom(seed: seed)
    var first = 0
    while first < ratedKw.count {
      let size = min(1 + Int(random.uniform(0, 4)), ratedKw.count - first)
      groups.append(JobGroup(racks: first..<(first + size), mix: mix, seed: random.next()))
      first += size
    }
  }

  /// Writes each rack's power at `seconds`, kW. Time must not run backwards from call to call; it may leap forward.
  public mutating func power(at seconds: Double, into powerKw: inout [Double]) {
    precondition(powerKw.count == ratedKw.count, "one power per rack")
    switch kind {
    case .steady(let percent):
      for rack in ratedKw.indices { powerKw[rack] = ratedKw[rack] * percent / 100 }
    case .step(let stepped, let atSecond, let othersPercent):
      for rack in ratedKw.indices { powerKw[rack] = ratedKw[rack] * othersPercent / 100 }
      powerKw[stepped] = ratedKw[stepped] * (seconds < atSecond ? 0.15 : 1)
    case .aiMix, .jobs:
      for index in groups.indices {
        let share = groups[index].share(at: seconds)
        for rack in groups[index].racks { powerKw[rack] = ratedKw[rack] * share }
      }
      if case .jobs(let mix) = kind, let outage = mix.outageS, outage.contains(seconds) {
        for rack in ratedKw.indices { powerKw[rack] = ratedKw[rack] * JobMix.outageShare }
      }
    case .recorded(let record):
      for rack in ratedKw.indices { powerKw[rack] = ratedKw[rack] * record.share(rack: rack, at: seconds) }
    }
  }
}

/// How busy a row's jobs keep it.
public struct JobMix: Sendable, Equatable {
  /// Pauses between jobs, as a multiple of the usual minute to twenty.
  public var pauses = 1.0
  /// Training at work: share of its period in compute, and power in all-reduce, as shares.
  public var duty = 0.4...0.7
  public var reducing = 0.5...0.6
  /// Share of jobs that train; the others infer.
  public var training = 0.75
  /// From and until when no rack has work: its supply has failed, and it comes back at once.
  public var outageS: Range<Double>?
  public init() {}

  static let usual = JobMix()
  static let outageShare = 0.05
}

/// A load as somebody wrote it down: every rack's share of its rating at even instants, with straight lines between.
/// Before the first and after the last instant it stays.
public struct RecordedLoad: Sendable, Equatable {
  public let stepS: Double
  /// One row of racks for each instant.
  public let shares: [[Double]]

  /// - Precondition: at least one instant; every instant names every rack.
  public init(stepS: Double, shares: [[Double]]) {
    precondition(stepS > 0 && !shares.isEmpty, "a record has at least one instant")
    self.stepS = stepS
    self.shares = shares
  }

  func share(rack: Int, at seconds: Double) -> Double {
    let place = min(max(seconds / stepS, 0), Double(shares.count - 1))
    let index = min(Int(place), max(shares.count - 2, 0))
    let next = min(index + 1, shares.count - 1)
    return shares[index][rack] + (place - Double(index)) * (shares[next][rack] - shares[index][rack])
  }
}

/// Racks that work on the same job and so swing together.
///
/// A job is followed by a pause at idle and then by the next job. Training alternates between compute (about 100 %) and
/// all-reduce (about 55 %) at 0.2 … 3 Hz, and falls to 35 % for a checkpoint of 30 … 90 s every 10 … 40 min. Inference
/// drifts between 40 and 80 %. Every change of phase takes 1 … 2 s.
struct JobGroup: Sendable {
  private static let idleShare = 0.15
  private static let checkpointShare = 0.35

  private enum Phase: Sendable {
    case idle
    case training(hertz: Double, low: Double, high: Double, duty: Double)
    case checkpoint(hertz: Double, low: Double, high: Double, duty: Double)
    /// From one share to another, evenly over the phase.
    case inference(from: Double, to: Double)
  }

  let racks: Range<Int>
  private let mix: JobMix
  private var random: SeededRandom
  private var phase = Phase.idle
  private var phaseStartS = 0.0
  private var phaseEndS = 0.0
  /// When the job ends; phases after it are idle.
  private var jobEndS = 0.0
  private var rampS = 1.0
  private var shareBefore = idleShare

  init(racks: Range<Int>, mix: JobMix, seed: UInt64) {
    self.racks = racks
    self.mix = mix
    random = SeededRandom(seed: seed)
    // Most groups are already at work when the trace begins.
    if random.uniform() < 0.9 { beginJob(at: 0) } else { pause(at: 0) }
    shareBefore = level(at: 0)
  }

  /// Share of rated power now.
  mutating func share(at seconds: Double) -> Double {
    while seconds >= phaseEndS { advance() }
    let ramp = (seconds - phaseStartS) / rampS
    let now = level(at: seconds)
    return ramp < 1 ? shareBefore + (now - shareBefore) * max(ramp, 0) : now
  }

  /// The phase's own share, its opening ramp aside.
  private func level(at seconds: Double) -> Double {
    switch phase {
    case .idle: return Self.idleShare
    case .checkpoint: return Self.checkpointShare
    case .training(let hertz, let low, let high, let duty):
      let turns = seconds * hertz
      return turns - floor(turns) < duty ? high : low
    case .inference(let from, let to):
      return from + (to - from) * (seconds - phaseStartS) / (phaseEndS - phaseStartS)
    }
  }

  /// Goes to the next phase at the instant the present one ends.
  private mutating func advance() {
    let start = phaseEndS
    shareBefore = level(at: start)
    rampS = random.uniform(1, 2)
    switch phase {
    case .idle: beginJob(at: start)
    case _ where start >= jobEndS: pause(at: start)
    case .training(let hertz, let low, let high, let duty):
      enter(.checkpoint(hertz: hertz, low: low, high: high, duty: duty), at: start, forS: random.uniform(30, 90))
    case .checkpoint(let hertz, let low, let high, let duty):
      let runS = min(random.uniform(600, 2400), jobEndS - start)
      enter(.training(hertz: hertz, low: low, high: high, duty: duty), at: start, forS: runS)
    case .inference(_, let to):
      enter(.inference(from: to, to: random.uniform(0.4, 0.8)), at: start, forS: random.uniform(60, 600))
    }
  }

  private mutating func pause(at start: Double) {
    enter(.idle, at: start, forS: mix.pauses * random.uniform(60, 1200))
  }

  private mutating func beginJob(at start: Double) {
    if random.uniform() < mix.training {
      jobEndS = start + random.uniform(1200, 14_400)
      let training = Phase.training(
        hertz: random.uniform(0.2, 3), low: random.uniform(mix.reducing.lowerBound, mix.reducing.upperBound),
        high: random.uniform(0.94, 1), duty: random.uniform(mix.duty.lowerBound, mix.duty.upperBound))
      enter(training, at: start, forS: min(random.uniform(0, 2400), jobEndS - start))
    } else {
      jobEndS = start + random.uniform(1800, 10_800)
      let first = random.uniform(0.4, 0.8)
      enter(
        .inference(from: first, to: random.uniform(0.4, 0.8)), at: start, forS: random.uniform(60, 600))
    }
  }

  private mutating func enter(_ next: Phase, at start: Double, forS seconds: Double) {
    phase = next
    phaseStartS = start
    // At least a ramp long, so that a leap in time ends after a bounded number of phases.
    phaseEndS = start + max(seconds, 5)
  }
}
