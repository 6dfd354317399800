internal import ArgumentParser
internal import FoundationEssentials
internal import RowConfig
internal import RowTwin

struct Inject: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes something go wrong in a running simulator.",
    discussion: "Faults:\n" + Fault.forms.map { "  " + $0 }.joined(separator: "\n"))
  @Argument(help: "Fault, such as 'pump.1.trip' or 'device R01-flow slow'.")
  var fault: String
  @OptionGroup var control: ControlPath

  func run() throws {
    // Refused here where the text is wrong, so that a typo needs no running simulator to be found.
    do throws(FaultError) { _ = try Fault(fault) } catch { Simulator.fail(error.description, code: ExitStatus.usage) }
    Simulator.say(try control.ask("inject \(fault)").done ?? "")
  }
}

struct Clear: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Ends a fault.")
  @Argument(help: "Fault as it was injected (its value may be left out), or 'all'.")
  var fault: String
  @OptionGroup var control: ControlPath

  func run() throws { Simulator.say(try control.ask("clear \(fault)").done ?? "") }
}

struct State: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Shows the truth of a running simulator.")
  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var control: ControlPath

  func run() throws {
    guard let state = try control.ask("state").state else { return }
    guard json else {
      for line in state.table { Simulator.say(line) }
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Simulator.say(String(decoding: try encoder.encode(state), as: UTF8.self))
  }
}

/// What the control socket answers.
struct ControlAnswer: Decodable {
  var done: String?
  var error: String?
  var state: TwinState?
}

extension ControlPath {
  /// Asks the simulator, or leaves: 69 where none listens, 65 where it refuses.
  func ask(_ request: String) throws -> ControlAnswer {
    let text: String
    do throws(ServerError) {
      text = try ControlClient.ask(request, path: socket)
    } catch {
      Simulator.fail("no simulator: \(error)", code: ExitStatus.unavailable)
    }
    let answer = try JSONDecoder().decode(ControlAnswer.self, from: Data(text.utf8))
    if let error = answer.error { Simulator.fail(error, code: ExitStatus.dataError) }
    return answer
  }
}

extension TwinState {
  /// The state as a person reads it, one line each.
  var table: [String] {
    func fixed(_ value: Double, _ width: Int = 8) -> String {
      let text = decimals(value)
      return String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func name(_ text: String) -> String { text + String(repeating: " ", count: max(0, 8 - text.count)) }
    var lines = [
      "row \(row), \(fixed(timeS, 0)) s",
      "supply \(fixed(supplyTemperatureC, 0)) °C, return \(fixed(returnTemperatureC, 0)) °C, "
        + "flow \(fixed(rowFlowLpm, 0)) L/min, manifold dP \(fixed(manifoldDpKpa, 0)) kPa, "
        + "level \(fixed(levelPercent, 0)) %, hall \(fixed(hallTemperatureC, 0)) °C",
    ]
    if let facilityValvePercent { lines.append("facility valve \(fixed(facilityValvePercent, 0)) %") }
    lines.append("pump       % speed   L/min      kW")
    lines += pumps.map { "\(name($0.name)) \(fixed($0.speedPercent)) \(fixed($0.flowLpm)) \(fixed($0.powerKw, 7))" }
    lines.append("rack          kW   L/min % valve return °C chip °C permit")
    lines += racks.map {
      "\(name($0.name)) \(fixed($0.powerKw, 7)) \(fixed($0.flowLpm, 7)) \(fixed($0.valvePercent, 7)) "
        + "\(fixed($0.returnTemperatureC, 9)) \(fixed($0.chipTemperatureC, 7)) \($0.isPermitted ? "   yes" : "    no")"
    }
    if !fans.isEmpty { lines.append("fan        % speed      kW % valve") }
    lines += fans.map {
      "\(name($0.name)) \(fixed($0.speedPercent)) \(fixed($0.powerKw, 7)) \(fixed($0.coilValvePercent, 7))"
    }
    lines.append("faults: " + (faults.isEmpty ? "none" : faults.joined(separator: ", ")))
    return lines
  }
}
