import CoolingCore
import FieldIO
import Foundation
import RowAPI
import Synchronization
import Testing

@testable import RowRuntime

/// Counts from any thread.
final class Counter: Sendable {
  private let total = Atomic<Int>(0)
  var count: Int { total.load(ordering: .relaxed) }
  func add() { total.add(1, ordering: .relaxed) }
}

extension StateReport {
  var state: RowState {
    let health = LoopHealth(
      cycle: 1, periodMs: 1000, overruns: 0, wakeupP50Us: 0, wakeupP99Us: 0, scanMs: 0, stepUs: 0, writeMs: 0,
      droppedStates: 0, clients: 0)
    let around = Surroundings(buses: [], health: health, alarmLoad: AlarmLoad(), history: HistoryState())
    return state(around, time: timestamp(), alarmTime: { timestamp(secondsAgo: $0) })
  }
}

@Suite struct StateReportTests {
  @Test(arguments: Bench.shippedSites, [0, 1, 30])
  func stateEncodesWhateverIsKnown(_ file: String, _ cycles: Int) throws {
    let bench = try Bench(file)
    bench.run(cycles: cycles)
    let state = bench.report.state
    // JSON has no infinity and no NaN: encoding throws where one slips in.
    let text = try JSONEncoder().encode(state)
    #expect(try JSONDecoder().decode(RowState.self, from: text) == state)
    #expect(state.racks.count == bench.loaded.site.racks.units.count)
    #expect(state.mode == (cycles == 0 ? .starting : .auto))
  }

  @Test func silentPlantIsReportedAsUnknownAndNotAsZero() throws {
    let bench = try Bench()
    for role in bench.field.values.keys { bench.field.values[role] = .some(nil) }
    bench.run(cycles: 10)
    let state = bench.report.state
    #expect(state.supplyC == nil && state.flowLpm == nil && state.chipHottestC == nil && state.pumpPowerKw == nil)
    #expect(state.signals.allSatisfy { $0.value == nil && $0.quality == .bad && $0.reason != nil })
    #expect(state.actuators.allSatisfy { $0.feedback == nil })
    _ = try JSONEncoder().encode(state)
  }

