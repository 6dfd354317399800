import Testing

@testable import RowTwin

/// Handshakes and communication loss of both makes of drive, as timelines.
@Suite struct DeviceDriveTests {
  func danfoss(truth: PlantTruth = PlantTruth(pumps: 2, racks: 2, fans: 2)) -> Bench {
    Bench(truth: truth) { DanfossVltFc(pump: 0, safeSpeed: 0.8, sensors: $0) }
  }
  func abb() -> Bench { Bench { AbbAcs580(pump: 1, safeSpeed: 0.8, sensors: $0) } }
  /// Waits while writing the command once a second, as a controller would.
  func obey(_ bench: inout Bench, seconds: Int, _ address: Int, _ word: UInt16) {
    for _ in 0..<seconds {
      bench.write(address, word)
      bench.wait(seconds: 1)
    }
  }

  @Test func danfossStartsRampsReachesItsReferenceAndStops() {
    var bench = danfoss()
    #expect(bench.holding(50_199) & 0x0807 == 0x0003)  // ready, coasting, not running
    bench.write(49_999, 0x043C)
    #expect(bench.holding(50_199) == 0x0707)  // ready, not coasting, bus control, at its reference of zero
    bench.write(50_009, 0x2000)
    obey(&bench, seconds: 1, 49_999, 0x047C)
    #expect(abs(bench.positions.pumpSpeed[0] - 0.2) < 0.001)  // 5 s from 0 to 100 %
    #expect(bench.bit(11, of: 50_199) && !bench.bit(8, of: 50_199))
    obey(&bench, seconds: 2, 49_999, 0x047C)
    #expect(bench.holding(50_209) == 0x2000)
    #expect(bench.holding(50_199) == 0x0F07)
    obey(&bench, seconds: 3, 49_999, 0x043C)
    #expect(bench.positions.pumpSpeed[0] == 0 && !bench.bit(11, of: 50_199))
  }

  @Test func danfossTakes0x4000AsFullSpeedAndNoNegativeReference() {
    var bench = danfoss()
    bench.write(50_009, 0x4000)
    obey(&bench, seconds: 6, 49_999, 0x047C)
    #expect(bench.positions.pumpSpeed[0] == 1 && bench.holding(50_209) == 0x4000)
    #expect(bench.holding(16_129) == 500)  // 0.1 Hz
    bench.write(50_009, 0xC000)
    obey(&bench, seconds: 6, 49_999, 0x047C)
    #expect(bench.positions.pumpSpeed[0] == 0)
  }

  @Test func danfossIgnoresAControlWordWithoutBit10() {
    var bench = danfoss()
    bench.write(50_009, 0x4000)
    bench.write(49_999, 0x007C)
    bench.wait(seconds: 2)
    #expect(bench.positions.pumpSpeed[0] == 0)
  }

  @Test func danfossReportsPowerAsHundredthsOfAKilowattInTwoRegisters() {
    var truth = PlantTruth(pumps: 2, racks: 2, fans: 2)
    truth.pumpPowerKw[0] = 5.5
    #expect(danfoss(truth: truth).read(.holding, 16_099, count: 2) == [0, 550])
  }

  @Test func danfossShowsItsWordsAsCoilsToo() {
    let bench = danfoss()
    bench.write(49_999, 0x043C)
    #expect(bench.read(.coil, 0, count: 16) == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    let status = bench.read(.coil, 32, count: 16).enumerated().reduce(0) { $0 | Int($1.element) << $1.offset }
    #expect(status == Int(bench.holding(50_199)))
  }

  @Test func danfossTripsCoastsAndResetsOnTheRisingEdgeOnly() throws {
    var bench = danfoss()
    let drive = try #require(bench.device as? DanfossVltFc)
    bench.write(50_009, 0x4000)
    obey(&bench, seconds: 6, 49_999, 0x047C)
    drive.trip()
    #expect(bench.bit(3, of: 50_199) && !bench.bit(1, of: 50_199))
    obey(&bench, seconds: 10, 49_999, 0x047C)
    #expect(bench.positions.pumpSpeed[0] < 0.01)
    bench.write(49_999, 0x04BC)
    #expect(!bench.bit(3, of: 50_199))
    drive.trip()
    bench.write(49_999, 0x04BC)  // no new edge
    #expect(bench.bit(3, of: 50_199))
    bench.write(49_999, 0x043C)
    bench.write(49_999, 0x04BC)
    #expect(!bench.bit(3, of: 50_199))
  }

  @Test func danfossRunsOnAtSafeSpeedFiveSecondsAfterTheLastValidControlWord() {
    var bench = danfoss()
    bench.write(50_009, 0x2000)
    obey(&bench, seconds: 5, 49_999, 0x047C)  // one second of silence already at its end
    bench.wait(seconds: 3.8)
    _ = bench.holding(50_199)  // reading does not feed the timer
    bench.write(49_999, 0x007C)  // nor does a word without bit 10
    #expect(bench.positions.pumpSpeed[0] == 0.5 && !bench.bit(7, of: 50_199))
    bench.wait(seconds: 0.4)
    #expect(bench.bit(7, of: 50_199))
    bench.wait(seconds: 4)
    #expect(abs(bench.positions.pumpSpeed[0] - 0.8) < 1e-9)
    obey(&bench, seconds: 4, 49_999, 0x047C)
    #expect(abs(bench.positions.pumpSpeed[0] - 0.5) < 1e-9 && !bench.bit(7, of: 50_199))
  }

