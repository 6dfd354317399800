import Foundation
import Glibc
import RowAPI
import Testing

extension RigTests {
  /// `irhxctl top` as a person meets it: in a terminal, against a row.
  @Suite struct FullScreen {
    @Test func anOperatorSeesAcknowledgesOverridesAndReleases() throws {
      let rig = try Rig()
      try rig.startToAuto()
      try rig.inject("pump.1.trip")
      _ = try rig.eventually("the alarm") { $0.alarm("PUMP_FAULT", "pump.1") != nil }
      let terminal = try TmuxTerminal(in: rig.folder)
      try terminal.run(try Self.top)
      try terminal.eventuallyShows("▶HIGH PUMP_FAULT pump.1", "NEW", "The drive reports a trip")
      #expect(try terminal.line(with: "P1 ").contains("!TRIP"))
      try terminal.press("a")
      try terminal.eventuallyShows("1 alarm acknowledged", "acknowledged   ")
      #expect(try rig.client.alarms().first { $0.id == "PUMP_FAULT" }?.state == .acknowledged)

      try terminal.press("Enter")
      try terminal.eventuallyShows("What to do: Read the drive's fault code")
      // From the alarms the next part is the coils, then the pumps, then the racks.
      try terminal.press("Escape", "Tab", "Tab", "Tab", "e")
      try terminal.eventuallyShows("rack.1.valve (", "reads back")
      try terminal.press("Escape", "o")
      for field in ["95", "10m", "valve check"] {
        try terminal.type(field)
        try terminal.press("Enter")
      }
      try terminal.eventuallyShows("hold rack.1.valve at 95 % for 10m: valve check? y/n")
      #expect(try rig.client.state().mode == .auto)
      try terminal.press("y")
      let held = try rig.eventually("the override") { $0.actuator("rack.1.valve")?.owner == .override }
      #expect(held.actuator("rack.1.valve")?.overrideReason == "valve check")
      try terminal.eventuallyShows("HAND rack.1.valve", "valve check")
      try terminal.press("r", "y")
      _ = try rig.eventually("the release") { $0.actuator("rack.1.valve")?.owner == .control }

      try terminal.press("o")
      for field in ["170", "10m", "too much"] {
        try terminal.type(field)
        try terminal.press("Enter")
      }
      try terminal.press("y")
      try terminal.eventuallyShows("rack.1.valve: 170.0 is out of range")
      try terminal.resize(120, 40)
      try terminal.eventuallyShows("→ Read the drive's fault code, repair, reset")
      #expect(try terminal.screen().count == 40)
      try terminal.press("q")
      try terminal.eventuallyIsGivenBack()
    }

    @Test func theTerminalIsGivenBackHoweverItEnds() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let terminal = try TmuxTerminal(in: rig.folder)
      for end in [SIGTERM, SIGHUP, SIGINT, SIGILL, SIGABRT] {
        try terminal.run(try Self.top)
        try terminal.eventuallyShows("AUTO", "PUMP", "LOOP")
        #expect(try terminal.isTaken)
        kill(try terminal.program, end)
        try terminal.eventuallyIsGivenBack()
      }
      try terminal.run(try Self.top)
      try terminal.eventuallyShows("AUTO", "PUMP", "LOOP")
      try terminal.press("C-z")
      try terminal.eventuallyIsGivenBack()
      try terminal.type("fg")
      try terminal.press("Enter")
      try terminal.eventuallyShows("AUTO", "PUMP", "LOOP")
      try terminal.press("C-c")
      try terminal.eventuallyIsGivenBack()
    }

    @Test func aDaemonThatDiesIsToldAndFoundAgain() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let terminal = try TmuxTerminal(in: rig.folder)
      try terminal.run(try Self.top)
      try terminal.eventuallyShows("AUTO", "PUMP", "LOOP")
      // Longer alive than the next one will be when it is found: that is how it is known to be another.
      _ = try rig.eventually("some cycles") { $0.cycle > 40 }
      rig.daemon?.send(SIGKILL)
      try terminal.eventuallyShows("NO CONTACT since", "these values are old")
      try terminal.press("m")
      try terminal.eventuallyShows("no contact with the row: nothing can be commanded")
      try rig.start()
      try terminal.eventuallyShows("contact again after", "the daemon has started anew")
      #expect(try terminal.screen().contains { $0.contains("NO CONTACT") } == false)
      try terminal.press("q")
      try terminal.eventuallyIsGivenBack()
    }

    @Test func withoutATerminalItSaysWhatToUseInstead() throws {
      let rig = try Rig()
      let top = try Program.built("irhxctl", ["top", "--socket", "row.sock"], in: rig.folder)
      #expect(try top.end() == EX_USAGE)
      #expect(top.errors.contains("irhxctl watch"))
    }

    @Test func theOperatorsFirstHourIsAnsweredAsItIsWritten() throws {
      let rig = try Rig()
      try rig.startToAuto()
      let steps = try FirstHour.steps()
      #expect(steps.count == 11)
      for step in steps where step.command != "irhxctl top" {
        try wait("\(step.command) answers \(step.words)") { try step.isAnswered(by: rig) }
      }
    }

    private static var top: String {
      get throws { "\(try Program.builtPath("irhxctl")) top --socket row.sock" }
    }
  }
}

