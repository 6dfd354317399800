import LoopTuning
import RowAPI
import RowConfig

/// A step test in words: what will be done, and what came of it.
struct TuneText {
  private let loop: TunedLoop
  private let plan: TuneSession.Plan
  private let info: RowInfo

  init(_ loop: TunedLoop, _ plan: TuneSession.Plan, _ info: RowInfo) {
    self.loop = loop
    self.plan = plan
    self.info = info
  }

  func plan(_ state: RowState) -> [String] {
    let stands = loop.actuators(in: state).filter { $0.stands > 0 }
    let names = stands.map(\.role)
    let speeds = stands.map(\.stands)
    let range = Figure.text(speeds.min()) + (speeds.max() == speeds.min() ? "" : " … \(Figure.text(speeds.max()))")
    return [
      "\(info.row): \(names.joined(separator: ", ")) will be held at \(range) % and stepped by "
        + "\(Figure.text(plan.step)) % up, down and back,",
      "  \(Figure.text(plan.holdS, decimals: 0)) s each, \(Figure.text(plan.seconds, decimals: 0)) s in all. "
        + "\(loop.name) is watched. Overrides last \(Figure.text(plan.leaseS, decimals: 0)) s unless renewed.",
    ]
  }

  func report(_ found: Suggestion) -> [String] {
    [
      "\(loop.name) of \(info.row), by steps of \(Figure.text(plan.step)) %",
      "  gain \(Figure.text(found.fit.model.gain, decimals: 3)) \(loop.unit)/\(loop.inputUnit) "
        + "± \(Figure.text(100 * found.fit.gainError)) %, dead time \(Figure.text(found.fit.model.deadTimeS)) s, "
        + "time constant \(constants(found.fit.model)) s",
      "  the model explains \(Figure.text(100 * found.fit.explained)) % of what was seen; "
        + "it moved by \(Figure.text(found.fit.swing, decimals: 2)) \(loop.unit), "
        + "noise \(Figure.text(found.fit.noise, decimals: 2)) \(loop.unit)",
      "",
      "".left(13) + "gain".right(8) + "integral_time_s".right(17) + "gain margin".right(13)
        + "phase margin".right(14) + "Ms".right(7),
      line("now", found.now),
    ] + advice(found)
  }

  private func advice(_ found: Suggestion) -> [String] {
    guard let suggested = found.suggested else { return ["", "No gains are suggested: \(found.doubt ?? "")."] }
    return [
      line("suggested", suggested), "",
      "SIMC (Skogestad 2003) with a tau_c of \(Figure.text(found.tauCS)) s; --tau-c makes it calmer or quicker.",
      "In \(info.siteFile), under \(loop.section):", "  \(found.siteLine ?? "")",
      "Load it by systemctl reload irhxd@\(unit): the next daemon takes over where this one stood.",
    ]
  }

  /// Units are called after their site files.
  private var unit: String {
    let file = info.siteFile.split(separator: "/").last.map(String.init) ?? info.row
    return file.hasSuffix(".yaml") ? String(file.dropLast(".yaml".count)) : file
  }

  private func constants(_ model: ProcessModel) -> String {
    let first = Figure.text(model.timeConstantS)
    return model.secondTimeConstantS > 0 ? "\(first) and \(Figure.text(model.secondTimeConstantS))" : first
  }

  private func line(_ name: String, _ gains: Suggestion.Gains) -> String {
    let margins = gains.margins
    let numbers = Figure.text(gains.gain, decimals: 2).right(8) + Figure.text(gains.integralTimeS).right(17)
    guard margins.isStable else { return name.left(13) + numbers + "   unstable by this model" }
    return name.left(13) + numbers + (margins.gainMargin.map { Figure.text($0) } ?? "no end").right(13)
      + (margins.phaseMarginDegrees.map { Figure.text($0, decimals: 0) + "°" } ?? "no end").right(14)
      + Figure.text(margins.sensitivityMax, decimals: 2).right(7)
  }
}

/// The same as one value of JSON.
struct TuneReport: Encodable {
  struct Gains: Encodable {
    var gain: Double
    var integralTimeS: Double
    var margins: LoopMargins

    init(_ gains: Suggestion.Gains) {
      (gain, integralTimeS, margins) = (gains.gain, gains.integralTimeS, gains.margins)
    }
    enum CodingKeys: String, CodingKey {
      case gain
      case integralTimeS = "integral_time_s"
      case margins
    }
  }

  var row: String
  var loop: String
  var unit: String
  var inputUnit: String
  var stepPercent: Double
  var model: ProcessModel
  var explained: Double
  var gainError: Double
  var noise: Double
  var tauCS: Double
  var now: Gains
  var suggested: Gains?
  var doubt: String?
  var section: String
  var siteLine: String?

  init(_ found: Suggestion, _ plan: TuneSession.Plan, _ info: RowInfo) {
    (row, loop, unit, inputUnit) = (info.row, found.loop.name, found.loop.unit, found.loop.inputUnit)
    (stepPercent, model, explained) = (plan.step, found.fit.model, found.fit.explained)
    (gainError, noise, tauCS) = (found.fit.gainError, found.fit.noise, found.tauCS)
    (now, suggested) = (Gains(found.now), found.suggested.map(Gains.init))
    (doubt, section, siteLine) = (found.doubt, found.loop.section, found.siteLine)
  }

  enum CodingKeys: String, CodingKey {
    case row, loop, unit
    case inputUnit = "input_unit"
    case stepPercent = "step_percent"
    case model, explained
    case gainError = "gain_error"
    case noise
    case tauCS = "tau_c_s"
    case now, suggested, doubt, section
    case siteLine = "site_line"
  }
}
