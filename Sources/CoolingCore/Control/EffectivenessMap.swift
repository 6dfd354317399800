/// How much of the temperature difference to its sink (hall air, facility water) the loop loses in the coils, as a
/// function of liquid flow and of the actuator that moves the sink's medium (fan speed, facility valve):
///
///     ε = (T return − T supply) / (T return − T sink)
///
/// A table filled once by the shell from the effectiveness-NTU relations; monotone in the actuator. Read forwards it
/// says what an actuator does, backwards what actuator is needed: the supply temperature law inverts the plant's
/// strongest nonlinearity with it, so that one set of gains serves the whole range.
public struct EffectivenessMap: Sendable {
  public static let flowPoints = 10
  public static let actuatorPoints = 17
  /// Flow as a share of design flow at each row: 0.15, 0.30 … 1.5.
  public static func flowShare(row: Int) -> Double { 0.15 * Double(row + 1) }
  /// Actuator percent at each column: 0, 6.25 … 100.
  public static func actuator(column: Int) -> Double { 6.25 * Double(column) }

  /// [flow][actuator], each row rising.
  public var rows: [10 of [17 of Double]] = .init(repeating: .init(repeating: 0))
  public init() {}

  /// Effectiveness at an actuator position, percent.
  @inline(__always)  // a call would copy the table
  public func effectiveness(actuator: Double, flowShare: Double) -> Double {
    let position = (actuator / 6.25).clamped(0, 16)
    let column = position < 16 ? Int(position) : 15
    let fraction = position - Double(column)
    let rows = rows.span
    let (row, blend) = EffectivenessMap.row(flowShare)
    let below = EffectivenessMap.value(rows, row, blend, column)
    return below + (EffectivenessMap.value(rows, row, blend, column + 1) - below) * fraction
  }

  /// Actuator position, percent, that gives an effectiveness; 0 or 100 where it lies outside what the coils can do.
  @inline(__always)
  public func actuator(effectiveness: Double, flowShare: Double) -> Double {
    let rows = rows.span
    let (row, blend) = EffectivenessMap.row(flowShare)
    var below = EffectivenessMap.value(rows, row, blend, 0)
    if effectiveness <= below { return 0 }
    for column in 1..<EffectivenessMap.actuatorPoints {
      let above = EffectivenessMap.value(rows, row, blend, column)
      if effectiveness <= above {
        let fraction = above > below ? (effectiveness - below) / (above - below) : 1
        return EffectivenessMap.actuator(column: column - 1) + 6.25 * fraction
      }
      below = above
    }
    return 100
  }

  private static func row(_ flowShare: Double) -> (Int, Double) {
    let position = (flowShare / 0.15 - 1).clamped(0, 9)
    let row = position < 9 ? Int(position) : 8
    return (row, position - Double(row))
  }

  @inline(__always)
  private static func value(_ rows: Span<[17 of Double]>, _ row: Int, _ blend: Double, _ column: Int) -> Double {
    let low = rows[row][column]
    return low + (rows[row + 1][column] - low) * blend
  }
}
