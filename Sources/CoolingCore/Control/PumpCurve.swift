/// Head of one centrifugal pump at relative speed n (0 … 1) and flow q: H = H₀·n² − a·q² (affinity laws), with an
/// efficiency that is a parabola of q/n around the duty point. The group runs its pumps alike, in parallel.
public struct PumpCurve: Sendable {
  /// H₀ at full speed.
  public var shutoffHead = Pressure(kilopascals: 320)
  public var ratedHead = Pressure(kilopascals: 250)
  public var ratedFlow = Flow(litresPerMinute: 624)
  public init() {}

  /// kPa/(L/min)².
  var steepness: Double {
    (shutoffHead.kilopascals - ratedHead.kilopascals) / (ratedFlow.litresPerMinute * ratedFlow.litresPerMinute)
  }

  /// Head that pumps at `speed` percent make when each passes `flow`; not below 0.
  public func head(speed: Double, flow: Flow) -> Pressure {
    let n = speed / 100
    let q = flow.litresPerMinute
    let head = shutoffHead.kilopascals * n * n - steepness * q * q
    return Pressure(kilopascals: head > 0 ? head : 0)
  }

  /// Head at `speed` percent without flow.
  func shutoffHead(speed: Double) -> Pressure { head(speed: speed, flow: Flow(litresPerMinute: 0)) }

  /// Speed, percent, at which a pump makes `head` at `flow`. May exceed 100.
  public func speed(head: Pressure, flow: Flow) -> Double {
    let q = flow.litresPerMinute
    let square = (head.kilopascals + steepness * q * q) / shutoffHead.kilopascals
    return square > 0 ? 100 * square.squareRoot() : 0
  }

  /// Flow of a pump at `speed` percent against `head`; none where its check valve stays shut.
  func flow(head: Pressure, speed: Double) -> Flow {
    let n = speed / 100
    let square = (shutoffHead.kilopascals * n * n - head.kilopascals) / steepness
    return Flow(litresPerMinute: square > 0 ? square.squareRoot() : 0)
  }

  /// Head at which pumps at these speeds (0: none) together pass `total`: their flow falls as the head rises, so
  /// halving finds it, to 1e-9 of the shutoff head.
  func head(speeds: PerPump<Double>, total: Flow) -> Pressure {
    var low = 0.0
    var high = shutoffHead.kilopascals
    for _ in 0..<30 {
      let middle = Pressure(kilopascals: (low + high) / 2)
      var sum = 0.0
      for i in 0..<Capacity.pumps { sum += flow(head: middle, speed: speeds[i]).litresPerMinute }
      if sum > total.litresPerMinute { low = middle.kilopascals } else { high = middle.kilopascals }
    }
    return Pressure(kilopascals: (low + high) / 2)
  }

  /// Shaft power of one pump relative to its hydraulic power at the same duty: 1/η, with η(φ) ∝ 2φ − φ², φ = q/(n·q
  /// rated).
  func powerIndex(head: Pressure, flow: Flow, speed: Double) -> Double {
    let phi = (flow.litresPerMinute / (ratedFlow.litresPerMinute * speed / 100)).clamped(0.05, 1.8)
    return head.kilopascals * flow.litresPerMinute / (2 * phi - phi * phi)
  }

  /// Share of the present flow that is left when one of `running` pumps stops and the others keep their speed, on a
  /// loop whose resistance is that of (head, flow): q' from H₀n² − a·q'² = k·((r−1)·q')².
  func rideThrough(head: Pressure, rowFlow: Flow, running: Int) -> Double {
    guard running > 1, rowFlow.litresPerMinute > 1 else { return 0 }
    let each = rowFlow.litresPerMinute / Double(running)
    let driving = head.kilopascals + steepness * each * each
    let resistance = head.kilopascals / (rowFlow.litresPerMinute * rowFlow.litresPerMinute)
    let left = Double(running - 1)
    return left * (driving / (steepness + resistance * left * left)).squareRoot() / rowFlow.litresPerMinute
  }
}
