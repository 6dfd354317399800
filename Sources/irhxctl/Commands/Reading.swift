import ArgumentParser
import RowAPI

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show the row as it is now.")
  @OptionGroup var target: Target

  func run() throws {
    let state = try target.ask { client throws(RowClient.Failure) in try client.state() }
    if target.json { return try Target.printJSON(state) }
    for line in StatusText(state, style: .forOutput).lines { print(line) }
  }
}

struct Alarms: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the alarms that are not normal.")
  @OptionGroup var target: Target

  func run() throws {
    let state = try target.ask { client throws(RowClient.Failure) in try client.state() }
    if target.json { return try Target.printJSON(state.alarms) }
    for line in AlarmText(state.alarms, style: .forOutput).lines { print(line) }
    for line in AlarmText.lines(of: state.alarmLoad) { print(line) }
  }
}

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Say why an actuator is where it is.")
  @OptionGroup var target: Target

  @Argument(help: "Actuator, such as pump.1, rack.3.valve, fan.2 or facility.valve; or rack.3.permit.")
  var actuator: String

  func run() throws {
    let reply = try target.ask { client throws(RowClient.Failure) in
      try client.send(.explain(actuator: actuator))
    }
    guard case .explanation(let explanation) = reply else { return }
    if target.json { return try Target.printJSON(explanation) }
    for line in ExplanationText.lines(explanation) { print(line) }
  }
}

/// An explanation as text, for a person at a prompt or in the full-screen view.
enum ExplanationText {
  static func lines(_ explanation: Explanation) -> [String] {
    let found = explanation.actuator
    let feedback = found.feedback.map { ", reads back \(Figure.text($0)) \(found.unit)" } ?? ""
    let tag = found.tag.map { " (\($0))" } ?? ""
    let lease = found.leaseRemainingS.map { ", for another \(Figure.text($0, decimals: 0)) s" } ?? ""
    let holder = found.overrideOwner.map { ["  held by \($0): \(found.overrideReason ?? "")"] } ?? []
    return [
      "\(found.role)\(tag): \(Figure.text(found.demand)) \(found.unit)\(feedback)",
      "decided by \(found.owner.rawValue)\(lease): \(found.reason)",
    ] + holder + explanation.because.map { "  because \($0)" }
  }
}

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Name the daemon, the row and its site file.")
  @OptionGroup var target: Target

  func run() throws {
    let info = try target.ask { client throws(RowClient.Failure) in try client.info() }
    if target.json { return try Target.printJSON(info) }
    print("\(info.product) \(info.version), \(info.interface)")
    print("row        \(info.row), \(info.topology)")
    print("site file  \(info.siteFile)")
    print("digest     \(info.siteDigest)")
    print("period     \(info.periodMs) ms")
    print("started    \(info.started)")
  }
}