  @Test func mostUrgentAlarmComesFirst() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    bench.field.values["rack.1.chip_temperature"] = 60
    bench.field.values["return.temperature.1"] = 75
    bench.field.values["return.temperature.2"] = 75
    bench.field.values["return.temperature.3"] = 75
    bench.field.values["pump.1.fault"] = 1
    bench.field.values["pump.3.remote"] = 0
    bench.run(cycles: 40)
    let ranks = bench.report.state.alarms.map { AlarmPriority.allCases.firstIndex(of: $0.priority) ?? -1 }
    #expect(Set(ranks).count >= 3, "\(bench.report.state.alarms.map(\.id))")
    #expect(ranks == ranks.sorted(by: >))
    #expect(bench.report.state.alarms.first?.id == "RETURN_HIGH_HIGH")
    #expect(bench.report.state.alarms.first?.limit == 65)
  }

  @Test func alarmsNameTheirEquipmentAsTheSiteFileDoes() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    bench.field.values["pump.2.fault"] = 1
    bench.field.values["leak.3.alarm"] = 1
    bench.field.failingBuses = [1]
    bench.run(cycles: 6)
    let alarms = bench.report.state.alarms
    func equipment(_ id: String) -> String? { alarms.first { $0.id == id }?.equipment }
    #expect(equipment("PUMP_FAULT") == "P2")
    #expect(equipment("BUS_LOST") == bench.loop.site.buses[1].name)
    #expect(equipment("RACK_LEAK") == bench.loop.site.racks.units[0].name)
    #expect(equipment("LEAK_DETECTED") == bench.loop.site.racks.units[0].name)
  }

  @Test(arguments: Bench.shippedSites) func explanationsOfEveryActuatorCarryNumbers(_ file: String) throws {
    let bench = try Bench(file)
    bench.run(cycles: 10)
    for actuator in RoleMap.actuators(of: bench.loop.core.settings) {
      let explanation = Explainer(report: bench.report).explain(actuator)
      #expect(explanation.because.count >= 2, "\(explanation)")
      let evidence =
        if case .coilValve = actuator {
          /sent [0-9.]+ %, position [0-9.]+ %/
        } else {
          /setpoint -?[0-9.]+ .*: P -?[0-9.]+, I -?[0-9.]+/
        }
      #expect(explanation.because.contains { $0.contains(evidence) })
      #expect(explanation.actuator.role == bench.roles.name(of: actuator))
      #expect(explanation.actuator.reason == explanation.because.first)
    }
  }

  @Test func explanationOfAnOverrideNamesItsValueAndItsEnd() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    _ = bench.apply(.override(actuator: "rack.2.valve", value: 55, leaseS: 60, reason: "test"))
    bench.run(cycles: 10)
    let lines = Explainer(report: bench.report).explain(.rackValve(1)).because
    #expect(lines.first == "overridden by an operator")
    #expect(lines.last == "override 55 % for another 50 s")
  }

  /// CTL-083.
  @Test func explanationOfAPermitNamesWhatWithholdsItTheRacksOwnCauseFirst() throws {
    let bench = try Bench()
    func because(rack: Int) -> [String] { Explainer(report: bench.report).explainPermit(rack: rack).because }
    #expect(because(rack: 0) == ["permit withheld until the row is in auto; it is starting"])
    bench.run(cycles: 3)
    #expect(because(rack: 0) == ["the rack may draw power"])
    bench.field.values["leak.3.alarm"] = 1
    bench.run(cycles: 6)
    #expect(because(rack: 0) == ["permit withheld by RACK_LEAK rack.1"])
    #expect(Explainer(report: bench.report).explain(.rackValve(0)).because.contains(because(rack: 0)[0]))
    #expect(because(rack: 1) == ["the rack may draw power"])
    bench.field.values["row.emergency_stop"] = 1
    bench.run(cycles: 5)
    #expect(because(rack: 0) == ["permit withheld by RACK_LEAK rack.1, EMERGENCY_STOP"])
    #expect(because(rack: 1) == ["permit withheld by EMERGENCY_STOP"])
    #expect(bench.report.state.racks.allSatisfy { $0.permit == false })
  }

  // CTL-083
  @Test func explanationOfAPermitSaysThatARackWaitsForItsValve() throws {
    let bench = try Bench()
    bench.field.values["rack.1.power"] = 0
    bench.field.values["rack.1.valve.position"] = 20
    bench.run(cycles: 5)
    #expect(bench.report.core.mode == .auto)
    let lines = Explainer(report: bench.report).explainPermit(rack: 0).because
    #expect(lines == ["permit withheld until the rack's valve stands at 50 %; it stands at 20 %"])
  }
}

@Suite struct SnapshotMailboxTests {
  @Test func oldestStateIsLostAndCounted() throws {
    let bench = try Bench()
    let mailbox = SnapshotMailbox()
    #expect(mailbox.take() == nil)
    for _ in 0..<3 {
      bench.run()
      mailbox.put(bench.snapshot)
    }
    let delivery = try #require(mailbox.take())
    #expect(delivery.snapshot.core.cycle == 3)
    #expect(delivery.droppedStates == 2)
    #expect(mailbox.take() == nil)
  }

  @Test func eventsOfLostStatesAreKept() throws {
    let bench = try Bench()
    let mailbox = SnapshotMailbox()
    bench.run(cycles: 2)
    bench.field.values["pump.1.fault"] = 1
    for _ in 0..<3 {
      bench.run()
      mailbox.put(bench.snapshot)
    }
    let events = try #require(mailbox.take()).events.map(\.event)
    #expect(events.contains { $0.kind == .causeActivated && $0.instance?.cause == .pumpFault })
    #expect(events.contains { $0.kind == .pumpStarted })
  }

