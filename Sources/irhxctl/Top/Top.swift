import ArgumentParser
import Glibc
import RowAPI

/// The row on a full screen, live, with keys for what an operator does most.
struct Top: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the row live on the full screen, with keys to command it.",
    discussion: """
      ? lists the keys. At least \(TopScreen.widthMin) columns by \(TopScreen.heightMin) lines; more space shows more. \
      Without UTF-8 in LC_ALL, LC_CTYPE or LANG it draws with ASCII; NO_COLOR takes the colours away. What it shows is \
      what irhxctl watch --json prints.
      """)
  @OptionGroup var target: Target

  /// How long an escape may wait for the rest of its sequence, ms.
  private static let escapeMs: Int32 = 50
  private static let tickMs: Int32 = 1000

  func run() throws {
    let hasTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && Self.variable("TERM") != "dumb"
    guard hasTerminal, !target.json else {
      Target.complain("top wants a terminal; irhxctl watch follows the row in a pipe, and irhxctl watch --json as JSON")
      throw ExitCode(EX_USAGE)
    }
    // Asked before the screen is taken: a wrong socket is told as every command tells it.
    let (client, state) = try target.ask { client throws(RowClient.Failure) in (client, try client.state()) }
    var pipe: [Int32] = [-1, -1]
    guard unsafe Glibc.pipe(&pipe) == 0, pipe.allSatisfy({ fcntl($0, F_SETFL, O_NONBLOCK) == 0 }),
      Terminal.enter(wakeUp: pipe[1])
    else {
      Target.complain("the terminal cannot be taken")
      throw ExitCode(EX_OSERR)
    }
    defer { Terminal.leave() }
    let feed = TopFeed(client, wakeUp: pipe[1])
    feed.start()
    var session = Session(model: TopModel(state, nowS: 0), feed: feed, wakeUp: pipe[0])
    session.run()
  }

  private static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
  }

  /// The loop: draws, waits for a key, the row or a second, and tells the model.
  private struct Session {
    var model: TopModel
    let feed: TopFeed
    let wakeUp: Int32
    let start = ContinuousClock.now
    let style = TerminalStyle(isColourWanted: Style.forOutput.coloured, Top.variable)
    var painter = Painter(coloured: false)
    var decoder = KeyDecoder()

    private var nowS: Double { (ContinuousClock.now - start) / .seconds(1) }

    mutating func run() {
      painter = Painter(coloured: style.coloured)
      while draw() {
        var polled = [
          pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
          pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
        ]
        let limit = decoder.isWaiting ? Top.escapeMs : Top.tickMs
        let count = unsafe poll(&polled, 2, limit)
        if count == 0, decoder.isWaiting, !press(decoder.flush()) { return }
        if polled[0].revents != 0 {
          guard let bytes = Terminal.read(), press(decoder.keys(bytes)) else { return }
        }
        if polled[1].revents != 0 { wake() }
        for event in feed.take() where !tell(event) { return }
        if !tell(.tick) { return }
      }
    }

    /// False where the terminal has gone.
    private mutating func draw() -> Bool {
      let size = Terminal.size
      var canvas = TopScreen(model, nowS: nowS).canvas(width: size.width, height: size.height)
      if !style.hasUnicode { canvas.useASCII() }
      let text = painter.changes(to: canvas)
      return text.isEmpty || Terminal.write(text)
    }

    private mutating func press(_ keys: [Key]) -> Bool { keys.allSatisfy { tell(.key($0)) } }

    /// False at the end.
    private mutating func tell(_ event: TopModel.Event) -> Bool {
      for effect in model.handle(event, nowS: nowS) {
        switch effect {
        case .quit: return false
        case .redraw: painter.forget()
        case .suspend: suspend()
        case .explain(let role): feed.explain(role)
        case .send(let command): feed.send(command)
        }
      }
      return true
    }

    private mutating func suspend() {
      Terminal.suspend()
      painter.forget()
    }

    /// Signals come as their numbers. A size is asked for at each drawing.
    private mutating func wake() {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = unsafe read(wakeUp, &bytes, bytes.count)
      let told = bytes.prefix(max(0, count))
      if told.contains(UInt8(SIGTSTP)) { return suspend() }
      if told.contains(UInt8(SIGCONT)) || told.contains(UInt8(SIGWINCH)) { painter.forget() }
    }
  }
}
