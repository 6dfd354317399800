import Testing

@testable import RowTwin

/// Instruments: the plant's truth comes out of their registers in the vendor's format, scale and word order.
@Suite struct DeviceInstrumentTests {
  var truth: PlantTruth {
    var truth = PlantTruth(pumps: 2, racks: 2, fans: 2)
    truth.rackFlowLpm = [150, 90]
    truth.rackPowerKw = [120, 60]
    truth.rackReturnTemperatureC = [50, 48]
    truth.supplyTemperatureC = 40
    truth.manifoldDpKpa = 100
    truth.hallTemperatureC = 26.95
    truth.hallHumidityPercent = 41.5
    truth.hallDewPointC = -12.34
    return truth
  }

  @Test func sitransGivesCubicMetresPerSecondLowWordFirst() {
    let bench = Bench(truth: truth) { SitransMag6000(flow: $0.add(.rackFlow(0)), sensors: $0) }
    #expect(float(bench.read(.holding, 3002, count: 2).reversed()) == Float(150.0 / 60_000))
    #expect(bench.holding(600) == 0x2A && bench.holding(602) == 24)
  }

  @Test func sitransTotalizerCountsCubicMetresAsDouble() {
    var bench = Bench(truth: truth) { SitransMag6000(flow: $0.add(.rackFlow(0)), sensors: $0) }
    bench.wait(seconds: 400)
    let words = bench.read(.holding, 3014, count: 4)
    let total = Double(bitPattern: words.reversed().reduce(0) { $0 << 16 | UInt64($1) })
    #expect(abs(total - 1) < 0.02)
  }

  @Test func kamstrupGivesLitresPerHourTemperaturesAndHeat() {
    let bench = Bench(truth: truth) { sensors in
      KamstrupMultical603(
        flow: sensors.add(.rackFlow(0)), entering: sensors.add(.supplyTemperature),
        leaving: sensors.add(.rackReturnTemperature(0)), sensors: sensors)
    }
    #expect(float(bench.read(.input, 0, count: 2)) == 9000)
    #expect(float(bench.read(.input, 4, count: 2)) == 100)
    #expect(float(bench.read(.holding, 6, count: 2)) == 40 && float(bench.read(.holding, 8, count: 2)) == 50)
    #expect(bench.read(.input, 10).isEmpty)
  }

