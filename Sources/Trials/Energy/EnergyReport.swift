/// The results as text, as the whole of `docs/energy.md` and as plots.
public struct EnergyReport: Sendable {
  let results: EnergyResults
  /// This run's figures, and of what was left out today the committed ones.
  public let record: EnergyRecord

  public init(_ results: EnergyResults, committed: EnergyRecord?) {
    self.results = results
    record = committed.map { results.record.merged(over: $0) } ?? results.record
  }

  /// What is worse than the committed figures.
  public func regressions(from committed: EnergyRecord) -> [String] {
    record.regressions(from: committed, ours: Set(ours.map(\.name)))
  }

  private var ours: [EnergyController] { results.controllers.filter(\.isOurs) }
  /// In the table's order.
  private var names: [String] {
    let baselines = results.controllers.filter { !$0.isOurs }.map(\.name)
    let split = (baselines.firstIndex(of: "B1") ?? -1) + 1
    return baselines.prefix(split) + ["B1h"] + baselines.dropFirst(split) + ours.map(\.name) + [ClairvoyantBound.name]
  }
  private static let planSaving = 0.05
  private static let order = [
    "mix-67", "mix-67b", "mix-45", "mix-90", "steps", "frontier", "tight", "week", "facility", "mixed-16",
  ]
  private var scenarios: [String] {
    let all = Set(record.figures.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    return Self.order.filter(all.contains) + all.subtracting(Self.order).sorted()
  }

  private func figures(_ scenario: String, _ controller: String) -> EnergyFigures? {
    record.figures["\(scenario)/\(controller)"]
  }
}

// MARK: - Bad figures

extension EnergyReport {
  /// Whatever speaks against us, in sentences.
  var badFigures: [String] {
    var bad: [String] = []
    for controller in ours.map(\.name) {
      for scenario in scenarios {
        guard let own = figures(scenario, controller) else { continue }
        if own.hasFailed {
          bad.append(
            "`\(controller)` **fails** \(scenario): \(number(own.violationKSPerDay)) K·s/day over the chip limit, "
              + "\(number(own.downS)) s not in Auto")
        }
        bad += wear(scenario, controller, own)
      }
      bad += names.compactMap { beaten(controller, by: $0) }
      if let own = record.equalChipKw[controller] {
        for (other, kw) in record.equalChipKw.sorted(by: { $0.key < $1.key })
        where kw < own && other != ClairvoyantBound.name && !ours.contains(where: { $0.name == other }) {
          bad.append(
            "at equal chip temperature `\(controller)` spends \(percent(own, over: kw)) more than \(other)")
        }
      }
    }
    if let shortfall = planShortfall { bad.append(shortfall) }
    return bad
  }

  /// Where the plan saves less over the loops on the same optimum than it is to.
  private var planShortfall: String? {
    let places = scenarios.compactMap { scenario -> String? in
      guard let plan = figures(scenario, "mpc"), let loops = figures(scenario, "pid+optimiser"),
        plan.meanKw > (1 - EnergyReport.planSaving) * loops.meanKw
      else { return nil }
      return "\(scenario) \(percent(plan.meanKw, over: loops.meanKw))"
    }
    guard !places.isEmpty else { return nil }
    return "`mpc` was to spend \(number(100 * EnergyReport.planSaving)) % less than `pid+optimiser`, and is at: "
      + places.joined(separator: ", ")
  }

  /// Where a baseline that does not fail spends less.
  private func beaten(_ controller: String, by other: String) -> String? {
    guard other != ClairvoyantBound.name, !ours.contains(where: { $0.name == other }) else { return nil }
    let places = scenarios.compactMap { scenario -> String? in
      guard let own = figures(scenario, controller), let it = figures(scenario, other), !it.hasFailed,
        own.meanKw > it.meanKw
      else { return nil }
      return "\(scenario) \(percent(own.meanKw, over: it.meanKw))"
    }
    return places.isEmpty ? nil : "`\(controller)` spends more than \(other): " + places.joined(separator: ", ")
  }

  /// Travel at most twice B1's for pumps and fans, at most 20 reversals an hour of any valve.
  private func wear(_ scenario: String, _ controller: String, _ own: EnergyFigures) -> [String] {
    guard let designed = figures(scenario, "B1") else { return [] }
    var bad: [String] = []
    for (what, mine, its) in [
      ("pumps", own.pumpStrokes, designed.pumpStrokes), ("fans", own.fanStrokes, designed.fanStrokes),
    ] where mine > 2 * its {
      bad.append("`\(controller)` moves \(what) \(number(mine / its, 1)) times as far as B1 in \(scenario)")
    }
    if own.valveReversals > 20 {
      bad.append("`\(controller)` turns a valve \(number(own.valveReversals)) times an hour in \(scenario)")
    }
    return bad
  }
}

// MARK: - Tables

extension EnergyReport {
  private func percent(_ value: Double, over base: Double) -> String { "\(number(100 * (value / base - 1), 1)) %" }

