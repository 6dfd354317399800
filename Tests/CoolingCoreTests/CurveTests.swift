import Testing

@testable import CoolingCore

struct PumpCurveTests {
  let curve = PumpCurve()

  // CTL-040
  @Test func headFollowsTheAffinityLaws() {
    for speed in [40.0, 60, 80] {
      for flow in [0.0, 200, 400, 624] {
        let n = speed / 100
        let scaled = curve.head(speed: speed, flow: Flow(litresPerMinute: flow * n)).kilopascals
        let full = curve.head(speed: 100, flow: Flow(litresPerMinute: flow)).kilopascals
        #expect(abs(scaled - n * n * full) < 1e-9)
      }
    }
    #expect(curve.head(speed: 100, flow: Flow(litresPerMinute: 0)).kilopascals == 320)
    #expect(abs(curve.head(speed: 100, flow: Flow(litresPerMinute: 624)).kilopascals - 250) < 1e-9)
  }

  @Test func headIsNeverNegative() {
    #expect(curve.head(speed: 30, flow: Flow(litresPerMinute: 2000)).kilopascals == 0)
  }

  // CTL-040
  @Test func speedIsTheInverseOfHead() {
    for speed in stride(from: 30.0, through: 100, by: 7) {
      for flow in stride(from: 0.0, through: 500, by: 50) {
        let head = curve.head(speed: speed, flow: Flow(litresPerMinute: flow))
        guard head.kilopascals > 0 else { continue }
        #expect(abs(curve.speed(head: head, flow: Flow(litresPerMinute: flow)) - speed) < 1e-9)
      }
    }
  }

  /// By hand: H₀ = 320, a = 70/624² = 1.7977e-4. Two pumps at full speed and 500 L/min each make 275.06 kPa at
  /// 1000 L/min, so k = 2.7506e-4; one alone: q² = 320/(a + k) → 838.9 L/min.
  // CTL-041
  @Test func rideThroughAgreesWithAHandCalculation() {
    let head = curve.head(speed: 100, flow: Flow(litresPerMinute: 500))
    let share = curve.rideThrough(head: head, rowFlow: Flow(litresPerMinute: 1000), running: 2)
    #expect(abs(share - 0.8389) < 0.0005)
  }

  // CTL-041
  @Test func rideThroughOfALonePumpIsNothingAndRisesWithTheirNumber() {
    func share(_ running: Int) -> Double {
      curve.rideThrough(
        head: Pressure(kilopascals: 200), rowFlow: Flow(litresPerMinute: 900), running: running)
    }
    #expect(share(1) == 0 && share(2) > 0.5 && share(3) > share(2) && share(4) > share(3) && share(4) < 1)
    #expect(curve.rideThrough(head: Pressure(kilopascals: 200), rowFlow: Flow(litresPerMinute: 0), running: 3) == 0)
  }

  // CTL-042
  @Test func powerIndexIsLeastForItsHeadAtTheDutyPoint() {
    let rated = curve.powerIndex(
      head: Pressure(kilopascals: 250), flow: Flow(litresPerMinute: 624), speed: 100)
    #expect(abs(rated - 250 * 624) < 1e-6)
    for flow in [150.0, 300, 450, 800] {
      let index = curve.powerIndex(head: Pressure(kilopascals: 250), flow: Flow(litresPerMinute: flow), speed: 100)
      #expect(index / (250 * flow) > 1)
    }
  }
}

struct EffectivenessMapTests {
  let map = EffectivenessMap.saturating

  // CTL-050
  @Test func backwardsIsTheInverseOfForwards() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let actuator = Double.random(in: 0...100, using: &generator)
      let share = Double.random(in: 0.1...1.7, using: &generator)
      let effect = map.effectiveness(actuator: actuator, flowShare: share)
      #expect(abs(map.actuator(effectiveness: effect, flowShare: share) - actuator) < 1e-6)
    }
  }

  // CTL-050
  @Test func gridPointsAreExact() {
    for row in 0..<EffectivenessMap.flowPoints {
      for column in 0..<EffectivenessMap.actuatorPoints {
        let effect = map.effectiveness(
          actuator: EffectivenessMap.actuator(column: column), flowShare: EffectivenessMap.flowShare(row: row))
        #expect(abs(effect - map.rows[row][column]) < 1e-9)
      }
    }
  }

  // CTL-050
  @Test func whatTheCoilsCannotDoGivesTheEndOfTheActuator() {
    #expect(map.actuator(effectiveness: 0.99, flowShare: 1) == 100)
    #expect(map.actuator(effectiveness: 0, flowShare: 1) == 0)
    #expect(map.actuator(effectiveness: -1, flowShare: 1) == 0)
    #expect(map.effectiveness(actuator: 150, flowShare: 1) == map.effectiveness(actuator: 100, flowShare: 1))
    #expect(map.effectiveness(actuator: 50, flowShare: 9) == map.effectiveness(actuator: 50, flowShare: 1.5))
    #expect(EffectivenessMap().actuator(effectiveness: 0.5, flowShare: 1) == 100)
  }
}