  @Test func moxaGivesTenthsOfADegreeAndTheTopOfItsFormatForAnOpenChannel() throws {
    let bench = Bench(truth: truth) {
      MoxaE1260(wired: [$0.add(.supplyTemperature, role: "t"), nil, nil, nil, nil, nil], sensors: $0)
    }
    #expect(bench.read(.input, 0x0600, count: 2) == [400, 0x7FFF])
    #expect(bench.read(.input, 0x0606).isEmpty && bench.read(.holding, 0x0600).isEmpty)
    bench.sensors.setFault(.open, at: try #require(bench.sensors.index(role: "t")))
    #expect(bench.input(0x0600) == 0x7FFF)
  }

  @Test func adamSpreadsItsRegisterOverZeroToTwentyMilliamperes() throws {
    let bench = Bench(truth: truth) { sensors in
      let wired = Adam6017.Wired(sensor: sensors.add(.manifoldDp, role: "dp"), at4mA: 0, at20mA: 400)
      return Adam6017(wired: [wired] + Array(repeating: nil, count: 7), sensors: sensors)
    }
    #expect(bench.read(.input, 0, count: 2) == [26_214, 0])  // 100 of 400 kPa is 8 mA; unwired is 0 mA
    #expect(bench.holding(0) == 26_214)
    #expect(abs(float(bench.read(.holding, 30, count: 2).reversed()) - 8) < 1e-6)
    bench.sensors.setFault(.open, at: try #require(bench.sensors.index(role: "dp")))
    #expect(bench.input(0) == 0 && bench.read(.coil, 120) == [1])
  }

  @Test func adamSaturatesAt20mAAboveAnd3Point6Below() throws {
    var bench = Bench(truth: truth) { sensors in
      let wired = Adam6017.Wired(sensor: sensors.add(.manifoldDp, role: "dp"), at4mA: 0, at20mA: 400)
      return Adam6017(wired: [wired] + Array(repeating: nil, count: 7), sensors: sensors)
    }
    let index = try #require(bench.sensors.index(role: "dp"))
    bench.sensors.setFault(.high, at: index)
    bench.wait(seconds: 1)
    #expect(bench.input(0) == 65_535)
    bench.sensors.setFault(.low, at: index)
    bench.wait(seconds: 1)
    #expect(bench.input(0) == 11_796)
  }

  @Test func eastronGivesWattsAndSchneiderKilowatts() {
    let eastron = Bench(truth: truth) { EastronSdm630(power: $0.add(.rackPower(0)), sensors: $0) }
    #expect(float(eastron.read(.input, 0x34, count: 2)) == 120_000)
    #expect(float(eastron.read(.input, 0x0C, count: 2)) == 40_000)
    #expect(float(eastron.read(.input, 0x46, count: 2)) == 50)
    let schneider = Bench(truth: truth) { SchneiderIem3000(power: $0.add(.rackPower(1)), sensors: $0) }
    #expect(float(schneider.read(.holding, 0x0BF3, count: 2)) == 60)
    #expect(float(schneider.read(.holding, 0x0BD3, count: 2)) == 230)
  }

  @Test func energyMetersCountInTheirOwnUnits() {
    var eastron = Bench(truth: truth) { EastronSdm630(power: $0.add(.rackPower(0)), sensors: $0) }
    eastron.wait(seconds: 60)
    #expect(abs(float(eastron.read(.input, 0x156, count: 2)) - 2) < 0.02)
    var schneider = Bench(truth: truth) { SchneiderIem3000(power: $0.add(.rackPower(0)), sensors: $0) }
    schneider.wait(seconds: 60)
    let words = schneider.read(.holding, 0x0C83, count: 4)
    #expect(abs(Double(words.reduce(0) { $0 << 16 | UInt64($1) }) - 2000) < 20)
  }

  @Test func airProbeGivesHundredthsInTwosComplementAndSingles() {
    let bench = Bench(truth: truth) { EplusEE072(sensors: $0) }
    #expect(bench.input(0x0FA1) == 2695 && bench.input(0x0FAA) == 4150)
    #expect(Int16(bitPattern: bench.input(0x0FD4)) == -1234)
    #expect(float(bench.read(.holding, 0x03EA, count: 2)) == 26.95)
    #expect(bench.read(.input, 0x0FA2).isEmpty)
  }

  @Test func leakDetectorNeedsFiveSecondsOfWaterAndSetsLeakAndSummary() {
    let cable = LeakCable()
    var bench = Bench { _ in RleLd2100(cable: cable) }
    #expect(bench.read(.input, 0, count: 3) == [0, 0, 1])
    cable.isWet = true
    bench.wait(seconds: 4.8)
    #expect(bench.input(0) == 0)
    bench.wait(seconds: 0.4)
    #expect(bench.input(0) == 0b1001 && bench.input(1) > 0)
    cable.isWet = false
    bench.wait(seconds: 0.1)
    #expect(bench.input(0) == 0)
  }

  @Test func aCutLeakCableIsAFaultAndNoLeak() {
    let cable = LeakCable()
    var bench = Bench { _ in RleLd2100(cable: cable) }
    cable.isWet = true
    cable.isBroken = true
    bench.wait(seconds: 10)
    #expect(bench.input(0) == 0b1010)
  }

  @Test func aLatchingLeakDetectorHoldsItsAlarmUntilReset() {
    let cable = LeakCable()
    var bench = Bench { _ in RleLd2100(cable: cable) }
    bench.write(3, 1)
    cable.isWet = true
    bench.wait(seconds: 6)
    cable.isWet = false
    bench.wait(seconds: 6)
    #expect(bench.input(0) & 1 == 1)
    bench.write(5, 1)
    bench.wait(seconds: 1)
    #expect(bench.input(0) == 0)
  }

  @Test func aTransmitterLagsItsTruthByOneTimeConstant() {
    var bench = Bench(truth: truth) { SitransMag6000(flow: $0.add(.supplyTemperature), sensors: $0) }
    bench.truth.supplyTemperatureC = 50
    bench.wait(seconds: 4.5)
    #expect(abs(bench.sensors.value(0) - 46.3) < 0.5)
    bench.wait(seconds: 30)
    #expect(abs(bench.sensors.value(0) - 50) < 0.4)
  }

  @Test func noiseHasTheStatedSpreadAndNoMean() {
    var random = SeededRandom(seed: 3)
    var sum = 0.0
    var squares = 0.0
    for _ in 0..<20_000 {
      let draw = random.gaussian()
      sum += draw
      squares += draw * draw
    }
    #expect(abs(sum / 20_000) < 0.03)
    #expect(abs((squares / 20_000).squareRoot() - 1) < 0.02)
  }

  @Test func transmitterFaultsDoWhatTheirNamesSay() {
    var bench = Bench(truth: truth) { SitransMag6000(flow: $0.add(.supplyTemperature), sensors: $0) }
    func value(_ fault: SensorFault?) -> Double {
      bench.sensors.setFault(fault, at: 0)
      bench.wait(seconds: 60)
      return bench.sensors.value(0)
    }
    #expect(abs(value(nil) - 40) < 0.4)
    #expect(abs(value(.offset(5)) - 45) < 0.4)
    #expect(abs(value(.drift(2)) - 42) < 0.4)
    let held = value(.stuck)
    bench.truth.supplyTemperatureC = 60
    #expect(abs(held - 42) < 0.4 && value(.stuck) == held)
    #expect(abs(value(nil) - 60) < 0.4)
  }
}
