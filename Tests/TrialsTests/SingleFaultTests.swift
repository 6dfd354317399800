import RowConfig
import RowTwin
import Testing
import Trials

/// Single faults at full load, one of each kind: the row stays safe by the plant's truth, says at most five alarms, and
/// comes back. The whole catalogue is tried by `irhx-trial hunt`.
@Suite struct SingleFaultTests {
  @Test(arguments: [
    "pump.1.trip", "pump.2.broken", "pump.3.local", "pump.1.worn=0.8", "rack.3.valve.stuck", "rack.4.blocked=0.7",
    "fan.2.fail", "coil.5.fouled=0.5", "filter.clogged=3", "hall.temperature=33", "hall.humidity=75", "leak.1.leak",
    "leak.2.broken", "supply.temperature.1.high", "supply.temperature.2.drift=-0.5", "manifold.dp.1.low",
    "manifold.dp.2.offset=30", "row.flow.stuck", "row.flow.low", "rack.5.flow.drift=5", "rack.6.flow.stuck",
    "rack.7.power.low", "reservoir.level.open", "return.pressure.open", "hall.dew_point.high",
    "device P1-drive dead", "device P3-drive exception", "device RTD-A garbage", "device AI-A slow", "bus coils dead",
    "bus instruments dead",
  ])
  func rowStaysSafe(fault: String) throws {
    let loaded = try SiteLoader.load(
      path: "\(Rows.folder)/config/row.demo.yaml", profileDirectories: ["\(Rows.folder)/config/profiles"])
    let report = try SingleFaultTrial.run(loaded, Fault(fault), loadPercent: 100)
    #expect(report.violations.isEmpty, "\(report)")
    #expect(report.isBack, "\(report)")
    let isOneDevice = !fault.hasPrefix("bus")
    #expect(!isOneDevice || report.alarms.count <= 5, "\(report)")
  }
}
