/// All figures of one benchmark, and what is worked out from them.
public struct EnergyResults: Sendable {
  let controllers: [EnergyController]
  let scenarios: [EnergyScenario]
  /// What tuning and hindsight chose.
  var choices: [String]
  var runs: [EnergyRun] = []
  /// Along each controller's own settings, on the main scenario.
  var curves: [String: [EnergyFigures]] = [:]

  init(controllers: [EnergyController], scenarios: [EnergyScenario], choices: [String]) {
    self.controllers = controllers
    self.scenarios = scenarios
    self.choices = choices
  }

  /// One or none.
  func figures(_ scenario: String, _ controller: String) -> [EnergyFigures] {
    runs.filter { $0.scenario == scenario && $0.controller == controller }.map(\.figures)
  }

  /// One line a run, for a look.
  public var lines: String {
    runs.map { run in
      let own = run.figures
      let strokes = [own.pumpStrokes, own.fanStrokes, own.valveStrokes].map { number($0, 1) }.joined(separator: " ")
      return "\(run.scenario) \(run.controller): \(number(own.meanKw, 2)) kW (pumps "
        + "\(number(own.pumpKwh / own.hours, 2)), fans \(number(own.fanKwh / own.hours, 2))), "
        + "\(number(own.violationKSPerDay, 1)) K·s/day, chips at most \(number(own.chipMaxC, 1)) and mean "
        + "\(number(own.chipMeanC, 1)) °C, supply sd \(number(own.supplySdK, 2)) and at most "
        + "\(number(own.supplyMaxK, 2)) K off, strokes/h \(strokes), reversals/h \(number(own.valveReversals)), "
        + "down \(number(own.downS)) s"
    }.joined(separator: "\n")
  }

  /// Every figure that is kept, by `scenario/controller`; those at equal chip temperature by `equal-chip/controller`.
  var record: EnergyRecord {
    var record = EnergyRecord()
    for run in runs { record.figures["\(run.scenario)/\(run.controller)"] = run.figures.rounded }
    if let asShipped = record.figures["\(EnergyBench.mainScenario)/B0"] {
      for (name, curve) in curves {
        guard let kwh = Self.kwh(of: curve, atChipC: asShipped.chipMeanC) else { continue }
        record.equalChipKw[name] = (1000 * kwh / asShipped.hours).rounded() / 1000
      }
      record.equalChipKw["B0"] = (1000 * asShipped.meanKw).rounded() / 1000
    }
    record.choices = choices
    return record
  }

  /// Energy at a mean chip temperature, by straight lines between those settings that no other setting betters in both.
  ///
  /// - Returns: nil where the settings do not reach this temperature: all are warmer or, by more than half a kelvin,
  ///   all are cooler.
  static func kwh(of curve: [EnergyFigures], atChipC chipC: Double) -> Double? {
    var front: [EnergyFigures] = []
    for point in curve.filter({ !$0.hasFailed }).sorted(by: { $0.chipMeanC < $1.chipMeanC })
    where point.coolingKwh < front.last?.coolingKwh ?? .infinity { front.append(point) }
    guard let warmest = front.last, let coolest = front.first, coolest.chipMeanC <= chipC else { return nil }
    if warmest.chipMeanC <= chipC { return chipC - warmest.chipMeanC <= 0.5 ? warmest.coolingKwh : nil }
    guard let above = front.firstIndex(where: { $0.chipMeanC > chipC }), above > 0 else { return nil }
    let (low, high) = (front[above - 1], front[above])
    let share = (chipC - low.chipMeanC) / (high.chipMeanC - low.chipMeanC)
    return low.coolingKwh + share * (high.coolingKwh - low.coolingKwh)
  }
}

/// What is committed beside the report: the next run is held to it.
public struct EnergyRecord: Codable, Sendable, Equatable {
  var figures: [String: EnergyFigures] = [:]
  /// Pump and fan power at B0's mean chip temperature, kW.
  var equalChipKw: [String: Double] = [:]
  var choices: [String] = []

  /// A figure may be worse than the committed one by this share.
  static let tolerance = 0.01

  /// What is worse than it was. irhx must not spend more or violate more; a baseline must not change either way, since
  /// a weaker one would flatter us.
  ///
  /// - Parameter ours: names of our own controllers.
  func regressions(from committed: EnergyRecord, ours: Set<String>) -> [String] {
    var found: [String] = []
    func compare(_ key: String, _ now: Double, _ before: Double, _ unit: String) {
      let isOurs = ours.contains(String(key.split(separator: "/").last ?? ""))
      let change = (now - before) / max(before, 1e-9)
      guard change > Self.tolerance || (!isOurs && change < -Self.tolerance) else { return }
      found.append("\(key): \(number(before, 3)) \(unit) became \(number(now, 3))")
    }
    for (key, before) in committed.figures.sorted(by: { $0.key < $1.key }) {
      guard let now = figures[key] else { continue }
      compare(key, now.meanKw, before.meanKw, "kW")
      let allowed = before.violationKSPerDay * (1 + Self.tolerance) + 1
      if now.violationKSPerDay > allowed {
        found.append("\(key): \(number(before.violationKSPerDay)) K·s/day became \(number(now.violationKSPerDay))")
      }
    }
    for (key, before) in committed.equalChipKw.sorted(by: { $0.key < $1.key }) {
      if let now = equalChipKw[key] { compare("equal-chip/" + key, now, before, "kW") }
    }
    return found
  }

  /// This run's figures over those committed: what was left out today stays as it was.
  func merged(over committed: EnergyRecord) -> EnergyRecord {
    var all = self
    all.figures.merge(committed.figures) { new, _ in new }
    all.equalChipKw.merge(committed.equalChipKw) { new, _ in new }
    return all
  }
}

extension EnergyFigures {
  /// To what is worth keeping.
  var rounded: EnergyFigures {
    var own = self
    for path: WritableKeyPath<EnergyFigures, Double> in [
      \.hours, \.loadShare, \.sinkC, \.itKwh, \.pumpKwh, \.fanKwh, \.violationKSPerDay, \.chipMaxC, \.chipMeanC,
      \.supplySdK, \.supplyMaxK, \.pumpStrokes, \.fanStrokes, \.valveStrokes, \.valveReversals, \.dewMarginK,
      \.facilityLpm, \.downS,
    ] {
      own[keyPath: path] = own[keyPath: path].isFinite ? (1000 * own[keyPath: path]).rounded() / 1000 : 0
    }
    return own
  }
}