/// `docs/operating.md`: what is typed there, and what is said to come of it.
private enum FirstHour {
  struct Step {
    var command: String
    /// Those without a digit: figures and times are another row's. Not who typed it either.
    var words: Set<String> = []

    /// The command succeeds and says at least these words.
    func isAnswered(by rig: Rig) throws -> Bool {
      let folder = URL(filePath: try Program.builtPath("irhxctl")).deletingLastPathComponent().path
      let environment = ["PATH": "\(folder):/usr/bin:/bin", "IRHX_SOCKET": "row.sock"]
      let shell = try Program("/bin/sh", ["-c", command], in: rig.folder, extra: environment)
      return try shell.end() == 0 && words.isSubset(of: FirstHour.words(shell.output))
    }
  }

  static func steps() throws -> [Step] {
    let document = Rig.config.deletingLastPathComponent().appending(path: "docs/operating.md")
    var steps: [Step] = []
    var isAnswer = false
    let text = try String(contentsOf: document, encoding: .utf8)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("    $ irhx") {
        let command = line.dropFirst(6).replacing(".build/run/simulator.sock", with: "sim.sock")
        steps.append(Step(command: String(command)))
        isAnswer = true
      } else if !line.isEmpty, !line.hasPrefix("    ") {
        isAnswer = false
      } else if isAnswer {
        steps[steps.count - 1].words.formUnion(words(String(line)))
      }
    }
    return steps
  }

  private static func words(_ text: String) -> Set<String> {
    Set(text.split { $0 == " " || $0 == "\n" }.map(String.init).filter { !$0.contains(where: \.isNumber) })
      .subtracting(["root;", "…"])
  }
}

/// A shell in a terminal of tmux, on a server of its own that ends with this object.
private final class TmuxTerminal {
  private let folder: URL
  private let tmux: String
  private let server: Program

  init(in folder: URL) throws {
    self.folder = folder
    tmux = try Program.outside("tmux", package: "tmux")
    // In the foreground, so that it ends with us.
    server = try Program(tmux, ["-S", "tmux.sock", "-f", "/dev/null", "-D"], in: folder)
    let socket = folder.appending(path: "tmux.sock").path
    try wait("tmux listens") { FileManager.default.fileExists(atPath: socket) }
    // The environment of the shell is the same on every machine.
    let shell = "exec env -i PATH=/usr/bin:/bin TERM=screen LC_ALL=C.UTF-8 PS1=ready: /bin/sh -i"
    try ask("new-session", "-d", "-x", "80", "-y", "24", shell)
    try eventuallyShows("ready:")
    try type("stty -g > stty")
    try press("Enter")
    try wait("the settings") { !self.text("stty").isEmpty }
  }

  /// Ends the server, and with it the shell and what runs in it.
  deinit { server.send(SIGTERM) }

  /// Starts a program in the shell; its number is kept.
  func run(_ command: String) throws {
    try type("clear; sh -c 'echo $$ > program; exec \(command)'")
    try press("Enter")
  }

  var program: Int32 {
    get throws {
      guard let number = Int32(text("program").filter(\.isNumber)) else { throw RigFailure("no program was started") }
      return number
    }
  }

  func press(_ keys: String...) throws {
    for key in keys { try ask("send-keys", key) }
  }

  func type(_ text: String) throws { try ask("send-keys", "-l", text) }

  func resize(_ width: Int, _ height: Int) throws {
    try ask("resize-window", "-x", "\(width)", "-y", "\(height)")
  }

  func screen() throws -> [String] {
    try ask("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  func line(with part: String) throws -> String { try screen().first { $0.contains(part) } ?? "" }

  /// One line has all of these, or each has one of its own.
  func eventuallyShows(_ parts: String...) throws {
    do {
      try wait("\(parts) on the screen") {
        let screen = try self.screen()
        return parts.allSatisfy { part in screen.contains { $0.contains(part) } }
      }
    } catch {
      throw RigFailure("\(error)\n\(try screen().joined(separator: "\n"))")
    }
  }

  /// The other screen is shown, or the cursor is not.
  var isTaken: Bool {
    get throws { try ask("display-message", "-p", "#{alternate_on}#{cursor_flag}") != "01\n" }
  }

  /// The shell has its screen, its cursor and its settings again.
  func eventuallyIsGivenBack() throws {
    try wait("the terminal is given back") { try !self.isTaken }
    try eventuallyShows("ready:")
    try type("stty -g > again")
    try press("Enter")
    try wait("the settings are as before") { self.text("again") == self.text("stty") }
    try FileManager.default.removeItem(atPath: folder.appending(path: "again").path)
  }

  private func text(_ name: String) -> String {
    do {
      return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    } catch {
      // A file that is not there yet says nothing.
      return ""
    }
  }

  @discardableResult
  private func ask(_ arguments: String...) throws -> String {
    let program = try Program(tmux, ["-S", "tmux.sock", "-f", "/dev/null"] + arguments, in: folder)
    guard try program.end() == 0 else { throw RigFailure("tmux \(arguments): \(program.errors)") }
    return program.output
  }
}
