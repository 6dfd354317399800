import Testing

@testable import RowTwin

/// Fans and valves: registers, motion, and what they do when nobody speaks to them.
@Suite struct DeviceActuatorTests {
  func fan(_ truth: PlantTruth = PlantTruth(pumps: 2, racks: 2, fans: 2)) -> Bench {
    Bench(truth: truth) { EbmPapstFan(fan: 0, safeSpeed: 0.9, sensors: $0) }
  }
  func belimo() -> Bench {
    Bench { _ in
      BelimoActuator(
        valve: ValveActuator(place: .rack(1), strokeS: 60, timeoutS: BelimoActuator.timeoutS, backupPosition: 1))
    }
  }
  func siemens() -> Bench {
    Bench { _ in
      SiemensAcvatix(
        valve: ValveActuator(place: .facility, strokeS: 60, timeoutS: SiemensAcvatix.timeoutS, backupPosition: 1))
    }
  }

  @Test func fanSpeedRegisterOf32000AtMaximum2000MeansOneThousandRpm() {
    var bench = fan()
    bench.write(0xD001, 32_000)
    for _ in 0..<40 {
      _ = bench.input(0xD010)  // any request keeps the fail-safe away
      bench.wait(seconds: 1)
    }
    let raw = Double(bench.input(0xD010))
    #expect(abs(raw - 32_000) <= 1 && bench.holding(0xD119) == 2000)
    #expect(abs(raw / 64_000 * Double(bench.holding(0xD119)) - 1000) < 0.1)
  }

  @Test func fanIgnoresTheLowestFourBitsOfItsSetValue() {
    var bench = fan()
    bench.write(0xD001, 15)
    bench.wait(seconds: 5)
    #expect(bench.positions.fanSpeed[0] == 0)
  }

  @Test func fanAnswersNineRegistersAndNotTen() {
    var words = [UInt16](repeating: 0, count: 10)
    var span = words.mutableSpan
    let device = fan().device
    #expect(device.read(.input, 0xD010, count: 9, into: &span) == .ok)
    #expect(device.read(.input, 0xD010, count: 10, into: &span) == .exception(3))
  }

  @Test func fanPowerIsRawTimesBothReferences() {
    var truth = PlantTruth(pumps: 2, racks: 2, fans: 2)
    truth.fanPowerKw[0] = 1.6
    let bench = fan(truth)
    let volts = Double(bench.holding(0xD1A0)) * 0.02
    let amperes = Double(bench.holding(0xD1A1)) * 0.002
    #expect(abs(Double(bench.input(0xD021)) / 65_536 * volts * amperes - 1600) < 1)
  }

  @Test func fanGoesToItsFailSafeValueAfterTenSilentSecondsAndNotBefore() {
    var bench = fan()
    bench.write(0xD001, 12_800)
    bench.wait(seconds: 9.8)
    #expect(bench.positions.fanSpeed[0] < 0.2)
    bench.wait(seconds: 30)
    #expect(abs(bench.positions.fanSpeed[0] - 0.9) < 0.001)
    _ = bench.input(0xD010)
    bench.wait(seconds: 9)
    #expect(bench.positions.fanSpeed[0] < 0.3)
  }

  @Test func aFanNeverSpokenToStaysOff() {
    var bench = fan()
    bench.wait(seconds: 60)
    #expect(bench.positions.fanSpeed == [0, 0])
  }

  @Test func aFailedFanSaysSoAndStops() throws {
    var bench = fan()
    bench.write(0xD001, 64_000)
    bench.wait(seconds: 9)
    try #require(bench.device as? EbmPapstFan).isBroken = true
    #expect(bench.input(0xD011) & 1 << 4 != 0)
    bench.wait(seconds: 30)
    #expect(bench.positions.fanSpeed[0] == 0)
  }

  @Test func belimoTravelsItsStrokeInSixtySeconds() {
    var bench = belimo()
    bench.write(0, 10_000)
    bench.wait(seconds: 30)
    #expect(bench.holding(4) == 5000 && abs(bench.positions.rackValve[1] - 0.5) < 1e-9)
    bench.write(1, 2)  // override: closed
    bench.wait(seconds: 15)
    #expect(bench.holding(4) == 2500)
  }

  @Test func belimoOpensAfterItsWatchdogAndNotBefore() {
    var bench = belimo()
    bench.write(0, 2000)
    bench.wait(seconds: 119)
    #expect(abs(bench.positions.rackValve[1] - 0.2) < 1e-9)
    bench.wait(seconds: 61)
    #expect(bench.positions.rackValve[1] > 0.99)
  }

  @Test func belimoReportsItsWatchdogUntilItIsSpokenToAgain() throws {
    var bench = belimo()
    bench.write(0, 2000)
    bench.wait(seconds: 121)
    let valve = try #require(bench.device as? BelimoActuator)
    #expect(valve.register(.holding, 104) == 1 << 10)
    #expect(bench.holding(104) == 0)  // this request fed it
  }

  @Test func siemensOpensAfterSixtySilentSecondsAndNotBefore() throws {
    var bench = siemens()
    bench.write(0, 5000)
    bench.wait(seconds: 59)
    #expect(abs(bench.positions.facilityValve - 0.5) < 1e-9)
    bench.wait(seconds: 2)
    let valve = try #require(bench.device as? SiemensAcvatix)
    #expect(valve.register(.holding, 768) == 1 << 1)
    bench.wait(seconds: 30)
    #expect(bench.positions.facilityValve > 0.99)
  }

  @Test func siemensWithBackupOffHoldsItsLastSetpoint() {
    var bench = siemens()
    bench.write(512, 2)
    bench.write(0, 5000)
    bench.wait(seconds: 300)
    #expect(bench.holding(2) == 5000)
  }

  @Test func aJammedValveStandsStillAndReportsItAfterTenSeconds() throws {
    for (make, address, bit) in [(belimo(), 104, 2), (siemens(), 768, 4)] {
      var bench = make
      let valve = try #require(bench.device as? any ValveDevice)
      valve.valve.fault = .stuck
      bench.write(0, 10_000)
      bench.wait(seconds: 9)
      #expect(!bench.bit(bit, of: address))
      bench.wait(seconds: 2)
      #expect(bench.bit(bit, of: address) && valve.valve.position == 0)
    }
  }
}