  private func table(_ scenario: String) -> String {
    var rows = [
      "| | pump kW | fan kW | kW | under B0 | leak-adjusted | K·s/day | chip max, mean °C | supply sd, max K "
        + "| strokes/h pump, fan, valve | reversals/h | dew K | pPUE | facility L/min |",
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    guard let asShipped = figures(scenario, "B0") else { return "" }
    for name in names {
      guard let own = figures(scenario, name) else { continue }
      let isBound = name == ClairvoyantBound.name
      let saved = own.hasFailed && !isBound ? "**failed**" : percent(own.meanKw, over: asShipped.meanKw)
      let adjusted = own.leakageAdjustedKwh(against: asShipped) / own.hours
      let supply = isBound ? "–" : "\(number(own.supplySdK, 2)), \(number(own.supplyMaxK, 2))"
      let strokes = [own.pumpStrokes, own.fanStrokes, own.valveStrokes].map { number($0, 1) }.joined(separator: ", ")
      rows.append(
        "| \(name) | \(number(own.pumpKwh / own.hours, 2)) | \(number(own.fanKwh / own.hours, 2)) "
          + "| \(number(own.meanKw, 2)) | \(saved) | \(number(adjusted, 2)) | \(number(own.violationKSPerDay, 1)) "
          + "| \(number(own.chipMaxC, 1)), \(number(own.chipMeanC, 1)) | \(supply) "
          + "| \(isBound ? "–" : strokes) | \(isBound ? "–" : number(own.valveReversals)) "
          + "| \(isBound ? "–" : number(own.dewMarginK, 1)) | \(number(own.partialPue, 4)) "
          + "| \(own.facilityLpm > 0 ? number(own.facilityLpm) : "–") |")
    }
    return rows.joined(separator: "\n")
  }

  /// kW in every scenario, for the terminal and for the first look.
  var summary: String {
    var rows = ["| kW | " + names.joined(separator: " | ") + " |", "|---|" + names.map { _ in "---|" }.joined()]
    for scenario in scenarios {
      let cells = names.map { name in
        figures(scenario, name).map { own in
          number(own.meanKw, 2) + (own.hasFailed && name != ClairvoyantBound.name ? " failed" : "")
        } ?? "–"
      }
      rows.append("| \(scenario) | " + cells.joined(separator: " | ") + " |")
    }
    let equal = names.map { record.equalChipKw[$0].map { number($0, 2) } ?? "–" }
    rows.append("| \(EnergyBench.mainScenario) at B0's chip temperature | " + equal.joined(separator: " | ") + " |")
    return rows.joined(separator: "\n")
  }

  /// The shares that the issue asks for.
  private var headlines: String {
    var lines: [String] = []
    let main = EnergyBench.mainScenario
    guard let asShipped = figures(main, "B0") else { return "" }
    for controller in ours.map(\.name) {
      guard let own = figures(main, controller) else { continue }
      let savings = ["B0", "B1", "B1h"].compactMap { name in
        figures(main, name).map { "\(percent(own.meanKw, over: $0.meanKw)) to \(name)" }
      }
      var line = "- `\(controller)` in \(main): \(savings.joined(separator: ", "))"
      if let equal = record.equalChipKw[controller] {
        line += "; at B0's mean chip temperature \(percent(equal, over: asShipped.meanKw))"
      } else {
        line += "; its settings do not reach B0's mean chip temperature"
      }
      if let bound = figures(main, ClairvoyantBound.name) {
        let share = (asShipped.meanKw - own.meanKw) / (asShipped.meanKw - bound.meanKw)
        line += "; \(number(100 * share)) % of the gap from B0 to the bound is closed"
      }
      lines.append(line + ".")
    }
    return lines.joined(separator: "\n")
  }

  /// For the terminal.
  public var text: String {
    (["BAD FIGURES"] + (badFigures.isEmpty ? ["none"] : badFigures) + ["", summary, "", headlines])
      .joined(separator: "\n")
  }

  public var markdown: String {
    let bad = badFigures.isEmpty ? "None." : badFigures.map { "- \($0)." }.joined(separator: "\n")
    let titles = Dictionary(results.scenarios.map { ($0.name, $0.title) }, uniquingKeysWith: { a, _ in a })
    let sections = scenarios.map { name in
      let load = figures(name, "B0").map {
        ", at \(number(100 * $0.loadShare)) % of the rating, sink \(number($0.sinkC, 1)) °C"
      }
      return "### \(name): \(titles[name] ?? "a recorded day")\(load ?? "")\n\n\(table(name))"
    }
    let legend = results.controllers.map { "- **\($0.name)**: \($0.title)." }
    return """
      # Energy

      Written by `make energy`; do not edit. Bad figures first. Everything here is simulated (`Sources/RowTwin`): the
      production loop, its sensors, noise, safeguards and emulated Modbus devices against a plant that differs from its
      name plates. Nothing was measured on hardware.

      ## Bad figures

      \(bad)

      ## What comes out

      \(headlines)

      \(summary)

      Mean electrical power of pumps and fans, kW. A controller with more than \
      \(number(EnergyFigures.violationMaxKSPerDay)) K·s/day over the chip limit has failed, whatever it saves.

      ![Power over the day](energy-day.svg)
      ![Duration curves](energy-duration.svg)
      ![Plants that differ from their name plates](energy-sweep.svg)

      ## Who runs

      \(legend.joined(separator: "\n"))
      - **B1h**: the best fixed dP and supply temperature, found with hindsight on the test itself among \
      \(EnergyBench.hindsightKpa.count * EnergyBench.hindsightK.count).
      - **\(ClairvoyantBound.name)**: \(ClairvoyantBound.title).

      \(Self.rules)

      ## What tuning and hindsight chose

      \(record.choices.map { "- \($0)." }.joined(separator: "\n"))

      ## Every figure

      \(sections.joined(separator: "\n\n"))

      """
  }
}
