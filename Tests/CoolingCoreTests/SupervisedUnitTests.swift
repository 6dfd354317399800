import Testing

@testable import CoolingCore

/// A row behind a unit that holds flow and supply temperature by itself: pump 1 and the facility valve stand for it.
@Suite struct SupervisedUnitTests {
  /// Highest flow target 800 L/min, the racks' floors together 312 (39 %); setpoints from 20 to 45 °C.
  private static let settings: Settings = {
    var settings = Settings.bench
    settings.pumpCount = 1
    settings.fanCount = 0
    settings.heatRejection = .facilityValve
    settings.pumps.control = .target
    settings.pumps.curve.ratedFlow = Flow(litresPerMinute: 800)
    settings.pumps.speedMin = 39
    settings.pumps.safeSpeed = 100
    settings.rejection.takesTarget = true
    settings.rejection.mayStop = false
    settings.rejection.demandMin = 0
    settings.rejection.safe = 100
    settings.rejection.slew = 4
    for slot in 0..<3 { settings.signals[InputSlot.manifoldDp + slot].isConfigured = false }
    return settings
  }()

  private static func row(flowPercent: Double = 52, targetPercent: Double = 20) -> RowBench {
    var bench = RowBench(settings)
    bench[InputSlot.facilityValvePosition] = targetPercent
    bench.takeOver(pumps: [0], speed: flowPercent)
    bench.step(20)
    return bench
  }

  private func targetC(_ bench: RowBench) -> Double { 45 - 25 * bench.sent.facilityValve / 100 }

  /// CTL-150: 4 × 80 kW at 1.3 L/min per kW are 416 L/min, 52 % of the highest target.
  @Test func flowTargetIsTheSumOfTheRacksSetpoints() {
    var bench = Self.row()
    #expect(bench.core.mode == .auto)
    #expect(abs(bench.sent.pumps[0].speed - 52) < 0.1)
    for rack in 0..<4 { bench[.rack(rack, .power)] = 120 }
    bench.step(60)
    #expect(abs(bench.sent.pumps[0].speed - 78) < 0.1)
  }

  /// CTL-150
  @Test func flowTargetIsNeverBelowTheRacksFloors() {
    var bench = Self.row()
    for rack in 0..<4 { bench[.rack(rack, .power)] = 5 }
    bench.step(300)
    #expect(bench.sent.pumps[0].speed == 39)
  }

  /// CTL-150: no loop of ours is around the unit's own.
  @Test func flowTargetDoesNotFollowTheFlow() {
    var bench = Self.row()
    let before = bench.sent.pumps[0].speed
    bench.set(flow: 380)
    bench[.pump(0, .speed)] = 47.5
    bench.step(25)
    #expect(bench.sent.pumps[0].speed == before)
  }

  /// CTL-151
  @Test func temperatureTargetIsTheSetpoint() {
    var bench = Self.row()
    #expect(abs(targetC(bench) - 40) < 1e-9)
    #expect(bench.core.apply(.setSupplySetpoint(Temperature(celsius: 30))) == .accepted)
    bench.step(20)
    #expect(abs(targetC(bench) - 30) < 1e-9)
  }

  /// CTL-151: 3 K a minute upwards.
  @Test func higherTemperatureTargetIsApproachedSlowly() {
    var bench = Self.row()
    _ = bench.core.apply(.setSupplySetpoint(Temperature(celsius: 30)))
    bench.step(60)
    _ = bench.core.apply(.setSupplySetpoint(Temperature(celsius: 40)))
    bench.step(60)
    #expect(abs(targetC(bench) - 33) < 0.1)
  }

  /// CTL-151
  @Test func risingDewPointLiftsTheTemperatureTarget() {
    var bench = Self.row()
    _ = bench.core.apply(.setSupplySetpoint(Temperature(celsius: 25)))
    bench.step(60)
    #expect(abs(targetC(bench) - 25) < 1e-9)
    bench[InputSlot.hallDewPoint] = 26
    bench.step(60)
    #expect(abs(targetC(bench) - 29) < 1e-9)
    bench.lose(InputSlot.hallDewPoint, InputSlot.hallHumidity)
    bench.step(60)
    #expect(abs(targetC(bench) - 25) < 1e-9, "17 °C assumed and the margin are below the setpoint")
  }

  /// CTL-152: whether it is gone or stands still.
  @Test func badFlowMeterAsksForTheHighestFlow() {
    var bench = Self.row()
    bench.lose(InputSlot.rowFlow)
    bench.step(20)
    #expect(bench.isActive(.hydraulicsLost))
    #expect(bench.sent.pumps[0].speed == 100)
    bench.heal()
    bench.step(40)
    #expect(!bench.isActive(.hydraulicsLost))
    #expect(abs(bench.sent.pumps[0].speed - 52) < 0.1)
  }

  /// CTL-152: with the return lost too nothing says what the racks are supplied with.
  @Test func unknownSupplyTemperatureAsksForTheLowestSetpoint() {
    var bench = Self.row()
    bench.lose(redundant: InputSlot.supplyTemperature)
    bench.lose(redundant: InputSlot.returnTemperature)
    bench.step(40)
    #expect(bench.isActive(.supplyTemperatureLost))
    #expect(targetC(bench) == 20)
  }

  /// CTL-152
  @Test func maximumCoolingAsksForBoth() {
    var bench = Self.row()
    bench.set(redundant: InputSlot.supplyTemperature, 47)
    bench.step(60)
    #expect(bench.isActive(.supplyHighHigh))
    #expect(bench.sent.pumps[0].speed == 100)
    #expect(targetC(bench) == 20)
  }