  @Test func aStoppedDriveStaysStoppedWhenTheBusFallsSilent() {
    for (make, address, stop) in [(danfoss(), 49_999, 0x043C as UInt16), (abb(), 0, 0x047E)] {
      var bench = make
      bench.write(address, stop)
      bench.wait(seconds: 60)
      #expect(bench.positions.pumpSpeed == [0, 0])
    }
  }

  @Test func abbRefusesToRunBeforeItHasSeenOff1Low() {
    var bench = abb()
    #expect(bench.bit(6, of: 3))  // switch-on inhibited after power-up
    bench.write(1, 20_000)
    obey(&bench, seconds: 2, 0, 0x047F)
    #expect(bench.bit(6, of: 3) && bench.positions.pumpSpeed[1] == 0)
    obey(&bench, seconds: 1, 0, 0x0476)
    #expect(bench.holding(3) & 0b111 == 0b001)  // ready to switch on
    obey(&bench, seconds: 1, 0, 0x047E)
    #expect(bench.holding(3) & 0b111 == 0b001)
    obey(&bench, seconds: 6, 0, 0x047F)
    #expect(bench.holding(3) & 0b111 == 0b111)  // operating
    #expect(bench.holding(4) == 20_000 && bench.bit(8, of: 3) && bench.bit(9, of: 3))
    obey(&bench, seconds: 6, 0, 0x047E)
    #expect(bench.positions.pumpSpeed[1] == 0 && bench.holding(3) & 0b111 == 0b001)
  }

  @Test func abbIsInhibitedAfterCoastUntilOff1GoesLow() {
    var bench = abb()
    bench.write(0, 0x0476, 20_000)
    obey(&bench, seconds: 6, 0, 0x047F)
    obey(&bench, seconds: 1, 0, 0x047D)  // OFF2
    #expect(bench.bit(6, of: 3) && !bench.bit(4, of: 3))
    #expect(bench.positions.pumpSpeed[1] < 0.6)  // it coasts faster than it ramps
    obey(&bench, seconds: 1, 0, 0x047F)
    #expect(bench.bit(6, of: 3))
    obey(&bench, seconds: 1, 0, 0x047E)
    obey(&bench, seconds: 1, 0, 0x047F)
    #expect(bench.bit(2, of: 3))
  }

  @Test func abbTripNeedsAResetEdgeAndThenTheWholeStartAgain() throws {
    var bench = abb()
    let drive = try #require(bench.device as? AbbAcs580)
    bench.write(0, 0x047E, 10_000)
    obey(&bench, seconds: 4, 0, 0x047F)
    drive.trip()
    #expect(bench.bit(3, of: 3) && !bench.bit(2, of: 3))
    obey(&bench, seconds: 1, 0, 0x047F)
    #expect(bench.bit(3, of: 3))
    bench.write(0, 0x04FE)
    #expect(!bench.bit(3, of: 3))
    bench.write(0, 0x047E)
    obey(&bench, seconds: 4, 0, 0x047F)
    #expect(bench.bit(2, of: 3) && bench.holding(4) == 10_000)
    drive.isBroken = true
    bench.wait(seconds: 0.1)
    bench.write(0, 0x04FE)
    #expect(bench.bit(3, of: 3))
  }

  @Test func abbRunsOnAtSafeSpeedThreeSecondsAfterTheLastWrite() {
    var bench = abb()
    bench.write(0, 0x047E, 10_000)
    obey(&bench, seconds: 4, 0, 0x047F)
    bench.wait(seconds: 1.8)
    _ = bench.holding(3)
    #expect(bench.holding(4) == 10_000 && !bench.bit(7, of: 3))
    bench.write(1, 10_000)  // a reference feeds the timer as well
    bench.wait(seconds: 2.8)
    #expect(!bench.bit(7, of: 3))
    bench.wait(seconds: 4)
    #expect(bench.bit(7, of: 3) && bench.holding(4) == 16_000)
  }

  @Test func abbWithoutRemoteBitObeysOnlyTheOffBits() {
    var bench = abb()
    bench.write(0, 0x047E, 10_000)
    obey(&bench, seconds: 4, 0, 0x047F)
    obey(&bench, seconds: 1, 0, 0x0007)
    #expect(bench.bit(2, of: 3))
    obey(&bench, seconds: 1, 0, 0x0005)
    #expect(bench.bit(6, of: 3))
  }

  @Test func aDriveInHandKeepsItsSpeedAndSaysSo() throws {
    var bench = danfoss()
    bench.write(50_009, 0x2000)
    obey(&bench, seconds: 4, 49_999, 0x047C)
    try #require(bench.device as? DanfossVltFc).isLocal = true
    obey(&bench, seconds: 5, 49_999, 0x043C)
    #expect(bench.positions.pumpSpeed[0] == 0.5 && !bench.bit(9, of: 50_199))
  }
}
