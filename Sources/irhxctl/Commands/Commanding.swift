public import ArgumentParser
public import RowAPI

extension Target {
  /// Sends a command and says that it was done.
  func tell(_ command: RowCommand, done: String) throws {
    let reply = try ask { client throws(RowClient.Failure) in try client.send(command) }
    if json {
      if case .acknowledged(let count) = reply { return try Self.printJSON(["acknowledged": count]) }
      return try Self.printJSON([String: Int]())
    }
    if case .acknowledged(let count) = reply {
      print(count == 1 ? "1 alarm acknowledged" : "\(count) alarms acknowledged")
    } else {
      print(done)
    }
  }
}

struct Acknowledge: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "ack", abstract: "Acknowledge alarms.")
  @OptionGroup var target: Target

  @Argument(help: "Id of the alarm, as irhxctl alarms prints it.")
  var id: String?
  @Option(help: "Only the alarm about this subject.")
  var subject: String?
  @Flag(help: "Acknowledge every alarm.")
  var all = false

  func validate() throws {
    if all == (id != nil || subject != nil) { throw ValidationError("name an alarm, or give --all") }
  }

  func run() throws { try target.tell(.acknowledgeAlarm(id: id, subject: subject), done: "") }
}

extension Mode: ExpressibleByArgument {}

struct SetMode: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "mode", abstract: "Ask for a mode.")
  @OptionGroup var target: Target

  @Argument(help: "off, standby, auto, manual or shutdown.")
  var mode: Mode

  func run() throws { try target.tell(.setMode(mode), done: "mode \(mode.rawValue) accepted") }
}

struct SetSetpoint: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "setpoint", abstract: "Change a setpoint.")
  @OptionGroup var target: Target

  @Argument(help: "supply_c (°C) or dp_kpa (kPa).", completion: .list(["supply_c", "dp_kpa"]))
  var name: String
  @Argument(help: "The new value.")
  var value: Double

  func run() throws { try target.tell(.setSetpoint(name: name, value: value), done: "\(name) set to \(value)") }
}

struct Override: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take an actuator by hand for a time.",
    discussion: "Control takes the actuator back when the lease ends. Safeguards still outrank the override.")
  @OptionGroup var target: Target

  @Argument(help: "Actuator, such as pump.1, rack.3.valve, fan.2 or facility.valve.")
  var actuator: String
  @Argument(help: "Value in the actuator's unit.")
  var value: Double
  @Option(name: .customLong("for"), help: ArgumentHelp("How long, such as 90s, 10m or 1h.", valueName: "time"))
  var lease: Lease
  @OptionGroup var why: Reason

  func run() throws {
    try target.tell(
      .override(actuator: actuator, value: value, leaseS: lease.seconds, reason: why.reason),
      done: "\(actuator) held at \(value) for \(lease)")
  }
}

struct Release: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Give an actuator back to control.")
  @OptionGroup var target: Target

  @Argument(help: "Actuator, such as pump.1.")
  var actuator: String

  func run() throws { try target.tell(.release(actuator: actuator), done: "\(actuator) released") }
}

struct Reset: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Release latched causes that have gone.",
    discussion: """
      Without an id, all of them; a tripped row leaves that mode when nothing latched keeps its pumps stopped. Of a
      leak, it opens the isolated rack or coil again.
      """)
  @OptionGroup var target: Target

  @Argument(help: "Id of the alarm, as irhxctl alarms prints it.")
  var id: String?
  @Option(help: "Only what is about this, such as rack.2.")
  var subject: String?

  func run() throws {
    let name = [id, subject].compactMap(\.self).joined(separator: " ")
    try target.tell(.resetTrip(id: id, subject: subject), done: name.isEmpty ? "reset" : "\(name) reset")
  }
}

/// What concerns the pumps as a group.
struct Pumps: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Command the pump group.", subcommands: [ChangeOver.self])

  struct ChangeOver: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let the pump with the most run hours hand over to the resting one with the fewest.")
    @OptionGroup var target: Target

    func run() throws { try target.tell(.changeOver, done: "the pumps change over") }
  }
}

/// Who gives the control loops their setpoints.
struct Control: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Choose who gives the control loops their setpoints, until the daemon's next start.",
    subcommands: [SetLayer.self, SetShadow.self])

  struct SetLayer: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "mode", abstract: "Let the site's constants, the optimiser or model predictive control command.")
    @OptionGroup var target: Target

    @Argument(help: "pid, pid+optimiser or mpc.", completion: .list(["pid", "pid+optimiser", "mpc"]))
    var layer: String

    func run() throws { try target.tell(.setControl(mode: layer, shadow: nil), done: "control mode \(layer) accepted") }
  }

  struct SetShadow: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "shadow", abstract: "Let a higher layer say beside the mode what it would do and save.")
    @OptionGroup var target: Target

    @Argument(help: "none, pid+optimiser or mpc.", completion: .list(["none", "pid+optimiser", "mpc"]))
    var layer: String

    func run() throws { try target.tell(.setControl(mode: nil, shadow: layer), done: "shadow \(layer) accepted") }
  }
}

/// A time written as a number and s, m, h or d; a bare number is seconds.
struct Lease: ExpressibleByArgument, CustomStringConvertible {
  let seconds: Double
  let description: String

  init?(argument: String) {
    let scales: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    let scale = argument.last.flatMap { scales[$0] }
    guard let number = Double(scale == nil ? argument : String(argument.dropLast())) else { return nil }
    guard number.isFinite, number > 0 else { return nil }
    seconds = number * (scale ?? 1)
    description = scale == nil ? "\(argument)s" : argument
  }
}
