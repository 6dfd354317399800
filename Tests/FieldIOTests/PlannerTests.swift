import RowConfig
import Testing

@testable import FieldIO

/// Which registers are read together, by what a request and a register cost on the bus.
@Suite struct PlannerTests {
  private static func line(baud: Int, parity: Site.Bus.Parity = .even, turnaroundMs: Double? = nil) -> BusTiming {
    var bus = Site.Bus(name: "b", link: .serial(path: "/dev/null", baud: baud, parity: parity, stopBits: 1))
    bus.turnaroundMs = turnaroundMs
    return BusTiming(bus)
  }
  private static let tcp = BusTiming(Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: 502)))

  private static func cuts(
    _ timing: BusTiming, _ values: [Range<Int>], lengthMax: Int = 125, gapMax: Int? = nil
  ) -> [Range<Int>] {
    ReadMerger(timing: timing, area: .holding, lengthMax: lengthMax, gapMax: gapMax).requests(values)
  }

  /// 8 bytes asked, 7 answered at 11 bits of 1/9600 s; 5 ms until it answers; two silences of 3.5 characters.
  @Test func aReadOnASerialLineCostsItsCharactersItsSilencesAndTheDevicesTime() {
    let timing = Self.line(baud: 9600)
    let bytes = timing.readBytes(.holding, count: 1)
    #expect(bytes == 15)
    let ms = Double(timing.transactionNs(bytes: bytes)) / 1e6
    #expect(abs(ms - (15 * 11 / 9.6 + 5 + 7 * 11 / 9.6)) < 0.01)
    #expect(Self.line(baud: 115_200).pauseNs == 5_000_000 + 2 * 1_750_000)
    #expect(Self.line(baud: 9600, parity: .none).byteNs == 1_041_666)
  }

  @Test func bitsAreEightToTheByte() {
    #expect(Self.tcp.readBytes(.coil, count: 9) - Self.tcp.readBytes(.coil, count: 8) == 1)
    #expect(Self.tcp.readBytes(.discrete, count: 16) == Self.tcp.readBytes(.holding, count: 1))
  }

  /// A gap is read as long as its registers take less time than a request: 13 characters and 3.5 + 3.5, and 5 ms, are
  /// worth 12 registers at 9600 Bd; without the turn-around 10, and at 115200 Bd 51.
  @Test(arguments: [(9600, nil, 12), (9600, 0.0, 10), (115_200, nil, 51), (1200, nil, 10)] as [(Int, Double?, Int)])
  func theSlowerTheLineTheNarrowerTheGap(_ baud: Int, _ turnaroundMs: Double?, _ gap: Int) {
    let timing = Self.line(baud: baud, turnaroundMs: turnaroundMs)
    #expect(Self.cuts(timing, [0..<1, 1 + gap..<2 + gap]) == [0..<2])
    #expect(Self.cuts(timing, [0..<1, 2 + gap..<3 + gap]) == [0..<1, 1..<2])
  }

  @Test func aGatewaysLineCountsAsTheLineItIs() {
    var bus = Site.Bus(name: "b", link: .tcp(host: "127.0.0.1", port: 502))
    bus.gatewayBaud = 9600
    let timing = BusTiming(bus)
    #expect(timing.byteNs == Self.line(baud: 9600).byteNs)
    #expect(timing.pauseNs == Self.line(baud: 9600).pauseNs + 1_000_000)
  }

  @Test func aSparseMapOfTwoHundredPointsTakesFourRequests() throws {
    let points = (0..<200).map { Fixture.point("p\($0)", 2 * $0, signal: "s\($0)") }
    let profile = Fixture.profile("t/p", points, maxRead: 125)
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: (0..<200).map { "rack.1.s\($0)" })
    #expect(bench.cycle().count == 4)
    #expect(bench.cycle().count == 4)
  }

  /// Filling each request to the limit would cut 0 … 5 | 6, 40 …; the cheapest cut is at the gap.
  @Test func whereALimitForcesACutItIsMadeAtTheGap() {
    let values = (0..<7).map { $0..<$0 + 1 } + (40..<44).map { $0..<$0 + 1 }
    #expect(Self.cuts(Self.tcp, values, lengthMax: 43) == [0..<7, 7..<11])
  }

  @Test func noValueIsSplitAndNoRequestIsLongerThanTheDeviceBears() {
    let values = (0..<40).map { 4 * $0..<4 * $0 + 4 }
    for lengthMax in 4...125 {
      let cuts = Self.cuts(Self.tcp, values, lengthMax: lengthMax)
      #expect(cuts.flatMap(Array.init) == Array(values.indices))
      for cut in cuts { #expect(4 * cut.count <= lengthMax) }
    }
  }

  @Test func aDeviceThatBearsNoGapGetsNone() {
    #expect(Self.cuts(Self.tcp, [0..<1, 1..<2, 3..<4], gapMax: 0) == [0..<2, 2..<3])
  }

  /// Against every way to cut, on maps drawn at random.
  @Test func theCheapestCutsAreFound() {
    var random = Jitter()
    for _ in 0..<200 {
      var values: [Range<Int>] = []
      var address = 0
      for _ in 0..<8 {
        let count = Int(random.next() % 4) + 1
        values.append(address..<address + count)
        address += count + Int(random.next() % 32)
      }
      let timing = Self.line(baud: 9600)
      func cost(_ cuts: [Range<Int>]) -> Int64 {
        cuts.reduce(0) { sum, cut in
          let count = values[cut.upperBound - 1].upperBound - values[cut.lowerBound].lowerBound
          return sum + (count > 40 ? 1 << 40 : timing.transactionNs(bytes: timing.readBytes(.holding, count: count)))
        }
      }
      let ways = (0..<128).map { mask in
        let starts = [0] + (1..<8).filter { mask >> ($0 - 1) & 1 == 1 }
        return zip(starts, starts.dropFirst() + [8]).map { $0..<$1 }
      }
      #expect(cost(Self.cuts(timing, values, lengthMax: 40)) == ways.map(cost).min())
    }
  }
}
