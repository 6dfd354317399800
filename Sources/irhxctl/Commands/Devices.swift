import ArgumentParser
import RowAPI

extension Target {
  /// An unknown device is answered with the names there are.
  fileprivate func ask(_ command: RowCommand, about device: String) throws -> RowReply {
    try ask { client throws(RowClient.Failure) in
      do throws(RowClient.Failure) {
        return try client.send(command)
      } catch {
        if case .row(.unknownName(device, _)) = error, case .devices(let devices) = try client.send(.devices) {
          Self.complain("the devices of this row: \(devices.map(\.name).joined(separator: ", "))")
        }
        throw error
      }
    }
  }
}

struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a device for everything its profile names; without a device, list the devices.",
    discussion: """
      The daemon asks in the time that its control loop leaves, one request at a time, and waits for three seconds at \
      most. Every point of the profile is asked for just now, whether the row uses it or not. Beside its value stands \
      how the reading ended: good; timeout or transport, the device or its connection is silent; violation, the reply \
      was none; exception, the device has no such register, or refused it; invalid, the device says that there is no \
      value; never, there was no time. raw is what the registers held, in hexadecimal, most significant first. Values \
      are those of the device: what a 4–20 mA input stands for in the row is shown by irhxctl status. Below the points \
      are the commands, with what drives each, or that irhxctl point set may write it.

      Asking needs no permission.
      """)
  @OptionGroup var target: Target

  @Argument(help: "Name of the device in the site file, such as P1-drive.")
  var device: String?

  func run() throws {
    guard let device else {
      let reply = try target.ask { client throws(RowClient.Failure) in try client.send(.devices) }
      guard case .devices(let devices) = reply else { return }
      if target.json { return try Target.printJSON(devices) }
      return DeviceText.lines(of: devices).forEach { print($0) }
    }
    guard case .probed(let report) = try target.ask(.probe(device: device, point: nil), about: device) else { return }
    if target.json { return try Target.printJSON(report) }
    for line in DeviceText.lines(of: report) { print(line) }
  }
}

/// One value of a device.
struct Point: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read one point of a device, or write a command that nothing in the row drives.",
    subcommands: [GetPoint.self, SetPoint.self])
}

/// A device and a point or command of its profile.
struct PointName: ExpressibleByArgument {
  let device: String
  let point: String

  init?(argument: String) {
    guard let dot = argument.lastIndex(of: "."), dot != argument.startIndex else { return nil }
    device = String(argument[..<dot])
    point = String(argument[argument.index(after: dot)...])
    if point.isEmpty { return nil }
  }
}

struct GetPoint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Read one point of a device just now; see irhxctl probe.",
    discussion: "Exit status 1 also when the point was asked for and has no value.")
  @OptionGroup var target: Target

  @Argument(help: ArgumentHelp("Device and point, such as P1-drive.frequency.", valueName: "device.point"))
  var name: PointName

  func run() throws {
    let reply = try target.ask(.probe(device: name.device, point: name.point), about: name.device)
    guard case .probed(let report) = reply, let reading = report.points.first else { return }
    if target.json { try Target.printJSON(reading) } else { print(DeviceText.line(of: reading)) }
    if reading.outcome != .good { throw ExitCode(1) }
  }
}

struct SetPoint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Write a command that nothing in the row drives, and read it back.",
    discussion: """
      The command must be one that the device's profile declares; irhxctl probe lists them. What a role of the row \
      drives belongs to the control loop and is refused, see irhxctl override; so is what shares registers with it, a \
      device that is not the one its profile describes, a value outside the command's range (nothing is clamped), and \
      a write beyond the profile's limits. A control word is given as its number, and must be one the profile names.

      The bus's worker writes it between two cycles and reads it back. What was written, by whom and why is kept in \
      the journal and in the history. Needs an operator's permission. Exit status 1 also when the device confirmed the \
      write and then says something else.
      """)
  @OptionGroup var target: Target

  @Argument(help: ArgumentHelp("Device and command, such as DO-A.do_15.", valueName: "device.command"))
  var name: PointName
  @Argument(help: "Value in the command's unit.")
  var value: Double
  @OptionGroup var why: Reason

  func run() throws {
    let command = RowCommand.setPoint(device: name.device, point: name.point, value: value, reason: why.reason)
    guard case .written(let written) = try target.ask(command, about: name.device) else { return }
    if target.json {
      try Target.printJSON(written)
    } else {
      print(DeviceText.line(of: written, "\(name.device).\(name.point)"))
    }
    if written.agrees == false { throw ExitCode(1) }
  }
}
