public import RowTwin

/// One thing that happens to a row in a trial. As text, one line each, a schedule can be kept, shortened and played
/// again: `at 600 until 1500 pump.1.broken`, `at 900 restart after 2`, `at 1200 setpoint 38`.
public struct TrialEvent: Sendable, Equatable {
  public enum Action: Sendable, Equatable {
    /// Ends at `endS`.
    case fault(Fault)
    /// The daemon is killed; a new one starts at `endS`.
    case restart
    case setpoint(celsius: Double)
    case acknowledge
    case reset
    /// Of an actuator by its dense index in the core; it ends by itself at `endS`.
    case override(actuator: Int, percent: Double)
  }

  /// Simulated seconds since the start of the trial.
  public var startS: Int
  /// Equal to `startS` for what does not last.
  public var endS: Int
  public var action: Action

  public init(_ startS: Int, until endS: Int? = nil, _ action: Action) {
    self.startS = startS
    self.endS = endS ?? startS
    self.action = action
  }

  public var fault: Fault? { if case .fault(let fault) = action { fault } else { nil } }
}

extension TrialEvent: CustomStringConvertible {
  public var description: String {
    switch action {
    case .fault(let fault): "at \(startS) until \(endS) \(fault)"
    case .restart: "at \(startS) until \(endS) restart"
    case .setpoint(let celsius): "at \(startS) setpoint \(celsius)"
    case .acknowledge: "at \(startS) acknowledge"
    case .reset: "at \(startS) reset"
    case .override(let actuator, let percent): "at \(startS) until \(endS) override \(actuator) \(percent)"
    }
  }
}

/// Why a line of a schedule was refused.
public struct ScheduleError: Error, CustomStringConvertible {
  public var description: String
}

extension TrialEvent {
  /// Reads a schedule; empty lines and lines that begin with `#` say nothing.
  ///
  /// - Throws: `ScheduleError` for the first line that is none.
  public static func schedule(_ text: String) throws(ScheduleError) -> [TrialEvent] {
    var events: [TrialEvent] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      do throws(ScheduleError) {
        events.append(try TrialEvent(words))
      } catch {
        throw ScheduleError(description: "line \(index + 1) '\(line)': \(error)")
      }
    }
    return events
  }

  private init(_ words: [String]) throws(ScheduleError) {
    guard words.count >= 3, words[0] == "at", let start = Int(words[1]), start >= 0 else {
      throw ScheduleError(description: "must begin with `at SECOND`")
    }
    var rest = words.dropFirst(2)
    var end: Int?
    if rest.first == "until" {
      guard rest.count >= 3, let second = Int(rest[rest.startIndex + 1]), second >= start else {
        throw ScheduleError(description: "`until` needs a second that is not before the start")
      }
      end = second
      rest = rest.dropFirst(2)
    }
    let action = try Self.action(Array(rest))
    switch action {
    case .fault, .restart, .override:
      guard end != nil else { throw ScheduleError(description: "needs `until SECOND`") }
    case .setpoint, .acknowledge, .reset: break
    }
    self.init(start, until: end, action)
  }

  private static func action(_ words: [String]) throws(ScheduleError) -> Action {
    switch (words.first, words.count) {
    case ("restart", 1): return .restart
    case ("acknowledge", 1): return .acknowledge
    case ("reset", 1): return .reset
    case ("setpoint", 2):
      guard let celsius = Double(words[1]) else { throw ScheduleError(description: "setpoint needs a number") }
      return .setpoint(celsius: celsius)
    case ("override", 3):
      guard let actuator = Int(words[1]), let percent = Double(words[2]) else {
        throw ScheduleError(description: "override needs an actuator's index and percent")
      }
      return .override(actuator: actuator, percent: percent)
    default:
      do throws(FaultError) {
        return .fault(try Fault(words.joined(separator: " ")))
      } catch {
        throw ScheduleError(description: error.description)
      }
    }
  }
}
