import RowConfig
import RowTwin
import Testing

@testable import Trials

/// The benchmark's metrics, by cases worked out by hand.
@Suite struct EnergyMeterTests {
  private let site: Site
  private var truth: PlantTruth
  private var positions: ActuatorPositions

  init() throws {
    site = try Rows.site("demo").site
    truth = PlantTruth(pumps: 3, racks: 8, fans: 12)
    positions = ActuatorPositions(site)
    truth.rackPowerKw = Array(repeating: 60, count: 8)
    truth.chipTemperatureC = Array(repeating: 50, count: 8)
    truth.supplyTemperatureC = 40
    truth.pumpPowerKw = [2, 1, 0]
    truth.fanPowerKw[0] = 1.8
  }

  private func meter(
    seconds: Int, each change: (Int, inout PlantTruth, inout ActuatorPositions) -> Void = { _, _, _ in }
  ) -> EnergyMeter {
    var meter = EnergyMeter(site)
    var truth = truth
    var positions = positions
    for second in 0..<seconds {
      change(second, &truth, &positions)
      meter.look(truth, positions, setpointC: 40, isDown: false, dt: 1)
    }
    return meter
  }

  @Test func energyIsPowerTimesTime() {
    let figures = meter(seconds: 1800).figures
    #expect(abs(figures.pumpKwh - 1.5) < 1e-9)
    #expect(abs(figures.fanKwh - 0.9) < 1e-9)
    #expect(abs(figures.meanKw - 4.8) < 1e-9)
    #expect(abs(figures.itKwh - 240) < 1e-9)
    #expect(abs(figures.partialPue - 1.01) < 1e-9)
    #expect(abs(figures.loadShare - 0.5) < 1e-9)
  }

  /// 2 K for 3 s and 1 K for 4 s in half an hour: 10 K·s, 480 a day.
  @Test func violationIsKelvinsTimesSecondsOfAllRacksADay() {
    let figures = meter(seconds: 1800) { second, truth, _ in
      truth.chipTemperatureC[0] = second < 3 ? 87 : 50
      truth.chipTemperatureC[5] = (10..<14).contains(second) ? 86 : 85
    }.figures
    #expect(abs(figures.violationKSPerDay - 480) < 1e-9)
    #expect(figures.chipMaxC == 87)
    #expect(figures.hasFailed)
  }

  @Test func chipAtItsLimitIsNoViolation() {
    let figures = meter(seconds: 60) { _, truth, _ in truth.chipTemperatureC[3] = 85 }.figures
    #expect(figures.violationKSPerDay == 0)
    #expect(!figures.hasFailed)
  }

  /// 120 kW at 60 °C beside 7 · 60 kW at 50 °C.
  @Test func meanChipTemperatureIsWeightedByPower() {
    let figures = meter(seconds: 60) { _, truth, _ in
      truth.rackPowerKw[0] = 120
      truth.chipTemperatureC[0] = 60
    }.figures
    #expect(abs(figures.chipMeanC - (120 * 60 + 420 * 50) / 540.0) < 1e-9)
  }

  @Test func warmerChipsCostTheirLeakage() {
    var warm = EnergyFigures()
    (warm.hours, warm.pumpKwh, warm.itKwh, warm.chipMeanC) = (1, 5, 500, 58)
    var cool = EnergyFigures()
    cool.chipMeanC = 56
    #expect(abs(warm.leakageAdjustedKwh(against: cool) - (5 + 0.002 * 500 * 2)) < 1e-9)
  }

  /// Half the time 0.3 K above, half 0.1 K below: √((0.09 + 0.01)/2).
  @Test func supplyDeviationIsFromTheSetpoint() {
    let figures = meter(seconds: 100) { second, truth, _ in
      truth.supplyTemperatureC = second % 2 == 0 ? 40.3 : 39.9
    }.figures
    #expect(abs(figures.supplySdK - 0.05.squareRoot()) < 1e-9)
    #expect(abs(figures.supplyMaxK - 0.3) < 1e-9)
  }

  /// One valve of eight goes from 50 to 90 % and back in half an hour.
  @Test func travelIsTheMeanOfTheDevicesInStrokesAnHour() {
    let figures = meter(seconds: 1800) { second, _, positions in
      positions.rackValve[2] = (100..<200).contains(second) ? 0.9 : 0.5
    }.figures
    #expect(abs(figures.valveStrokes - 2 * 0.8 / 8) < 1e-9)
    #expect(abs(figures.valveReversals - 2) < 1e-9)
  }

  @Test func noiseBelowAHundredthIsNoReversal() {
    let figures = meter(seconds: 1800) { second, _, positions in
      positions.rackValve[0] = second % 2 == 0 ? 0.5 : 0.509
    }.figures
    #expect(figures.valveReversals == 0)
  }

  @Test func leavingAutoIsAFailure() {
    var meter = EnergyMeter(site)
    meter.look(truth, positions, setpointC: 40, isDown: true, dt: 1)
    #expect(meter.figures.hasFailed)
  }
}
