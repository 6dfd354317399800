import Foundation
import Glibc
import RowConfig
import Testing

extension RigTests {
  /// Bad input gets a clear answer and the right exit status, and nothing is started.
  @Suite struct Refusals {
    private static func daemon(_ site: String, in folder: URL, _ more: [String] = []) throws -> (Int32, [String]) {
      let arguments = ["run", site, "--profiles", Rig.profiles, "--socket", "row.sock", "--normal-priority"] + more
      let daemon = try Program.built("irhxd", arguments, in: folder)
      let status = try daemon.end()
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "row.sock").path), "a socket was made")
      return (status, daemon.errorLines)
    }

    private static func folder(_ site: String? = nil) throws -> URL {
      let folder = FileManager.default.temporaryDirectory.appending(path: "irhx-rig-\(UUID().uuidString.prefix(8))")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      try site?.write(to: folder.appending(path: "row.yaml"), atomically: true, encoding: .utf8)
      return folder
    }

    @Test func missingSiteFileIsAConfigurationFault() throws {
      let folder = try Self.folder()
      defer { remove(folder) }
      let (status, lines) = try Self.daemon("row.yaml", in: folder)
      #expect(status == 78)
      #expect(lines.count == 2 && lines[0].hasPrefix("row.yaml: "), "\(lines)")
    }

    /// A folder stands for what cannot be read: root may read every file.
    @Test func unreadableSiteFileIsAConfigurationFault() throws {
      let folder = try Self.folder()
      defer { remove(folder) }
      let (status, lines) = try Self.daemon("/", in: folder)
      #expect(status == 78)
      #expect(lines.count == 2 && lines[0].hasPrefix("/: "), "\(lines)")
    }

    @Test func malformedSiteFileNamesLineAndColumn() throws {
      let folder = try Self.folder("irhx: 1\nrow: {name: [\n")
      defer { remove(folder) }
      let (status, lines) = try Self.daemon("row.yaml", in: folder)
      #expect(status == 78)
      #expect(try lines[0].contains(Regex("^row.yaml:[0-9]+:[0-9]+: not valid YAML")), "\(lines)")
    }

    @Test func everyFaultOfASiteFileIsListedInOneRun() throws {
      let site = try Rig.site([
        "  setpoint_c: 40": "  setpoint_c: 140",
        "pumps:\n": "pumps:\n  colour: blue\n",
        "bus: racks, unit: 3": "bus: rack, unit: 3",
        "level_low_low_percent: 20": "level_low_low_percent: 45",
      ])
      let folder = try Self.folder(site)
      defer { remove(folder) }
      let (status, lines) = try Self.daemon("row.yaml", in: folder)
      #expect(status == 78)
      for part in ["supply.setpoint_c: 140 is out of range", "pumps.colour: unknown key", "no bus named rack"] {
        #expect(lines.filter { $0.contains(part) && $0.hasPrefix("row.yaml:") }.count == 1, "\(part) in \(lines)")
      }
      #expect(lines.contains { $0.contains("limits.level_low") }, "the contradiction in \(lines)")
      #expect(lines.last?.hasSuffix("\(lines.count - 1) faults") == true)
      let check = try Program.built("irhxd", ["check", "row.yaml", "--profiles", Rig.profiles], in: folder)
      #expect(try check.end() == 78)
      #expect(check.errorLines == lines)
    }

    @Test func busThatCannotKeepThePeriodIsRefusedByCheckPlanAndStartInOneWording() throws {
      let site = try Rig.site([
        "name: distribution, tcp: {host: 127.0.0.1, port: 15023}": "name: distribution, serial: {path: x, baud: 2400}"
      ])
      let folder = try Self.folder(site)
      defer { remove(folder) }
      let check = try Program.built("irhxd", ["check", "row.yaml", "--profiles", Rig.profiles], in: folder)
      #expect(try check.end() == 78)
      let line = check.errorLines.last ?? ""
      #expect(line.hasPrefix("row.yaml: bus distribution needs ") && line.contains(" ms too much: "), "\(line)")
      let plan = try Program.built("irhxd", ["plan", "row.yaml", "--profiles", Rig.profiles], in: folder)
      #expect(try plan.end() == 78)
      #expect(plan.errorLines == [line])
      let (status, lines) = try Self.daemon("row.yaml", in: folder)
      #expect(status == 78 && lines == [line.replacing("row.yaml: ", with: "irhxd: ")], "\(lines)")
    }

    @Test func foreignMapIsImportedAndWhatIsWrongInItNamed() throws {
      let folder = try Self.folder()
      defer { remove(folder) }
      try Data(
        #"""
        {"name": "ACME", "baudrate": 19200, "registers": [
          {"begin": 36864, "length": 1, "name": "Flow_LPM", "format": "FLOAT", "precision": 0, "scale": 0.1},
          {"begin": 36865, "length": 3, "name": "Odd", "format": "INTEGER"}
        ]}
        """#.utf8
      ).write(to: folder.appending(path: "map.json"))
      let program = try Program.built("irhxd", ["import", "rackmon", "map.json", "--into", "out"], in: folder)
      #expect(try program.end() == 0)
      let why = "registers[1] \"Odd\": 3 registers are no number; expected 1, 2 or 4"
      #expect(program.errorLines == ["map.json: line 3: \(why)"])
      let profile = try SiteLoader.loadProfile(path: folder.appending(path: "out/rackmon/acme.yaml").path)
      #expect(profile.points.map(\.name) == ["flow_lpm"])
      let again = try Program.built("irhxd", ["import", "rackmon", "map.json", "--into", "out"], in: folder)
      #expect(try again.end() == 78)
    }

    @Test func missingProfileIsOneClearLine() throws {
      let site = try Rig.site(["name: P3-drive, profile: abb/acs580": "name: P3-drive, profile: abb/acs58O"])
      let folder = try Self.folder(site)
      defer { remove(folder) }
      let (status, lines) = try Self.daemon("row.yaml", in: folder)
      #expect(status == 78)
      let fault = "no profile named abb/acs58O; nearest known: abb/acs580"
      #expect(lines.count == 2 && lines[0].contains(fault), "\(lines)")
    }

    @Test func endpointsFileIsRefusedWithItsLine() throws {
      let folder = try Self.folder(try Rig.site())
      defer { remove(folder) }
      let missing = try Self.daemon("row.yaml", in: folder, ["--endpoints", "endpoints"])
      #expect(missing.0 == 69 && missing.1 == ["irhxd: endpoints: cannot be read"])
      for bad in ["pump=127.0.0.1:1502", "pumps=127.0.0.1", "pumps=127.0.0.1:port", "pumps=127.0.0.1:99999"] {
        try "racks=127.0.0.1:1503\n\(bad)\n".write(
          to: folder.appending(path: "endpoints"), atomically: true, encoding: .utf8)
        let (status, lines) = try Self.daemon("row.yaml", in: folder, ["--endpoints", "endpoints"])
        #expect(status == 78, "\(bad)")
        #expect(lines.count == 1 && lines[0].hasPrefix("irhxd: endpoints:2: "), "\(lines)")
      }
    }

    @Test func wrongOptionIsWrongUsage() throws {
      let folder = try Self.folder(try Rig.site())
      defer { remove(folder) }
      let (status, lines) = try Self.daemon("row.yaml", in: folder, ["--period-ms", "50"])
      #expect(status == 64)
      #expect(lines.first?.contains("100 … 5000") == true, "\(lines)")
    }

    /// OPS-055.
    @Test func portAndSocketInUseAreUnavailable() throws {
      let rig = try Rig()
      let port = try rig.port(ofBus: "pumps")
      let simulator = try Program.built(
        "irhx-sim",
        ["run", "row.yaml", "--profiles", Rig.profiles, "--port-base", "\(port)", "--socket", "second.sock"],
        in: rig.folder)
      #expect(try simulator.end() == 69)
      #expect(simulator.errorLines.count == 1 && simulator.errors.contains("bus pumps"), "\(simulator.errors)")

      try rig.startToAuto()
      let daemon = try Program.built(
        "irhxd",
        ["run", "row.yaml", "--profiles", Rig.profiles, "--endpoints", "endpoints", "--socket", "row.sock"],
        in: rig.folder)
      #expect(try daemon.end() == 69)
      #expect(daemon.errorLines.last == "irhxd: row.sock: socket in use by a live daemon", "\(daemon.errors)")
      #expect(try rig.client.state().mode == .auto)
    }

    private func remove(_ folder: URL) {
      // ignoring: a folder that stays behind is the system's to remove.
      try? FileManager.default.removeItem(at: folder)
    }
  }
}
