import Testing

@testable import CoolingCore

/// What the control narrative says of every cause, typed here once more: the other tests wait as long as the table says
/// and so cannot see that it says something else.
struct CauseTableTests {
  struct Line: Equatable {
    var cause: Cause
    var priority: Priority
    var onDelayS: Double
    var offDelayS: Double
    var effect: Effect
    var latches: Bool
    var votes: String

    init(
      _ cause: Cause, _ priority: Priority, _ onDelayS: Double, _ offDelayS: Double, _ effect: Effect,
      latches: Bool = false, votes: String = "1oo1"
    ) {
      self.cause = cause
      self.priority = priority
      self.onDelayS = onDelayS
      self.offDelayS = offDelayS
      self.effect = effect
      self.latches = latches
      self.votes = votes
    }
  }

  static let narrative: [Line] = [
    Line(.flowLoss, .critical, 2, 30, .maximumCooling),
    Line(.supplyHighHigh, .critical, 3, 30, .maximumCooling),
    Line(.supplyHigh, .high, 20, 20, .alarmOnly),
    Line(.supplyLow, .low, 60, 60, .alarmOnly),
    Line(.supplyNearDewPoint, .high, 30, 30, .alarmOnly),
    Line(.returnHighHigh, .critical, 3, 30, .maximumCooling),
    Line(.supplyTemperatureLost, .high, 0, 10, .safeRejection),
    Line(.hydraulicsLost, .high, 0, 10, .safePumps),
    Line(.manifoldDpLow, .high, 30, 10, .alarmOnly),
    Line(.manifoldDpHigh, .high, 20, 30, .openRackValves),
    Line(.overPressure, .high, 2, 30, .alarmOnly),
    Line(.levelLow, .medium, 10, 30, .alarmOnly),
    Line(.levelLowLow, .high, 5, 30, .alarmOnly),
    Line(.levelFalling, .medium, 0, 600, .alarmOnly),
    Line(.suctionLost, .critical, 3, 10, .stopPumps, latches: true, votes: "2oo3"),
    Line(.pumpCavitation, .high, 10, 30, .alarmOnly, votes: "2oo2"),
    Line(.coolingLost, .critical, 3, 30, .withdrawPermits, latches: true, votes: "2 of 4"),
    Line(.leakConfirmed, .critical, 3, 10, .isolateRow, latches: true, votes: "2 of n"),
    Line(.isolationRefused, .critical, 0, 0, .alarmOnly),
    Line(.filterClogged, .low, 60, 60, .alarmOnly),
    Line(.coilFouling, .low, 1800, 1800, .alarmOnly),
    Line(.modelDivergence, .low, 600, 600, .alarmOnly),
    Line(.dewPointLost, .low, 10, 10, .alarmOnly),
    Line(.pumpRedundancyLost, .medium, 6, 10, .alarmOnly),
    Line(.fansFailed, .high, 0, 10, .safeRejection, votes: "2 of n"),
    Line(.facilityValveDeviation, .medium, 90, 10, .alarmOnly),
    Line(.facilityOutputRefused, .medium, 10, 60, .alarmOnly),
    Line(.controllerOverrun, .medium, 10, 60, .alarmOnly),
    Line(.sensorRedundancyLost, .low, 30, 30, .alarmOnly),
    Line(.protectionDegraded, .medium, 10, 10, .alarmOnly),
    Line(.startIncomplete, .high, 5, 5, .alarmOnly),
    Line(.emergencyStop, .critical, 0, 10, .stopPumps, latches: true),
    Line(.permissiveLost, .high, 10, 10, .shutDown),
    Line(.pumpFault, .high, 0, 0, .excludePump),
    Line(.pumpNotRunning, .high, 5, 0, .excludePump, latches: true),
    Line(.pumpSilent, .medium, 0, 5, .excludePump),
    Line(.pumpNotRemote, .low, 5, 5, .excludePump),
    Line(.pumpSpeedDeviation, .medium, 30, 10, .alarmOnly),
    Line(.pumpOutputRefused, .medium, 10, 60, .alarmOnly),
    Line(.chipHigh, .critical, 3, 30, .maximumCooling),
    Line(.chipHighHigh, .critical, 2, 30, .withdrawPermit, latches: true),
    Line(.rackFlowLow, .medium, 60, 30, .openRackValve),
    Line(.rackFlowLost, .medium, 0, 10, .openRackValve),
    Line(.rackPowerLost, .low, 10, 10, .alarmOnly),
    Line(.rackValveDeviation, .medium, 90, 10, .alarmOnly),
    Line(.rackOutputRefused, .medium, 10, 60, .alarmOnly),
    Line(.rackLeak, .critical, 3, 10, .isolateRack, latches: true, votes: "2 of n"),
    Line(.rackIgnoresPermit, .critical, 15, 10, .alarmOnly),
    Line(.fanFault, .medium, 20, 10, .alarmOnly),
    Line(.fanSilent, .low, 5, 5, .alarmOnly),
    Line(.fanOutputRefused, .low, 10, 60, .alarmOnly),
    Line(.coilValveDeviation, .medium, 90, 10, .alarmOnly),
    Line(.coilLeak, .critical, 3, 10, .isolateCoil, latches: true, votes: "2 of n"),
    Line(.leakDetected, .critical, 2, 10, .alarmOnly),
    Line(.leakDetectorFault, .low, 10, 10, .alarmOnly),
    Line(.busLost, .high, 2, 5, .alarmOnly),
  ]

  // SAF-001
  @Test func theTableSaysWhatTheNarrativeSays() {
    #expect(Self.narrative.count == Cause.count)
    for (raw, line) in Self.narrative.enumerated() {
      #expect(Int(line.cause.rawValue) == raw)
      let said = CauseAndEffect.definition(of: line.cause)
      #expect(
        Line(
          line.cause, said.priority, said.onDelayS, said.offDelayS, said.effect, latches: said.latches,
          votes: "\(said.votes)") == line)
    }
  }
}
