import Testing

@testable import CoolingCore

/// How the votes for a leak are counted. Zone 0 watches the row, 1 rack 0, 2 coil 0.
struct LeakWatchTests {
  private var watch = LeakWatch()
  private var zones = PerLeakZone<Settings.LeakZone>(repeating: Settings.LeakZone())

  init() {
    zones[1].watches = .rack(0)
    zones[2].watches = .coil(0)
  }

  private mutating func step(_ said: Bool?..., isCorroborated: Bool = false, dt: Double = 1) {
    var leaks = PerLeakZone<Measurements.Leak>(repeating: Measurements.Leak())
    for (zone, isWet) in said.enumerated() {
      leaks[zone].alarm = isWet.map { Reading(Flag(isSet: $0), .good) } ?? Reading(nil, .bad(.communication))
    }
    watch.step(leaks.span, zones.span, count: said.count, isCorroborated: isCorroborated, dt: dt)
  }

  private var votes: [UInt8] { [watch.row.votes, watch.racks[0].votes, watch.coils[0].votes] }

  // SAF-012
  @Test mutating func wetDetectorHasOneVoteAndLossOfCoolantAddsOneToIt() {
    step(true, true, true)
    #expect(votes == [1, 1, 1])
    step(true, false, false, isCorroborated: true)
    #expect(votes == [2, 0, 0] && watch.row.condition.isMet && watch.row.condition.limit == 2)
    step(false, true, true, isCorroborated: true)
    #expect(votes == [0, 2, 2])
    step(false, false, false, isCorroborated: true)
    #expect(votes == [0, 0, 0])
  }

  // SAF-012
  @Test(arguments: [1, 2])
  mutating func partThatLeaksExplainsWhatTheRowLosesForAQuarterOfAnHour(zone: Int) {
    step(false, zone == 1, zone == 2, isCorroborated: true)
    step(true, false, false, isCorroborated: true, dt: 899)
    #expect(votes == [1, 0, 0])
    step(true, false, false, isCorroborated: true)
    #expect(votes == [2, 0, 0])
  }

  // SAF-037
  @Test mutating func criticalDetectorHasTwoVotesForItsRackAndOneForTheRow() {
    for zone in 0..<3 { zones[zone].isCritical = true }
    step(true, true, true)
    #expect(votes == [1, 2, 2])
  }

  // SAF-037
  @Test mutating func detectorThatDriesStartsAnewAndOneThatFallsSilentDoesNot() {
    step(false, true, false, dt: 400)
    step(false, false, false)
    step(false, true, false, dt: 400)
    #expect(votes == [0, 1, 0])
    step(false, nil, false)
    step(false, true, false, dt: 201)
    #expect(votes == [0, 2, 0])
  }

  // SAF-051
  @Test mutating func silentDetectorLeavesOpenWhetherItsPlaceIsDry() {
    step(false, nil, false)
    #expect(watch.row.condition.isKnown && !watch.racks[0].condition.isKnown && watch.coils[0].condition.isKnown)
  }
}
