import ArgumentParser
import FoundationEssentials
import RowAPI

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Show what happened, the newest last.",
    discussion: "Times are given as an age, such as 90m, 2h or 30d, or as 2026-03-01T12:30:00Z.")
  @OptionGroup var target: Target

  @Option(help: ArgumentHelp("Not earlier than this.", valueName: "time"))
  var since: Moment?
  @Option(help: ArgumentHelp("Earlier than this.", valueName: "time"))
  var until: Moment?
  @Option(help: ArgumentHelp("Only this kind of alarm, such as PUMP_FAULT.", valueName: "id"))
  var cause: String?
  @Option(help: "Only what is about this, such as pump.2.")
  var subject: String?
  @Option(help: ArgumentHelp("At most so many entries, the newest of all.", valueName: "n"))
  var limit = 200

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    var request = HistoryRequest(sinceMs: since?.ms, untilMs: until?.ms, cause: cause, subject: subject)
    var found: [HistoryEntry] = []
    repeat {
      request.limit = min(limit - found.count, HistoryRequest.limitMax)
      let reply = try target.ask { client throws(RowClient.Failure) in try client.send(.history(request)) }
      guard case .history(let page) = reply else { return }
      found += page
      request.before = page.last?.id
      if page.count < request.limit { break }
    } while found.count < limit
    for entry in found.reversed() {
      if target.json { try Target.printJSON(entry) } else { print(HistoryText.line(entry)) }
    }
    if found.isEmpty && !target.json { print("nothing has happened then") }
  }
}

/// A point in time: an age, or RFC 3339.
struct Moment: ExpressibleByArgument {
  let ms: Int64

  init?(argument: String) {
    if let age = Lease(argument: argument), age.seconds < 1e10 {
      ms = WireTime.nowMs - Int64(age.seconds * 1000)
    } else if let time = WireTime.ms(argument) {
      ms = time
    } else {
      return nil
    }
  }
}
