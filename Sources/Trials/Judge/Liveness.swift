import CoolingCore
import RowTwin

/// Once nothing is wrong any more the row must come back to Auto and to its setpoint, and stay.
public struct Liveness {
  public static let backWithinS = 1200.0
  public static let errorMaxK = 1.0
  /// A load that leaps may take the supply out for a moment; the row's promise is 99 % of the time.
  static let awayMaxS = 30.0

  /// What a setpoint that rises leaves the supply behind by, as the loop goes round.
  static let behindS = 60.0

  private let fromS: Double
  private var behindC: Double?
  private var backAtS: Double?
  private var awayForS = 0.0
  private var isOverdue = false
  init(fromS: Double) { self.fromS = fromS }

  /// - Returns: how the row fails to come back or to stay, once.
  mutating func look(_ row: VirtualRow, atS: Double, dt: Double) -> String? {
    guard atS >= fromS, !isOverdue else { return nil }
    let setpointC = row.loop.core.rejection.working.setpoint.celsius
    let reachedC = behindC.map { $0 + (setpointC - $0) * dt / Self.behindS } ?? setpointC
    behindC = reachedC
    let supplyC = row.twin.truth.supplyTemperatureC
    let errorK = supplyC - supplyC.clamped(min(reachedC, setpointC), setpointC)
    // A setpoint that the sink cannot give is met by all the cooling there is.
    let isAll = errorK > 0 && Self.rejectsAll(row.loop.core)
    let isBack = row.loop.core.mode == .auto && (abs(errorK) <= Self.errorMaxK || isAll)
    awayForS = isBack ? 0 : awayForS + dt
    if isBack && backAtS == nil { backAtS = atS }
    guard atS - fromS > Self.backWithinS, awayForS > Self.awayMaxS else { return nil }
    isOverdue = true
    let when = backAtS.map { "it was back after \(Int($0 - fromS)) s, then left again" } ?? "it never was"
    return "\(row.loop.core.mode), supply \(errorK) K off its setpoint of \(setpointC) °C; \(when)"
  }

  private static func rejectsAll(_ core: ControlCycle) -> Bool {
    let demand = core.actuation.demand
    return (core.settings.heatRejection == .fanCoils ? demand.fans[0] : demand.facilityValve) >= 99
  }
}
