import FlightRecorder
import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// Programs of other people, written without ours in mind, understand both sides.
  @Suite struct OutsideClients {
    @Test func varlinkClientFromPythonIntrospectsAndReadsAndStreams() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let address = "unix:\(rig.client.path)"
      #expect(try varlink(["info", address], rig).contains("org.irhx.Row"))
      let definition = try varlink(["help", "\(address)/org.irhx.Row"], rig)
      #expect(definition.contains("method WatchState(interval_ms: ?int) -> (state: RowState)"))
      let state = try varlink(["call", "\(address)/org.irhx.Row.GetState"], rig)
      #expect(state.contains("\"mode\": \"auto\"") && state.contains("\"row\": \"demo\""))

      let python = try Self.python()
      let watch = try Program(
        python, ["-u", "-m", "varlink.cli", "call", "-m", "\(address)/org.irhx.Row.WatchState", "{}"], in: rig.folder)
      try wait("three states; it said: \(watch.errors)") { cycles(watch.output).count >= 3 }
      let counted = cycles(watch.output)
      #expect(counted == counted.sorted() && Set(counted).count == counted.count, "\(counted)")
    }

    /// Each state has two: its own, and the one of the loop's health, which is the same.
    private func cycles(_ text: String) -> [Int] {
      let numbers = text.split(separator: "\n").filter { $0.contains("\"cycle\":") }
        .compactMap { Int($0.filter(\.isNumber)) }
      return stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] }
    }

    private func varlink(_ arguments: [String], _ rig: Rig) throws -> String {
      let client = try Program(Self.python(), ["-m", "varlink.cli"] + arguments, in: rig.folder)
      guard try client.end() == 0 else {
        let hint = client.errors.contains("No module named") ? ": pip install varlink" : ""
        throw RigFailure("python3 -m varlink.cli failed\(hint); it said: \(client.errors)")
      }
      return client.output
    }

    private static func python() throws -> String {
      try Program.outside("python3", package: "Debian package python3, and 'varlink' from PyPI")
    }

    /// Several groups, dictionaries of one value and of some, columns without one and without anything.
    @Test func arrowReadsATableOfOursValueByValue() throws {
      var bytes: [UInt8] = []
      var table = try ParquetTable(["few", "many", "same", "none"], properties: [("row", "demo")]) { bytes += $0 }
      for row in 0..<9000 {
        let few = row % 5 == 0 ? nil : Double(row % 7)
        try table.append(
          timeMs: 1_700_000_000_000 + Int64(row) * 100, cycle: UInt64(row), mode: row < 10 ? "starting" : "auto",
          [few, Double(row) / 3, 40, nil])
      }
      try table.finish()
      let rig = try Rig()
      try Data(bytes).write(to: URL(filePath: rig.path("table.parquet")))
      let said = try arrow(
        """
        t = q.read_table('table.parquet').to_pydict()
        assert list(t) == ['time', 'cycle', 'mode', 'few', 'many', 'same', 'none'], list(t)
        n = range(9000)
        assert [v.timestamp() for v in t['time']] == [1_700_000_000 + i / 10 for i in n]
        assert t['cycle'] == list(n) and t['mode'] == ['starting' if i < 10 else 'auto' for i in n]
        assert t['few'] == [None if i % 5 == 0 else i % 7 for i in n] and t['many'] == [i / 3 for i in n]
        assert t['same'] == [40] * 9000 and t['none'] == [None] * 9000
        assert q.read_schema('table.parquet').metadata[b'row'] == b'demo'
        """, rig)
      #expect(said == "read")
    }

    @Test func arrowReadsTheRecordingAsItsCSVSays() throws {
      let rig = try Rig()
      try rig.startToAuto()
      _ = try rig.eventually("cycles are recorded") { $0.recorder.entries > 30 }
      rig.daemon?.send(SIGTERM)
      _ = try rig.daemon?.end()
      for (form, file) in [("--csv", "all.csv"), ("--parquet", "all.parquet")] {
        let program = try Program.built(
          "irhxctl", ["record", "export", form, "--from", "state/recorder", "-o", file], in: rig.folder)
        #expect(try program.end() == 0, "\(program.errors)")
      }
      let said = try arrow(
        """
        import csv
        rows = list(csv.reader(open('all.csv')))
        t = q.read_table('all.parquet')
        assert rows[0] == t.column_names and len(rows) > 30
        number = lambda text: float(text) if text else None
        for i, name in enumerate(rows[0][1:], 1):
            as_text = name == 'mode'
            assert t[name].to_pylist() == [r[i] if as_text else number(r[i]) for r in rows[1:]], name
        """, rig)
      #expect(said == "read")
    }

    private func arrow(_ script: String, _ rig: Rig) throws -> String {
      let client = try Program(
        Self.python(), ["-c", "import pyarrow.parquet as q\n\(script)\nprint('read', end='')"], in: rig.folder)
      guard try client.end() == 0 else { throw RigFailure("pyarrow, from PyPI: \(client.errors)") }
      return client.output
    }

    @Test func mbpollReadsWhatTheSimulatedPlantDoes() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let truth = try rig.truth()
      // Danfoss, main actual value: 16384 is 100 %.
      let speed = try mbpoll(rig, bus: "pumps", unit: 1, type: "4", address: 50209) * 100 / 16384
      #expect(abs(speed - truth.pumps[0].speedPercent) < 5, "\(speed) against \(truth.pumps[0].speedPercent)")
      // SITRANS: m³/s, words swapped.
      let flow = try mbpoll(rig, bus: "distribution", unit: 20, type: "4:float", address: 3002) * 60_000
      #expect(abs(flow - truth.rowFlowLpm) < 0.05 * truth.rowFlowLpm, "\(flow) against \(truth.rowFlowLpm)")
      // ioLogik: tenths of a degree.
      let supply = try mbpoll(rig, bus: "instruments", unit: 1, type: "3", address: 0x600) / 10
      #expect(abs(supply - truth.supplyTemperatureC) < 1, "\(supply) against \(truth.supplyTemperatureC)")
    }

    /// One value as mbpoll prints it: `[3002]: <tab> 0.0119`.
    private func mbpoll(_ rig: Rig, bus: String, unit: Int, type: String, address: Int) throws -> Double {
      let path = try Program.outside("mbpoll", package: "Debian package mbpoll")
      let poll = try Program(
        path,
        [
          "-0", "-1", "-m", "tcp", "-p", "\(rig.port(ofBus: bus))", "-a", "\(unit)", "-t", type, "-r", "\(address)",
          "127.0.0.1",
        ], in: rig.folder)
      #expect(try poll.end() == 0, "\(poll.errors)")
      let line = poll.output.split(separator: "\n").first { $0.hasPrefix("[\(address)]") }
      let word = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
      guard let value = word.flatMap({ Double($0) }) else { throw RigFailure("mbpoll said: \(poll.output)") }
      return value
    }
  }
}