  /// CTL-152: the unit ramps by itself, and every step of a ramp of ours would be a write to its memory.
  @Test func interlockDemandsItsTargetsInOneStep() {
    var bench = Self.row()
    bench.set(redundant: InputSlot.supplyTemperature, 47)
    let before = bench.sent.pumps[0].speed
    var flows: Set<Double> = []
    var targets: Set<Double> = []
    for _ in 0..<60 {
      bench.step()
      flows.insert(bench.sent.pumps[0].speed)
      targets.insert(targetC(bench))
    }
    #expect(flows == [before, 100])
    #expect(targets.count == 2 && targets.contains(20), "\(targets)")
  }

  /// CTL-152: nor is it slewed where an operator wants the same.
  @Test func maximumIsReachedInOneStepWhoeverOwnsIt() {
    var bench = Self.row()
    _ = bench.core.apply(.override(.pump(0), value: 100, leaseS: 600))
    bench.set(redundant: InputSlot.supplyTemperature, 47)
    bench.step(3)
    #expect(bench.owner(.pump(0)) == .operatorOverride && bench.sent.pumps[0].speed < 100)
    #expect(bench.step(until: { $0.isActive(.supplyHighHigh) }, atMost: 10) != nil)
    #expect(bench.sent.pumps[0].speed == 100)
  }

  /// CTL-152
  @Test func aUnitThatIsSwitchedOffIsLeftInOneStep() {
    var bench = Self.row()
    let before = bench.sent.facilityValve
    for rack in 0..<4 { bench[.rack(rack, .power)] = 0 }
    bench.set(redundant: InputSlot.returnTemperature, 40)
    bench.step(60)
    #expect(bench.core.apply(.setMode(.off)) == .accepted)
    var seen: Set<Double> = []
    for _ in 0..<200 {
      bench.step()
      seen.insert(bench.sent.facilityValve)
    }
    #expect(bench.core.mode == .off)
    #expect(before == 20 && seen == [0], "\(seen)")
  }

  /// CTL-153: no silence is a proof that the racks get no coolant: their own meters say that they do.
  @Test func lostUnitIsToldTheHighestFlowAndCostsNoPermit() {
    var bench = Self.row()
    bench.lose(.pump(0, .running), .pump(0, .speed), .pump(0, .remote), .pump(0, .fault), .pump(0, .ready))
    bench.lose(InputSlot.rowFlow, InputSlot.facilityValvePosition)
    bench.step(30)
    #expect(bench.isActive(.pumpSilent))
    #expect(bench.sent.pumps[0] == Demand.Pump(run: true, speed: 100))
    for rack in 0..<4 { #expect(bench.sent.permits[rack]) }
  }

  /// CTL-153
  @Test(arguments: [
    (PumpSignal.remote, 0.0, Cause.pumpNotRemote), (.fault, 1, .pumpFault), (.running, 0, .pumpNotRunning),
  ])
  func unitThatDoesNotFollowIsAnAlarmAndIsToldTheHighestFlow(signal: PumpSignal, value: Double, cause: Cause) {
    var bench = Self.row()
    bench[.pump(0, signal)] = value
    bench.step(20)
    #expect(bench.isActive(cause))
    #expect(bench.core.mode == .auto)
    #expect(bench.sent.pumps[0] == Demand.Pump(run: true, speed: 100))
  }

  /// CTL-153: row meter, racks' meters and the unit itself say so.
  @Test func unitThatDoesNotCoolTakesEveryPermit() {
    var bench = Self.row()
    bench[.pump(0, .running)] = 0
    bench.set(flow: 0)
    bench.step(10)
    #expect(bench.isActive(.coolingLost))
    for rack in 0..<4 { #expect(!bench.sent.permits[rack]) }
  }

  /// CTL-154
  @Test func flowOffItsTargetIsAnAlarmInAutoOnly() {
    var bench = Self.row()
    bench[.pump(0, .speed)] = 46
    bench.step(35)
    #expect(bench.isActive(.pumpSpeedDeviation))
    bench.heal()
    bench.step(60)
    #expect(!bench.isActive(.pumpSpeedDeviation))
    // Raised by an interlock further than the row's pipes take: that is no fault of the unit.
    bench.set(redundant: InputSlot.supplyTemperature, 47)
    bench[.pump(0, .speed)] = 70
    bench.step(60)
    #expect(!bench.isActive(.pumpSpeedDeviation))
  }

  /// CTL-154: asked for 40 °C and giving 48: 3.5 of 11.5 K for half an hour.
  @Test func coolingFarFromItsTargetIsAnAlarm() {
    var bench = Self.row()
    bench.set(redundant: InputSlot.supplyTemperature, 44.5)
    bench.step(4000)
    #expect(bench.isActive(.coilFouling))
    var sound = Self.row()
    sound.step(4000)
    #expect(!sound.isActive(.coilFouling))
  }

  /// CTL-155: it held 34 °C and gave 400 L/min.
  @Test func takeOverStartsFromTheUnitAsItStands() {
    var bench = RowBench(Self.settings)
    bench[InputSlot.facilityValvePosition] = 44
    bench.takeOver(pumps: [0], speed: 50)
    #expect(abs(bench.sent.pumps[0].speed - 50) <= 2)
    #expect(abs(targetC(bench) - 34) <= 0.5)
  }

  /// CTL-156: what a stop amounts to where nothing can stop the unit is for the field to say.
  @Test func emergencyStopStopsTheUnitAndTakesEveryPermit() {
    var bench = Self.row()
    bench[InputSlot.emergencyStop] = 1
    bench.step(3)
    #expect(bench.core.mode == .tripped)
    #expect(!bench.sent.pumps[0].run)
    for rack in 0..<4 { #expect(!bench.sent.permits[rack]) }
  }
}
