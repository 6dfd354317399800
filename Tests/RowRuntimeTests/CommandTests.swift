import CoolingCore
import RowAPI
import Testing

@testable import RowRuntime

@Suite struct CommandTests {
  @Test func nothingIsTakenBeforeThePlantIsKnown() throws {
    let bench = try Bench()
    #expect(bench.apply(.resetTrip()) == .failure(.notReady))
    bench.run()
    #expect(bench.apply(.setSetpoint(name: "supply_c", value: 38)) == .success(.done))
    #expect(bench.loop.core.supplySetpoint.celsius == 38)
  }

  @Test func limitsOfASetpointAreTheSiteFiles() throws {
    let bench = try Bench()
    bench.run()
    let supply = bench.loaded.site.supply
    let (low, high) = (supply.setpointMinC, supply.setpointMaxC)
    for value in [low, high] { #expect(bench.apply(.setSetpoint(name: "supply_c", value: value)) == .success(.done)) }
    for value in [low - 0.1, high + 0.1, .nan] {
      let answer = bench.apply(.setSetpoint(name: "supply_c", value: value))
      guard case .failure(.outOfRange(_, _, low, high, "°C")) = answer else {
        Issue.record("\(value) was taken")
        continue
      }
    }
    #expect(
      bench.apply(.setSetpoint(name: "dp_kpa", value: 161))
        == .failure(.outOfRange(name: "dp_kpa", value: 161, minimum: 40, maximum: 160, unit: "kPa")))
    #expect(
      bench.apply(.setSetpoint(name: "suply_c", value: 40))
        == .failure(.unknownName("suply_c", nearest: "supply_c")))
  }

  @Test func outOfRangeLeaseIsNamedAndNotTheValue() throws {
    let bench = try Bench()
    bench.run()
    for lease in [0, -1, 28801, Double.nan] {
      guard
        case .failure(.outOfRange("lease_s", _, 1, 28800, "s")) = bench.apply(
          .override(actuator: "fan.1", value: 50, leaseS: lease, reason: "test"))
      else {
        Issue.record("\(lease) s was taken or called otherwise")
        continue
      }
    }
    #expect(
      bench.apply(.override(actuator: "fan.1", value: 100.5, leaseS: 60, reason: "test"))
        == .failure(.outOfRange(name: "fan.1", value: 100.5, minimum: 0, maximum: 100, unit: "%")))
  }

  @Test(arguments: Bench.shippedSites) func everyActuatorIsFoundByItsName(_ file: String) throws {
    let translator = try Bench(file).translator
    for actuator in RoleMap.actuators(of: translator.settings) {
      #expect(try translator.actuator(translator.roles.name(of: actuator)) == actuator)
    }
  }

  @Test func actuatorThatThisRowLacksIsUnknown() throws {
    let bench = try Bench()
    bench.run()
    #expect(bench.apply(.release(actuator: "pump.4")) == .failure(.unknownName("pump.4", nearest: "pump.1")))
    #expect(bench.apply(.release(actuator: "")) == .failure(.unknownName("", nearest: nil)))
  }

  @Test func modesThatAreReachedByEvidenceCannotBeCommanded() throws {
    let bench = try Bench()
    bench.run()
    for mode in [Mode.starting, .tripped] {
      guard case .failure(.refused) = bench.apply(.setMode(mode)) else {
        Issue.record("\(mode) was taken")
        continue
      }
    }
    #expect(bench.apply(.setMode(.manual)) == .success(.done))
    bench.run()
    #expect(bench.report.state.mode == .manual)
  }

  @Test func alarmIsAcknowledgedByIdAndSubject() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    for pump in ["pump.1", "pump.2"] { bench.field.values["\(pump).fault"] = 1 }
    bench.run(cycles: 2)
    #expect(bench.apply(.acknowledgeAlarm(id: "PUMP_FAULT", subject: "pump.3")) == .success(.acknowledged(0)))
    #expect(bench.apply(.acknowledgeAlarm(id: "PUMP_FAULT", subject: "pump.2")) == .success(.acknowledged(1)))
    #expect(bench.apply(.acknowledgeAlarm(id: "PUMP_FAULT", subject: nil)) == .success(.acknowledged(1)))
    #expect(
      bench.apply(.acknowledgeAlarm(id: "PUMP_FAULTS", subject: nil))
        == .failure(.unknownName("PUMP_FAULTS", nearest: "PUMP_FAULT")))
  }

  @Test func shelvedAlarmIsHiddenAndLaterShownAgain() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    bench.field.values["pump.1.fault"] = 1
    bench.run(cycles: 2)
    func alarm() -> Alarm? { bench.report.state.alarms.first { $0.id == "PUMP_FAULT" } }
    func shelve(_ subject: String?, _ minutes: Double) -> Result<RowReply, RowError>? {
      bench.apply(.shelve(id: "PUMP_FAULT", subject: subject, minutes: minutes, reason: "known"))
    }
    #expect(alarm()?.state == .unacknowledged && alarm()?.shelfRemainingS == nil)
    #expect(shelve("pump.1", 0.1) == .success(.done))
    #expect(alarm()?.state == .shelved && alarm()?.shelfRemainingS == 6)
    bench.run(cycles: 7)
    #expect(alarm()?.state == .unacknowledged)
    #expect(shelve("pump.1", 1) == .success(.done))
    let unshelve = RowCommand.unshelve(id: "PUMP_FAULT", subject: "pump.1")
    #expect(bench.apply(unshelve) == .success(.done))
    #expect(alarm()?.state == .unacknowledged)
    #expect(bench.apply(unshelve) == .failure(.refused(reason: "it is not shelved")))
    guard case .failure(.outOfRange("minutes", 1e4, _, _, "min")) = shelve("pump.1", 1e4) else {
      Issue.record("a week was taken")
      return
    }
  }

  @Test func alarmOutOfServiceIsListedAsThatUntilItIsPutBack() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    func put(_ isOut: Bool) -> Result<RowReply, RowError>? {
      bench.apply(.setOutOfService(id: "FAN_FAULT", subject: "fan.2", isOut: isOut, reason: "fan removed"))
    }
    func alarms() -> [AlarmState] { bench.report.state.alarms.filter { $0.subject == "fan.2" }.map(\.state) }
    #expect(put(true) == .success(.done))
    #expect(alarms() == [.outOfService])
    #expect(put(false) == .success(.done))
    #expect(alarms() == [])
  }

  @Test func alarmThatThisRowLacksIsUnknown() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    func unshelve(_ id: String, _ subject: String?) -> Result<RowReply, RowError>? {
      bench.apply(.unshelve(id: id, subject: subject))
    }
    #expect(unshelve("PUMP_FAULTS", nil) == .failure(.unknownName("PUMP_FAULTS", nearest: "PUMP_FAULT")))
    guard case .failure(.unknownName("PUMP_FAULT pump.9", let nearest?)) = unshelve("PUMP_FAULT", "pump.9") else {
      Issue.record("pump.9 is known")
      return
    }
    #expect(nearest.hasPrefix("PUMP_FAULT pump."))
    guard case .failure(.unknownName) = unshelve("PUMP_FAULT", nil) else {
      Issue.record("one pump's alarm was taken for all")
      return
    }
  }

  @Test func whatACommandCausesIsNotLostToTheNextCycle() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    let mailbox = SnapshotMailbox()
    _ = bench.apply(.override(actuator: "fan.1", value: 50, leaseS: 60, reason: "test"))
    _ = bench.apply(.release(actuator: "fan.1"))
    for _ in 0..<2 {
      bench.run()
      mailbox.put(bench.snapshot)
    }
    let kinds = try #require(mailbox.take()).events.map(\.event.kind)
    #expect(kinds.filter { $0 == .overrideTaken || $0 == .overrideReleased } == [.overrideTaken, .overrideReleased])
  }

  @Test func floodOfCommandsIsRefusedAndNotQueued() throws {
    let desk = try CommandDesk(history: .absent, devices: .unheard())
    let answers = Counter()
    for _ in 0..<(CommandDesk.capacity + 5) {
      desk.submit(.resetTrip(), from: Peer(uid: 0, gid: 0, pid: 1)) { _ in answers.add() }
    }
    #expect(answers.count == 5)
    #expect(desk.take()?.count == CommandDesk.capacity)
    #expect(desk.take() == nil)
  }

  @Test func floodOfRefusalsLeavesRoomForCommands() throws {
    let desk = try CommandDesk(history: .absent, devices: .unheard())
    for _ in 0..<(CommandDesk.capacity + 5) {
      desk.noteRefusal(.resetTrip(), from: Peer(uid: 7, gid: 7, pid: 1), reason: "no")
    }
    desk.submit(.resetTrip(), from: Peer(uid: 0, gid: 0, pid: 1)) { _ in }
    let taken = desk.take() ?? []
    #expect(taken.map(\.refusal) == [nil] + Array(repeating: "no", count: CommandDesk.capacity))
    #expect(desk.take() == nil)
  }

  @Test func refusedCommandIsAnsweredForTheJournalAndNotApplied() throws {
    let bench = try Bench()
    bench.run()
    let before = bench.loop.core.supplySetpoint.celsius
    let desk = try CommandDesk(history: .absent, devices: .unheard())
    desk.noteRefusal(.setSetpoint(name: "supply_c", value: 38), from: Peer(uid: 7, gid: 7, pid: 1), reason: "no")
    let answered = try #require(desk.take()?.map { bench.translator.answer($0, from: bench.loop) })
    #expect(answered.map(\.result) == [.failure(.notPermitted(reason: "no"))])
    #expect(answered.first?.pending.peer.uid == 7)
    #expect(bench.loop.core.supplySetpoint.celsius == before)
  }
}

extension Bench {
  func apply(_ command: RowCommand) -> Result<RowReply, RowError>? { translator.apply(command, to: loop) }

  @Test func commandIsWrittenDownWithoutGaps() {
    let commands: [RowCommand] = [
      .resetTrip(), .acknowledgeAlarm(id: nil, subject: nil), .acknowledgeAlarm(id: "PUMP_FAULT", subject: "pump 1"),
      .shelve(id: "FLOW_LOSS", subject: nil, minutes: 30, reason: "known"), .probe(device: "P1", point: nil),
    ]
    #expect(
      commands.map(\.text) == [
        "reset all", "acknowledge all", "acknowledge PUMP_FAULT pump 1", "shelve FLOW_LOSS for 30 min: known",
        "probe P1",
      ])
  }
}