  @Test func eventsBeyondTheBoundAreCounted() throws {
    let bench = try Bench()
    let mailbox = SnapshotMailbox()
    bench.run()
    var given = 0
    while given < SnapshotMailbox.eventCapacity + 8 {
      for _ in 0..<8 {
        _ = bench.apply(.override(actuator: "fan.1", value: 50 + Double(given % 2), leaseS: 60, reason: "test"))
        given += 1
      }
      bench.run()
      mailbox.put(bench.snapshot)
    }
    let delivery = try #require(mailbox.take())
    #expect(delivery.events.count == SnapshotMailbox.eventCapacity && delivery.droppedEvents >= 8)
  }
}

@Suite struct NumberTests {
  @Test func percentilesAreTheUpperEdgeOfTheirBin() {
    var percentiles = Percentiles()
    #expect(percentiles.value(0.99) == 0)
    for value in 1...1000 { percentiles.add(Double(value)) }
    for (share, exact) in [(0.5, 500.0), (0.99, 990), (1, 1000)] {
      let value = percentiles.value(share)
      #expect(value >= exact && value <= exact * 1.08, "\(share): \(value)")
    }
  }

  @Test func percentilesTakeAnyValue() {
    var percentiles = Percentiles()
    for value in [-5, 0, .infinity, .nan, 1e300] { percentiles.add(value) }
    #expect(percentiles.value(0).isFinite && percentiles.value(1).isFinite)
  }

  private static let numbers: [(Double, String)] = [
    (0, "0"), (-0.001, "0"), (1, "1"), (1.5, "1.5"), (1.25, "1.25"), (0.05, "0.05"), (-0.05, "-0.05"), (99.995, "100"),
    (-12.345, "-12.35"), (1e14, "100000000000000.0"), (.infinity, "inf"), (.nan, "nan"),
  ]
  @Test(arguments: numbers) func numbersHaveTwoDecimalsAtMost(_ value: Double, _ text: String) {
    #expect(number(value) == text)
  }

  @Test func timesAreUTCWithMilliseconds() throws {
    let form = try Regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$")
    #expect(timestamp().contains(form) && timestamp(secondsAgo: 1e6).contains(form))
    #expect(timestamp(secondsAgo: 60) < timestamp())
  }
}

@Suite struct JournalTests {
  @Test func messageIdentifiersAreDistinctAndHexadecimal() {
    let identifiers = Journal.Message.allCases.map(\.rawValue)
    #expect(Set(identifiers).count == identifiers.count)
    #expect(identifiers.allSatisfy { $0.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
  }

  @Test func entryIsOneLineWhateverAClientWrote() {
    let line = Journal(row: "a").line(.notice, "Command", ["PEER_UID": "7", "COMMAND": "x\ny\u{1B}[2J\r\0"])
    #expect(line == "<5>irhxd[a]: Command peer_uid=7 command=x\u{FFFD}y\u{FFFD}[2J\u{FFFD}\u{FFFD}\n")
  }

  /// systemd.journal-fields(7): capitals, digits, underscores; 64 bytes at most with our prefix.
  @Test func everyFieldNameInTheCodeIsOneTheJournalTakes() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    var names: Set<String> = []
    for file in ["Publish/EventJournal", "Publish/Publisher", "Shell/Daemon", "Shell/Journal+State"] {
      let text = try String(contentsOf: sources.appending(path: "RowRuntime/\(file).swift"), encoding: .utf8)
      for match in text.matches(of: #/"(\w+)": /#) { names.insert(String(match.output.1)) }
    }
    #expect(names.count > 15, "\(names)")
    for name in names { #expect(name.wholeMatch(of: /[A-Z][A-Z0-9_]{0,57}/) != nil, "\(name)") }
  }
}
