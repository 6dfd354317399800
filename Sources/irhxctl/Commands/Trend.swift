import ArgumentParser
import FlightRecorder
import Foundation
import Glibc
import RowAPI

/// Quantities of the recording over time.
struct Trend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw recorded quantities over time.",
    discussion: """
      One chart for each quantity, such as row.supply_c, rack.3.flow or fan.1.speed_demand; irhxctl record show \
      --names lists them. Each column of dots spans the least and the most of its time.
      """)
  @OptionGroup var recording: RecordingOptions
  @Option(help: ArgumentHelp("Write a drawing to this file instead.", valueName: "file"))
  var svg: String?
  @Option(help: ArgumentHelp("Write the drawing as pixels; needs rsvg-convert.", valueName: "file"))
  var png: String?
  @Option(help: "Lines of a chart, 1 to 20.")
  var height = 5
  @Argument(help: "Quantities by name.")
  var names: [String]

  func validate() throws {
    if !(1...20).contains(height) { throw ValidationError("--height must be 1 to 20") }
    if names.isEmpty { throw ValidationError("name a quantity, such as row.supply_c") }
  }

  /// 80 columns, less the numbers beside the chart.
  private static let width = 68

  func run() throws {
    var series = names.map { TrendSeries(name: $0) }
    try recording.read { piece in
      switch piece {
      case .header(let header):
        for (index, column) in try RecordedNames.columns(names, header).enumerated() {
          (series[index].column, series[index].unit) = (column, column.unit)
        }
      case .checkpoint: break
      case .cycles(let block):
        for row in 0..<block.count where recording.range.contains(block.timeMs(row: row)) {
          for index in series.indices { series[index].add(block, row) }
        }
      }
    }
    let first = series.compactMap(\.points.first?.timeMs).min()
    let last = series.compactMap(\.points.last?.timeMs).max()
    guard let first, let last else {
      Target.complain("nothing was recorded in that time")
      throw ExitCode(EX_NOINPUT)
    }
    let drawing = TrendDrawing(series, first...last)
    if let svg { try RecordingOptions.put(drawing.text, to: svg) }
    if let png { try drawing.writePixels(to: png) }
    guard svg == nil, png == nil else { return }
    for one in series { print(lines(one, first...last).joined(separator: "\n")) }
    let (from, to) = (WireTime.text(ms: first), WireTime.text(ms: last))
    print("           " + from.left(Self.width - to.count) + to)
  }

  private func lines(_ series: TrendSeries, _ span: ClosedRange<Int64>) -> [String] {
    var chart = Chart(width: Self.width, height: height)
    let length = Double(span.upperBound - span.lowerBound + 1)
    for (index, point) in series.points.enumerated() {
      let next = index + 1 < series.points.count ? series.points[index + 1].timeMs : point.timeMs
      // A value counts until the next one, unless that is so far away that something is missing.
      let until = next - point.timeMs <= TrendSeries.holdMs ? next : point.timeMs
      for timeMs in stride(from: point.timeMs, through: until, by: max(1, Int(length) / (2 * Self.width))) {
        chart.add(point.value, at: Double(timeMs - span.lowerBound) / length)
      }
    }
    let title = "\(series.name)\(series.unit.isEmpty ? "" : " \(series.unit)")"
    guard let (least, most) = chart.bounds else { return ["\(title): no value"] }
    let now = series.points.last.map { "now \(Figure.text($0.value, decimals: 2))" } ?? ""
    var lines = [title.left(80 - now.count) + now]
    for (index, line) in chart.lines.enumerated() {
      let bound = index == 0 ? most : index == height - 1 ? least : nil
      lines.append((bound.map { Figure.text($0, decimals: 2) } ?? "").right(9) + " │" + line)
    }
    return lines
  }
}

struct TrendSeries {
  struct Point {
    var timeMs: Int64
    var value: Double
  }
  /// More than two cycles of the slowest loop.
  static let holdMs: Int64 = 11_000

  var name: String
  var unit = ""
  var column: RecordedColumn?
  private(set) var points: [Point] = []

  init(name: String) { self.name = name }

  mutating func add(_ block: CycleBlock, _ row: Int) {
    guard let value = column?.value(block, row: row), value.isFinite else { return }
    points.append(Point(timeMs: block.timeMs(row: row), value: value))
  }
}

/// The same as a drawing: a strip for each quantity, one time axis.
struct TrendDrawing {
  private static let (width, strip, left, top) = (960.0, 140.0, 70.0, 24.0)
  private let series: [TrendSeries]
  private let span: ClosedRange<Int64>

  init(_ series: [TrendSeries], _ span: ClosedRange<Int64>) {
    self.series = series
    self.span = span
  }

  var text: String {
    let height = Self.strip * Double(series.count) + 30
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.width) \(height)\" font-family=\"sans-serif\" "
        + "font-size=\"12\">", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    for (index, one) in series.enumerated() { lines += strip(one, at: Self.strip * Double(index)) }
    let (from, to) = (WireTime.text(ms: span.lowerBound), WireTime.text(ms: span.upperBound))
    lines.append("<text x=\"\(Self.left)\" y=\"\(height - 10)\">\(from)</text>")
    lines.append("<text x=\"\(Self.width - 10)\" y=\"\(height - 10)\" text-anchor=\"end\">\(to)</text>")
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Twice as many pixels as the drawing has units.
  func writePixels(to path: String) throws {
    let source = FileManager.default.temporaryDirectory.appending(path: "irhx-trend-\(getpid()).svg").path
    try RecordingOptions.put(text, to: source)
    // ignoring: a file left behind in the temporary directory does no harm.
    defer { try? FileManager.default.removeItem(atPath: source) }
    let converter = Process()
    converter.executableURL = URL(filePath: "/usr/bin/env")
    converter.arguments = ["rsvg-convert", "--zoom", "2", "--output", path, source]
    converter.standardError = FileHandle.nullDevice
    try converter.run()
    converter.waitUntilExit()
    switch converter.terminationStatus {
    case 0: break
    case 127:
      Target.complain("--png needs rsvg-convert, of the package librsvg2-bin")
      throw ExitCode(EX_UNAVAILABLE)
    default:
      Target.complain("\(path): cannot be written")
      throw ExitCode(EX_CANTCREAT)
    }
  }

  private func strip(_ one: TrendSeries, at y: Double) -> [String] {
    let values = one.points.map(\.value)
    guard let least = values.min(), let most = values.max() else { return [] }
    let (plot, inner) = (Self.strip - Self.top - 6, Self.width - Self.left - 10)
    let scale = most > least ? plot / (most - least) : 0
    let points = one.points.map { point in
      let share = Double(point.timeMs - span.lowerBound) / Double(max(span.upperBound - span.lowerBound, 1))
      let x = Self.left + inner * share
      return "\(Figure.text(x)),\(Figure.text(y + Self.top + plot - (point.value - least) * scale))"
    }
    let labels = [(most, y + Self.top + 10), (least, y + Self.top + plot)].map { value, height in
      "<text x=\"\(Self.left - 6)\" y=\"\(height)\" text-anchor=\"end\">\(Figure.text(value, decimals: 2))</text>"
    }
    return labels + [
      "<text x=\"\(Self.left)\" y=\"\(y + 16)\">\(one.name) \(one.unit)</text>",
      "<rect x=\"\(Self.left)\" y=\"\(y + Self.top)\" width=\"\(inner)\" height=\"\(plot)\" "
        + "fill=\"none\" stroke=\"#ccc\"/>",
      "<polyline fill=\"none\" stroke=\"#06c\" points=\"\(points.joined(separator: " "))\"/>",
    ]
  }
}
