import Glibc
import Testing

@testable import CoolingCore

struct FunctionBlockTests {
  // CTL-030
  @Test func peakHoldFollowsARiseAtOnceAndAFallOnlyAfterTheHoldTime() {
    var hold = PeakHold()
    func follow(_ input: Double) -> Double { hold.step(input, holdS: 90, dt: 1) }
    #expect(follow(20) == 20)
    #expect(follow(100) == 100)
    var fellAfter = 0
    for second in 1...400 where follow(30) == 100 { fellAfter = second }
    #expect(fellAfter >= 89 && fellAfter <= 180)
    #expect(follow(30) == 30)
  }

  // CTL-030
  @Test func peakHoldNeverLosesAPeakYoungerThanTheHoldTime() {
    for phase in 0..<90 {
      var hold = PeakHold()
      for _ in 0..<phase { _ = hold.step(10, holdS: 90, dt: 1) }
      _ = hold.step(50, holdS: 90, dt: 1)
      for second in 1..<90 {
        let held = hold.step(10, holdS: 90, dt: 1)
        #expect(held == 50, "phase \(phase), \(second) s")
      }
    }
  }

  // CTL-031
  @Test func lagReachesItsTargetAsAnExponentialWithinItsStepError() {
    var lag = FirstOrderLag()
    var value = lag.step(18, timeConstantS: 7, dt: 0.1)
    #expect(value == 18)
    for _ in 0..<70 { value = lag.step(118, timeConstantS: 7, dt: 0.1) }
    // Backward Euler is off by about dt/2T of the slope: 0.4 % here.
    #expect(abs(value - (118 - 100 * exp(-1.0))) < 0.5)
  }

  @Test func lagWithoutTimeConstantPassesItsInput() {
    var lag = FirstOrderLag()
    _ = lag.step(1, timeConstantS: 0, dt: 1)
    let passed = lag.step(5, timeConstantS: 0, dt: 1)
    #expect(passed == 5)
  }

  @Test func onDelayNeedsItsInputWithoutABreak() {
    var delay = OnDelay()
    func isOn(_ input: Bool) -> Bool { delay.step(input, delayS: 5, dt: 1) }
    for _ in 0..<5 { #expect(!isOn(true)) }
    #expect(!isOn(false))
    for _ in 0..<5 { #expect(!isOn(true)) }
    #expect(isOn(true))
    #expect(!isOn(false))
  }

  @Test(arguments: [(10.0, 12.0), (10, 8), (10, 10.5), (10, 9.5), (10, 10)])
  func slewMovesAtMostItsRateBothWays(last: Double, target: Double) {
    let next = slewed(target, from: last, rate: 0.5, dt: 2)
    #expect(abs(next - last) <= 1 && abs(target - next) == max(0, abs(target - last) - 1))
  }

  @Test func clampTurnsWhatIsNotANumberIntoTheLowBound() {
    #expect(Double.nan.clamped(3, 7) == 3)
    #expect(Double.infinity.clamped(3, 7) == 7)
    #expect((-Double.infinity).clamped(3, 7) == 3)
    #expect(2.9.clamped(3, 7) == 3 && 7.1.clamped(3, 7) == 7 && 5.0.clamped(3, 7) == 5)
  }

  // CTL-022
  @Test func naturalLogarithmAgreesWithTheMathematicsLibrary() {
    for x in [1e-6, 0.01, 0.1, 0.45, 0.999999, 1, 1.000001, 1.5, 1.999, 2, 2.718281828, 10, 243.12, 1e9] {
      #expect(abs(naturalLogarithm(x) - log(x)) <= 1e-9 * max(1, abs(log(x))), "\(x)")
    }
  }

  /// Psychrometric chart values (ASHRAE Fundamentals, chapter 1, by Hyland and Wexler); Magnus is within 0.1 K of them.
  // CTL-022
  @Test(arguments: [(20.0, 50.0, 9.27), (27, 60, 18.61), (32, 80, 28.07), (15, 100, 15), (35, 20, 8.74)])
  func dewPointAgreesWithThePsychrometricChart(air: Double, humidity: Double, expected: Double) {
    let dew = dewPoint(air: Temperature(celsius: air), relativeHumidity: Percent(percent: humidity))
    #expect(abs(dew.celsius - expected) < 0.1)
  }

  // CTL-022
  @Test func dewPointOfAnImpossibleHumidityIsThatOfTheNearestPossibleOne() {
    func dew(_ humidity: Double) -> Double {
      dewPoint(air: Temperature(celsius: 25), relativeHumidity: Percent(percent: humidity)).celsius
    }
    #expect(dew(0) == dew(1) && dew(-5) == dew(1))
    #expect(dew(120) == dew(100) && abs(dew(100) - 25) < 1e-9)
  }

  @Test func capacitiesAndImageLayoutAgree() {
    #expect(
      Capacity.racks == 32 && Capacity.pumps == 4 && Capacity.fans == 16 && Capacity.leakZones == 56
        && Capacity.buses == 32)
    #expect(InputSlot.fan(Capacity.fans, .speed) == InputSlot.count)
    #expect(OutputSlot.permit(Capacity.racks) == OutputSlot.count)
    var seen = Set<Int>()
    for index in 0..<Actuator.count {
      let actuator = Actuator(index: index)
      #expect(actuator?.index == index)
      if let actuator { seen.insert(actuator.index) }
    }
    #expect(seen.count == Actuator.count && Actuator(index: Actuator.count) == nil && Actuator(index: -1) == nil)
  }
}
