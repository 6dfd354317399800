/// A plot of lines or bars with axes and a legend, as SVG text. Nothing but what `docs/energy.md` needs.
struct SvgPlot {
  struct Series {
    var name: String
    /// One y for each even step of x.
    var values: [Double]
  }

  static let width = 760.0
  static let height = 340.0
  private static let left = 56.0
  private static let right = 120.0
  private static let top = 34.0
  private static let bottom = 44.0
  private static let colours = ["#555555", "#a6761d", "#d95f02", "#e7298a", "#7570b3", "#1b9e77", "#1f78b4", "#e31a1c"]

  var title: String
  var xTitle: String
  var yTitle: String
  var series: [Series]
  /// Value of x at the first and at the last step.
  var xRange: ClosedRange<Double> = 0...1
  /// Names under the steps, for bars; empty: lines.
  var categories: [String] = []

  var text: String {
    let highest = series.flatMap(\.values).max() ?? 1
    let step = Self.step(highest)
    let yMax = step * (highest / step).rounded(.up)
    var parts = frame(yMax: yMax, step: step)
    for (index, one) in series.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      parts += categories.isEmpty ? [line(one, yMax, colour)] : bars(index, one, yMax, colour)
      let y = Self.top + 16 * Double(index)
      let x = Self.width - Self.right + 12
      parts.append("<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"12\" height=\"4\" fill=\"\(colour)\"/>")
      parts.append(label(one.name, x + 18, y + 6, "start"))
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(n(Self.width)) \(n(Self.height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  private func frame(yMax: Double, step: Double) -> [String] {
    let x1 = Self.width - Self.right
    var parts = [
      label(title, Self.left, 18, "start", weight: "bold"), label(yTitle, 8, Self.top - 4, "start"),
      label(xTitle, 0.5 * (Self.left + x1), Self.height - 6, "middle"),
    ]
    var value = 0.0
    while value <= yMax + 0.5 * step {
      let y = self.y(value, yMax)
      parts.append(
        "<line x1=\"\(n(Self.left))\" y1=\"\(n(y))\" x2=\"\(n(x1))\" y2=\"\(n(y))\" stroke=\"#dddddd\"/>")
      parts.append(label(number(value, step < 1 ? 1 : 0), Self.left - 6, y + 4, "end"))
      value += step
    }
    let places = categories.isEmpty ? 6 : categories.count
    for index in 0...(categories.isEmpty ? places : places - 1) {
      let share = categories.isEmpty ? Double(index) / Double(places) : (Double(index) + 0.5) / Double(places)
      let x = Self.left + share * (x1 - Self.left)
      let at = xRange.lowerBound + share * (xRange.upperBound - xRange.lowerBound)
      parts.append(label(categories.isEmpty ? number(at) : categories[index], x, Self.height - 26, "middle"))
    }
    return parts
  }

  private func line(_ one: Series, _ yMax: Double, _ colour: String) -> String {
    let span = Self.width - Self.right - Self.left
    let points = one.values.enumerated().map { index, value in
      let x = Self.left + span * Double(index) / Double(max(one.values.count - 1, 1))
      return "\(n(x)),\(n(y(value, yMax)))"
    }
    return
      "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.3\" points=\"\(points.joined(separator: " "))\"/>"
  }

  private func bars(_ index: Int, _ one: Series, _ yMax: Double, _ colour: String) -> [String] {
    let group = (Self.width - Self.right - Self.left) / Double(max(categories.count, 1))
    let wide = 0.8 * group / Double(series.count)
    return one.values.enumerated().map { place, value in
      let x = Self.left + group * (Double(place) + 0.1) + wide * Double(index)
      let y = self.y(value, yMax)
      return "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(wide))\" "
        + "height=\"\(n(Self.height - Self.bottom - y))\" fill=\"\(colour)\"/>"
    }
  }

  private func y(_ value: Double, _ yMax: Double) -> Double {
    Self.height - Self.bottom - (Self.height - Self.bottom - Self.top) * value / max(yMax, 1e-9)
  }

  private func label(_ text: String, _ x: Double, _ y: Double, _ anchor: String, weight: String = "normal") -> String {
    let safe = text.split(separator: "&", omittingEmptySubsequences: false).joined(separator: "&amp;")
      .split(separator: "<", omittingEmptySubsequences: false).joined(separator: "&lt;")
    return "<text x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\" font-weight=\"\(weight)\" fill=\"#222222\">"
      + "\(safe)</text>"
  }

  /// 1, 2 or 5 times a power of ten: four to nine steps up to `highest`.
  static func step(_ highest: Double) -> Double {
    var step = 0.1
    while true {
      for factor in [1.0, 2, 5] where highest / (step * factor) <= 9 { return step * factor }
      step *= 10
      if step > 1e9 { return step }
    }
  }

  private func n(_ value: Double) -> String { number(value, 1) }
}
