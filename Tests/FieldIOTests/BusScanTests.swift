@testable import FieldIO
import RowConfig
import Testing

/// Who answers on a bus, and what it may be.
@Suite struct BusScanTests {
  private static let meter = Fixture.profile(
    "t/meter", [Fixture.point("model", 10, .string) { $0.length = 2 }, Fixture.point("flow", 20)])
  private static var named: DeviceProfile {
    var profile = meter
    profile.name = "t/named"
    profile.identity = [.init(point: "model", text: "MAG6")]
    return profile
  }
  private static let richer = Fixture.profile(
    "t/richer", meter.points + [Fixture.point("energy", 30, .uint32), Fixture.point("spare", 40)])

  private func scan(_ profiles: [DeviceProfile], _ link: MemoryLink) -> BusScan {
    BusScan(Fixture.site([]).buses[0], link: link, profiles: profiles)
  }

  private var link: MemoryLink {
    let link = MemoryLink()
    link.isSparse = true
    link.set(5, 10, [0x4D41, 0x4736])
    link.set(5, 20, [123])
    return link
  }

  @Test func aSilentUnitIsNobodyAndCostsOneRequest() throws {
    let link = link
    link.deadUnits = [7]
    var scan = scan([Self.meter], link)
    #expect(try scan.find(7) == nil)
    #expect(link.requests.count == 1)
  }

  @Test func aGatewaysWordThatNobodyIsThereIsBelieved() throws {
    for code in [UInt8(10), 11] {
      let link = link
      link.faults = [0: .exception(code)]
      var scan = scan([Self.meter], link)
      #expect(try scan.find(5) == nil)
    }
  }

  /// It has no holding register 0.
  @Test func aRefusalIsAnAnswer() throws {
    var scan = scan([], link)
    #expect(try scan.find(5) == BusScan.Found(unit: 5, matches: []))
  }

  @Test func aBusThatCannotBeUsedEndsTheScan() throws {
    let link = link
    link.faults = [0: .transport(errno: 111)]
    var scan = scan([Self.meter], link)
    #expect(throws: ModbusFault.transport(errno: 111)) { try scan.find(5) }
  }

  @Test func aProfileFitsOnlyAUnitThatAnswersAllOfItsPoints() throws {
    let link = link
    var scan = scan([Self.meter, Self.richer], link)
    let meter = BusScan.Match(profile: "t/meter", isIdentified: false, points: 2, answered: 2)
    #expect(try scan.find(5)?.matches == [meter])
    link.set(5, 30, [0, 1])
    link.set(5, 40, [7])
    #expect(
      try scan.find(5)?.matches == [
        BusScan.Match(profile: "t/richer", isIdentified: false, points: 4, answered: 4), meter,
      ])
  }

  /// Devices of one family differ in what no row needs.
  @Test func aPointWithoutASignalMayBeMissingWhereOthersHaveOne() throws {
    var profile = Self.richer
    profile.points[1].signal = "flow"
    var scan = scan([profile], link)
    #expect(
      try scan.find(5)?.matches == [
        BusScan.Match(profile: "t/richer", isIdentified: false, points: 4, answered: 2)
      ])
    profile.points[2].signal = "power"
    var other = self.scan([profile], link)
    #expect(try other.find(5)?.matches == [])
  }

  @Test func whatTheUnitSaysOfItselfOutranksWhatItAnswers() throws {
    let link = link
    var scan = scan([Self.meter, Self.named], link)
    #expect(
      try scan.find(5)?.matches == [BusScan.Match(profile: "t/named", isIdentified: true, points: 2, answered: 2)])
    link.set(5, 10, [0x4D41, 0x4735])
    #expect(try scan.find(5)?.matches.map(\.profile) == ["t/meter"])
  }

  @Test func nothingIsEverWritten() throws {
    let link = link
    var scan = scan([Self.meter, Self.named, Fixture.danfoss, Fixture.abb], link)
    for unit in 1...10 { _ = try scan.find(unit) }
    #expect(link.writes.isEmpty)
  }
}
