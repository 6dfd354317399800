import RowConfig
import Testing

@testable import FieldIO

/// What a plan costs, against figures worked out by hand.
@Suite struct BusLoadTests {
  /// A valve and a meter at 19200 8E1 (11 bits, 572,916 ns a byte), 5 ms of turn-around and two silences of 3.5
  /// characters (4,010,412 ns) a request.
  private static func load(periodMs: Int = 1000, inFlight: Int = 1, serial: Bool = true) throws -> BusLoad {
    let valve = Fixture.profile(
      "t/valve",
      [
        Fixture.point("position", 0, .float32, signal: "position"),
        Fixture.point("hours", 10, signal: "fault") { $0.intervalS = 20 },
      ], [Fixture.analog("demand", 9, scale: 1, rawMin: 0, rawMax: 100)])
    var site = Fixture.site([
      Fixture.device("v", valve, unit: 7, serves: "rack.1.valve"),
      Fixture.device("m", Fixture.meter, unit: 8, serves: "row"),
    ])
    if serial { site.buses[0].link = .serial(path: "/dev/null", baud: 19_200, parity: .even, stopBits: 1) }
    site.buses[0].requestsInFlight = inFlight
    let inputs = ["rack.1.valve.position", "rack.1.valve.fault", "row.flow"]
    let plan = try FieldPlan(
      site: site, profiles: [valve.name: valve, Fixture.meter.name: Fixture.meter],
      inputSlot: { inputs.firstIndex(of: $0) }, outputSlot: { $0 == "rack.1.valve.demand" ? 0 : nil })
    return BusLoad(plan.buses[0], periodMs: periodMs)
  }

  private static let byteNs: Int64 = 572_916
  private static let pauseNs: Int64 = 5_000_000 + 7 * byteNs

  @Test func aDevicesRequestsBytesAndTimeAreThoseOnTheWire() throws {
    let load = try Self.load()
    // 8 asked; unit, function, count, four bytes, CRC answered.
    #expect(load.devices[0].reads == .init(requests: 1, bytes: 17, ns: 17 * Self.byteNs + Self.pauseNs))
    #expect(load.devices[1].reads == .init(requests: 1, bytes: 15, ns: 15 * Self.byteNs + Self.pauseNs))
    // Function 6 and its echo.
    #expect(load.devices[0].writes == .init(requests: 1, bytes: 16, ns: 16 * Self.byteNs + Self.pauseNs))
    #expect(load.devices[0].slow.requests == 1)
    #expect(load.devices[0].slowNsPerCycle == (15 * Self.byteNs + Self.pauseNs) / 20)
    #expect(load.devices.map(\.name) == ["v", "m"] && load.devices.map(\.unit) == [7, 8])
  }

  @Test func theWorstCycleHoldsASlowRequestAndADeadDeviceCostsTwoTimeoutsInsteadOfItsOwnTime() throws {
    let load = try Self.load()
    let cycleNs = 48 * Self.byteNs + 3 * Self.pauseNs
    #expect(load.readNs + load.writeNs == cycleNs)
    #expect(load.worstNs == cycleNs + 15 * Self.byteNs + Self.pauseNs)
    #expect(load.worstWithOneDeadNs == load.worstNs + 2 * 100_000_000)
  }

  @Test func aPlanIsKeptUpToItsPeriodAndTheExcessIsWhatIsBeyond() throws {
    let needed = try Self.load()
    #expect(needed.excessNs == nil)
    let periodMs = Int((needed.readNs + needed.writeNs) / 1_000_000)
    let short = try Self.load(periodMs: periodMs)
    #expect(short.excessNs == short.readNs + short.writeNs + short.slowNs - Int64(periodMs) * 1_000_000)
    #expect(try Self.load(periodMs: periodMs + 2).excessNs == nil)
    #expect(short.utilisation > 1)
  }

  @Test func requestsUnderWayTogetherShareTheirTurnaround() throws {
    let one = try Self.load(serial: false)
    let two = try Self.load(inFlight: 2, serial: false)
    #expect(one.readNs - two.readNs == 1_000_000)
  }
}
