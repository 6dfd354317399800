import CoolingCore
import FoundationEssentials
import RowConfig
import Testing

@testable import RowRuntime

/// The numbers of the cycle that `docs/start-here.md` traces by hand, computed by the code.
@Suite struct TracedCycleTests {
  static let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  @Test func tracedCycleInTheDocumentationIsWhatTheCodeComputes() throws {
    let loaded = try SiteLoader.load(
      path: "\(Self.folder)/config/row.demo.yaml", profileDirectories: ["\(Self.folder)/config/profiles"])
    let settings = Settings(loaded.site, roles: RoleMap(site: loaded.site)) { _ in 0 }
    var numbers: [String] = []

    // Rack 3: 92 kW, 116.0 L/min, valve at 69.5 %.
    let flowSetpoint = settings.rackFlow.flowPerKilowatt * 92
    var valve = PID()
    valve.reset(to: 69.5)
    _ = valve.step(settings.racks[2].valve, setpoint: flowSetpoint, measurement: 116, dt: 1)
    let error = flowSetpoint - 116
    let share = settings.racks[2].valve.gain * 100 / settings.racks[2].valve.inputHigh * error
    numbers += ["\(number(flowSetpoint)) L/min", "\(number(share)) %"]

    // Pumps: 96.3 kPa against 98.3.
    let pumpShare = settings.pumps.group.gain * 100 / settings.pumps.group.inputHigh * 2
    numbers.append("\(number(pumpShare)) %")

    // Fans: supply 40.4 °C, return 50.9 °C, hall 27 °C, 723 L/min, trim integral 0.3 K.
    let trim = settings.supply.trim.gain * 0.4 + 0.3
    let outlet = 40 - trim
    let effectiveness = (50.9 - outlet) / (50.9 - 27)
    let flowShare = 723 / settings.rejection.designFlow.litresPerMinute
    let fan = settings.rejection.map.actuator(effectiveness: effectiveness, flowShare: flowShare)
    numbers += [
      "\(number(outlet)) °C", "\(number(100 * effectiveness)) %", "\(number(100 * flowShare)) %", "\(number(fan)) %",
    ]

    let text = try String(contentsOfFile: "\(Self.folder)/docs/start-here.md", encoding: .utf8)
    for number in numbers { #expect(text.contains(number), "docs/start-here.md should say \(number)") }
  }
}
