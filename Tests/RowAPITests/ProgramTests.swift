import Testing

@testable import RowAPI

/// `irhxctl` as a person or a script meets it: its text, its JSON, its exit status.
@Suite struct ProgramTests {
  private func irhxctl(_ arguments: String..., on rig: Rig) throws -> Program {
    try Program.ours("irhxctl", arguments, environment: ["IRHX_SOCKET": rig.path])
  }

  @Test func statusFitsEightyColumnsAndSaysWhatMatters() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let status = try irhxctl("status", on: rig)
      #expect(status.status == 0)
      #expect(status.output == Self.screen)
      #expect(status.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
  }

  @Test func watchInAPipePrintsOneLineAState() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let watch = try irhxctl("watch", "--count", "1", on: rig)
      #expect(watch.status == 0)
      #expect(
        watch.output == """
          12:34:56 auto  supply 25.1 °C  setpoint 25.0 °C  flow 806.4 L/min  dp 85.0 kPa  heat 548.3 kW  pumps 2/3  \
          alarms 2

          """)
    }
  }

  @Test func watchOnATerminalRedrawsInPlaceAndGivesTheCursorBack() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let plain = try watchOnATerminal(["NO_COLOR": "1"], rig)
      #expect(plain.hasPrefix("\u{1B}[?25l\u{1B}[H\u{1B}[J\u{1B}[Hrow1  AUTO "))
      #expect(plain.hasSuffix("\u{1B}[J\u{1B}[?25h"))
      let coloured = try watchOnATerminal(["NO_COLOR": ""], rig)
      #expect(coloured.contains("row1  \u{1B}[32mAUTO\u{1B}[0m "))
    }
  }

  /// `script` gives the program a terminal and copies what it writes there.
  private func watchOnATerminal(_ environment: [String: String], _ rig: Rig) throws -> String {
    let command = "\(try Program.path(ofOurs: "irhxctl")) watch --count 1 --socket \(rig.path)"
    return try Program.run(
      "script", ["-qec", command, "/dev/null"], package: "bsdutils (apt)", environment: environment
    ).output
  }

  @Test func watchUntilEndsWellInThatModeAndIllInAnother() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let reached = try irhxctl("watch", "--until", "auto", "--timeout", "60s", on: rig)
      #expect(reached.status == 0)
      let other = try irhxctl("watch", "--until", "tripped", "--count", "1", on: rig)
      #expect(other.status == 1)
      #expect(other.errors == "irhxctl: the row has not reached tripped\n")
    }
  }

  @Test(arguments: [true, false]) func watchUntilIsLateWhenNoMoreStatesCome(isAnyPublished: Bool) throws {
    try withRig { rig in
      if isAnyPublished { rig.server.publish(Sample.state()) }
      let late = try irhxctl("watch", "--until", "tripped", "--timeout", "0.2s", on: rig)
      #expect(late.status == 1)
      #expect(late.errors == "irhxctl: the row has not reached tripped\n")
    }
  }

  @Test func jsonIsTheWireState() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let text = try irhxctl("status", "--json", on: rig).output
      #expect(text == String(decoding: try VarlinkFrame.encode(Sample.state()), as: UTF8.self) + "\n")
    }
  }

  @Test func commandsArriveAsTheyWereGiven() throws {
    let handler = Recorder { command in
      switch command {
      case .acknowledgeAlarm: .success(.acknowledged(2))
      case .explain: .success(.explanation(Sample.explanation))
      default: .success(.done)
      }
    }
    try withRig(handler: handler) { rig in
      let acknowledged = try irhxctl("ack", "--all", on: rig)
      #expect(acknowledged.output == "2 alarms acknowledged\n")
      #expect(try irhxctl("mode", "shutdown", on: rig).status == 0)
      #expect(try irhxctl("setpoint", "supply_c", "23.5", on: rig).status == 0)
      #expect(
        try irhxctl("override", "fan.1", "70", "--for", "10m", "--reason", "noise", on: rig).output
          == "fan.1 held at 70.0 for 10m\n")
      #expect(try irhxctl("release", "fan.1", on: rig).status == 0)
      let shelved = try irhxctl("shelve", "PUMP_FAULT", "--subject", "pump.2", "--for", "2h", "--reason", "r", on: rig)
      #expect(shelved.output == "PUMP_FAULT pump.2 shelved for 2h\n")
      #expect(try irhxctl("unshelve", "PUMP_FAULT", on: rig).output == "PUMP_FAULT is shown again\n")
      #expect(try irhxctl("out-of-service", "A", "--reason", "r", on: rig).output == "A is out of service\n")
      #expect(try irhxctl("into-service", "A", "--reason", "r", on: rig).output == "A is in service\n")
      #expect(try irhxctl("reset", on: rig).output == "reset\n")
      #expect(
        try irhxctl("reset", "RACK_LEAK", "--subject", "rack.2", on: rig).output == "RACK_LEAK rack.2 reset\n")
      let bypassed = try irhxctl(
        "bypass", "PUMP_SILENT", "--subject", "pump.2", "--for", "30m", "--reason", "r", on: rig)
      #expect(bypassed.output == "PUMP_SILENT pump.2 bypassed for 30m\n")
      #expect(try irhxctl("unbypass", "FAN_SILENT", "--subject", "fan.1", on: rig).status == 0)
      #expect(try irhxctl("pumps", "change-over", on: rig).output == "the pumps change over\n")
      #expect(
        try irhxctl("control", "mode", "pid+optimiser", on: rig).output == "control mode pid+optimiser accepted\n")
      #expect(try irhxctl("control", "shadow", "none", on: rig).output == "shadow none accepted\n")
      #expect(
        try irhxctl("explain", "pump.1", on: rig).output == """
          pump.1 (SC-101): 62.4 %, reads back 62.1 %
          decided by override, for another 583 s: overridden by an operator
            held by ada: bearing check
            because the operator holds it
            because control would demand 58.0 %

          """)
      #expect(
        handler.commands == [
          .acknowledgeAlarm(id: nil, subject: nil), .setMode(.shutdown), .setSetpoint(name: "supply_c", value: 23.5),
          .override(actuator: "fan.1", value: 70, leaseS: 600, reason: "noise"),
          .release(actuator: "fan.1"), .shelve(id: "PUMP_FAULT", subject: "pump.2", minutes: 120, reason: "r"),
          .unshelve(id: "PUMP_FAULT", subject: nil),
          .setOutOfService(id: "A", subject: nil, isOut: true, reason: "r"),
          .setOutOfService(id: "A", subject: nil, isOut: false, reason: "r"), .resetTrip(),
          .resetTrip(id: "RACK_LEAK", subject: "rack.2"),
          .bypass(id: "PUMP_SILENT", subject: "pump.2", leaseS: 1800, reason: "r"),
          .endBypass(id: "FAN_SILENT", subject: "fan.1"), .changeOver,
          .setControl(mode: "pid+optimiser", shadow: nil), .setControl(mode: nil, shadow: "none"),
          .explain(actuator: "pump.1"),
        ])
    }
  }

  @Test func aDeviceIsShownPointByPointWithWhatMayBeWritten() throws {
    let handler = Recorder { command in
      switch command {
      case .devices: .success(.devices([Sample.report.device]))
      case .probe("P1-drive", nil): .success(.probed(Sample.report))
      case .probe("P1-drive", let point?):
        .success(
          .probed(
            DeviceReport(
              device: Sample.report.device, points: Sample.report.points.filter { $0.name == point }, commands: [])))
      case .setPoint: .success(.written(Sample.written))
      default: .failure(.unknownName("P9-drive", nearest: "P1-drive"))
      }
    }
    try withRig(handler: handler) { rig in
      #expect(
        try irhxctl("probe", "P1-drive", on: rig).output == """
          P1-drive (P-101): variable frequency drive, profile danfoss/vlt-fc, cabinet unit 1
          says that it is Danfoss A/S, FC-202, V4.20
          POINT                VALUE  UNIT  OUTCOME    RAW                     AGE  FEEDS
          speed               62.500  %     good       0x2800                12 ms  pump.1.speed
          model               FC-202        good       0x4643                15 ms
          hours                    –  h     exception  –                         –
          COMMAND
          speed_demand  pump.1.speed_demand drives it
          ramp          may be written with irhxctl point set

          """)
      #expect(
        try irhxctl("probe", on: rig).output == "P1-drive  danfoss/vlt-fc  cabinet unit 1            P-101  pump.1\n")
      #expect(try irhxctl("point", "get", "P1-drive.speed", on: rig).output == "62.500 % (raw 0x2800)\n")
      let missing = try irhxctl("point", "get", "P1-drive.hours", on: rig)
      #expect(missing.status == 1 && missing.output == "hours: no value (exception)\n")
      let set = try irhxctl("point", "set", "P1-drive.ramp", "20", "--reason", "slower", on: rig)
      #expect(set.status == 0 && set.output == "P1-drive.ramp: wrote 0x00C8 (20 %), reads back 20 %\n")
      #expect(
        handler.commands.last == .setPoint(device: "P1-drive", point: "ramp", value: 20, reason: "slower"))
      let unknown = try irhxctl("probe", "P9-drive", on: rig)
      #expect(unknown.status == 1)
      #expect(
        unknown.errors == """
          irhxctl: the devices of this row: P1-drive
          irhxctl: there is nothing named P9-drive; did you mean P1-drive?

          """)
      #expect(try irhxctl("point", "get", "P1-drive", on: rig).status == 64)
    }
  }

  @Test func aDeviceThatSaysSomethingElseThanItWasToldIsAFailure() throws {
    let handler = Recorder { _ in
      .success(.written(PointWrite(raw: "0x00C8", told: 20, accepted: 12.5, agrees: false, unit: "%")))
    }
    try withRig(handler: handler) { rig in
      let set = try irhxctl("point", "set", "P1-drive.ramp", "20", "--reason", "slower", on: rig)
      #expect(set.status == 1)
      #expect(set.output == "P1-drive.ramp: wrote 0x00C8 (20 %), but the device reads back 12.500 %\n")
    }
  }

  @Test func alarmsAreCounted() throws {
    try withRig { rig in
      rig.server.publish(Sample.state())
      let alarms = try irhxctl("alarms", on: rig)
      #expect(
        alarms.output.hasSuffix(
          """
          LOW      FILTER_CLOGGED                       shelved 25 min            10:00:00
                   the filter is clogged
                   → Change the filter.
          raised: 2 in 10 minutes, 9 in 24 hours, at most 4 in any 10 minutes
          chattering: RACK_FLOW_LOW rack.7

          """))
    }
  }

  /// 700 entries in a store that gives 500 at once at most.
  @Test func historyIsReadPageByPageAndShownInOrder() throws {
    let handler = Recorder { command in
      guard case .history(let request) = command else { return .failure(.notReady) }
      let newest = min(700, (request.before ?? 701) - 1)
      return .success(
        .history(
          stride(from: newest, to: max(0, newest - request.limit), by: -1).map { id in
            var entry = Sample.entry
            entry.id = id
            return entry
          }))
    }
    try withRig(handler: handler) { rig in
      let all = try irhxctl("history", "--json", "--limit", "2000", "--since", "2h", on: rig)
      let ids = all.output.split(separator: "\n").compactMap { $0.firstMatch(of: #/"id":(\d+)/#)?.output.1 }
      #expect(ids.map(String.init) == (1...700).map { "\($0)" })
      let two = try irhxctl("history", "--limit", "2", on: rig)
      let facts = "SUPPLY_HIGH row; 46.5 °C, limit 45.0 °C; by ada; coils fouled"
      let line = "2026-03-01 12:30:01  alarm_raised        \(facts)\n"
      #expect(two.output == line + line)
      let time = "2026-03-01T12:30:00Z"
      #expect(
        try irhxctl("history", "--since", time, "--until", time, "--cause", "A", "--subject", "b", on: rig).status == 0)
      let asked = HistoryRequest(
        sinceMs: 1_772_368_200_000, untilMs: 1_772_368_200_000, limit: 200, cause: "A", subject: "b")
      #expect(handler.commands.last == .history(asked))
    }
  }

  @Test func refusalExitsWithOneAndSaysWhy() throws {
    let handler = Recorder { _ in
      .failure(.outOfRange(name: "supply_c", value: 60, minimum: 15, maximum: 40, unit: "°C"))
    }
    try withRig(handler: handler) { rig in
      let refused = try irhxctl("setpoint", "supply_c", "60", on: rig)
      #expect(refused.status == 1)
      #expect(refused.errors == "irhxctl: supply_c: 60.0 is out of range, 15.0 to 40.0 °C\n")
    }
  }

  @Test func commandNotPermittedExitsWithSeventySeven() throws {
    try withRig(peer: Peer(uid: 1002, gid: 1002, pid: 1)) { rig in
      let refused = try irhxctl("reset", on: rig)
      #expect(refused.status == 77)
      #expect(refused.errors.contains("commands need user root"))
    }
  }

  @Test func absentDaemonExitsWithSixtyNine() throws {
    let rig = try Rig()
    rig.close()
    let absent = try irhxctl("status", on: rig)
    #expect(absent.status == 69)
    #expect(absent.errors.contains(rig.path))
  }

  @Test(arguments: [
    ["override", "fan.1", "70", "--for", "soon", "--reason", "r"],
    ["override", "fan.1", "70", "--for", "1m"], ["override", "fan.1", "70", "--for", "1m", "--reason", " "],
    ["history", "--since", "yesterday"], ["history", "--limit", "0"], ["mode", "sideways"],
    ["ack"], ["status", "extra"],
    ["status", "--socket", "/a", "--row", "b"],
  ])
  func wrongUsageExitsWithSixtyFour(arguments: [String]) throws {
    #expect(try Program.ours("irhxctl", arguments).status == 64)
  }

  @Test func completionsAreGenerated() throws {
    let script = try Program.ours("irhxctl", ["--generate-completion-script", "bash"])
    #expect(script.status == 0)
    #expect(script.output.contains("setpoint"))
  }

  private static let screen = """
    row1  AUTO                                               2026-03-01 12:34:56 UTC
      all permissives are met

    supply        25.1 °C     flow         806.4 L/min  heat         548.3 kW
    setpoint      25.0 °C     dP            85.0 kPa    pump power     4.2 kW
    return        35.4 °C     hottest       71.3 °C     fan power      7.9 kW
    dew point     13.1 °C
      setpoint raised from 24.0 °C for the dew point
      pid gives the setpoints; pid+optimiser would save 5.6 kW

    HIGH     PUMP_FAULT pump.3                    unacknowledged, first out 12:30:01
             P3: the drive of pump 3 has tripped and does not say it is ready
             → Read the fault on the drive's panel, mend its cause, reset the drive,
               and return it to Remote.
    MEDIUM   RACK_FLOW_LOW rack.7                 acknowledged              11:02:10
             rack 7 has no flow; 0.0 L/min, limit 40.0 L/min
             → Open the rack's valve when the leak is mended.

    no history is recorded: disk I/O error

    OVERRIDE           DEMAND   LEFT s   WHO AND WHY
    pump.1               62.4      583   ada: bearing check

    BYPASSED                           LEFT s   WHO AND WHY
    PUMP_SILENT pump.2                   1700   ada: drive is being replaced

    UNIT            STATE        L/min, target   °C, target   NOTE
    CDU-1           cooling          61.4/62.0    36.1/36.0   stopped by hand only

    PUMP            STATE         SPEED %   DEMAND %   NOTE
    pump-1          running          62.1       62.4   lead
    pump-2          running          62.0       62.4
    pump-3          stopped             –        0.0   FAULT, in Hand
      the loss of a pump would cost flow; a pump is being handed over

    RACK           POWER kW  FLOW L/min  WANTED  VALVE %  DEMAND  CHIP °C
    rack-01            62.5        91.0    93.5     55.3    56.0     61.3
    rack-02            65.0        92.0    94.5     55.3    56.0     62.3
    rack-03            67.5        93.0    95.5     55.3    56.0     63.3
    rack-04            70.0        94.0    96.5     55.3    56.0     64.3
    rack-05            72.5        95.0    97.5     55.3    56.0     65.3
    rack-06            75.0        96.0    98.5     55.3    56.0     66.3
    rack-07               –         0.0    99.5      0.0     0.0        – ISOLATED
    rack-08            80.0        98.0   100.5     55.3    56.0     68.3

    FAN, speed/demand %
    fan-1         48/48        fan-2         48/48        fan-3         48/48
    fan-4          –/48 FAULT  fan-5         48/48        fan-6         48/48

    DEVICES THAT ARE NOT AS THEIR PROFILES WANT THEM
    P2-drive loss_timeout: 30.0, should be 1.0 to 5.0

    INSTRUMENT                STATUS                REASON
    rack.7.power              failure               no answer for 5 s

    """
}
