import CoolingCore
import FieldIO
import RowAPI
import RowConfig
import Testing

@testable import RowRuntime

/// A cooling unit that controls itself: L/min and °C towards the field and towards people, percent inside.
@Suite struct SupervisedUnitTests {
  /// 2 × 12 kW: 31.2 L/min asked for, 32 given; 36 °C held.
  private func bench() throws -> Bench {
    let bench = try Bench("row.supervised.yaml")
    bench.field.values["cdu.flow"] = 32
    bench.field.values["row.flow"] = 32
    bench.field.values["cdu.temperature_target"] = 36
    bench.field.values["supply.temperature.1"] = 36
    for rack in 1...2 {
      bench.field.values["rack.\(rack).power"] = 12
      bench.field.values["rack.\(rack).flow"] = 16
    }
    for zone in 1...4 { bench.field.values["leak.\(zone).alarm"] = 0 }
    bench.run(cycles: 20)
    return bench
  }

  private func demand(_ bench: Bench, _ role: String) throws -> Double {
    let slot = try #require(bench.roles.outputSlot(role))
    return try #require(bench.field.demands?.values[slot])
  }

  @Test func rolesOfTheUnitStandForThoseOfAPumpAndAValve() throws {
    let roles = RoleMap(site: try Bench.load("row.supervised.yaml").site)
    #expect(roles.inputSlot("cdu.flow") == InputSlot.pump(0, .speed))
    #expect(roles.inputSlot("cdu.temperature_target") == InputSlot.facilityValvePosition)
    #expect(roles.outputSlot("cdu.flow_demand") == OutputSlot.pumpSpeed(0))
    #expect(roles.inputSlot("pump.1.speed") == nil && roles.outputSlot("pump.1.run") == nil)
    #expect(roles.tag("cdu") == "CDU-101")
    #expect(RoleMap(site: try Bench.load("row.demo.yaml").site).inputSlot("cdu.flow") == nil)
  }

  /// CTL-150, CTL-151: in the field's own quantities.
  @Test func targetsAreSentInTheFieldsQuantities() throws {
    let bench = try bench()
    #expect(bench.loop.core.mode == .auto)
    #expect(abs(try demand(bench, "cdu.flow_demand") - 31.2) < 0.01)
    #expect(abs(try demand(bench, "cdu.temperature_demand") - 36) < 0.01)
    _ = bench.apply(.setSetpoint(name: "supply_c", value: 30))
    bench.run(cycles: 30)
    #expect(abs(try demand(bench, "cdu.temperature_demand") - 30) < 0.01)
  }

  @Test func stateShowsTargetsAgainstActual() throws {
    let state = try bench().report.state
    let unit = try #require(state.coolingUnit)
    #expect(unit.name == "CDU-1" && unit.running == true && unit.remote == true && unit.fault == false)
    #expect(abs(unit.flowTargetLpm - 31.2) < 0.01 && abs((unit.flowLpm ?? 0) - 32) < 1e-6)
    #expect(abs(unit.temperatureTargetC - 36) < 0.01 && abs((unit.heldTemperatureTargetC ?? 0) - 36) < 1e-6)
    #expect(unit.temperatureC == 36 && !unit.stoppable)
    #expect(state.pumps.isEmpty && state.topology == "supervised-cdu")
    let flow = try #require(state.signals.first { $0.role == "cdu.flow" })
    #expect(abs((flow.value ?? 0) - 32) < 1e-6 && flow.unit == "L/min")
    let target = try #require(state.actuators.first { $0.role == "cdu.temperature" })
    #expect(abs(target.demand - 36) < 0.01 && target.unit == "°C" && target.tag == "CDU-101")
    #expect(!state.loops.contains { $0.name == "pump_group" || $0.name == "supply_temperature" })
    #expect(try Bench().report.state.coolingUnit == nil)
  }

  @Test func explanationSaysWhatTheTargetComesFrom() throws {
    let bench = try bench()
    let flow = Explainer(report: bench.report).explain(.pump(0))
    #expect(flow.because.first == "told the flow that the racks need")
    #expect(flow.because.contains { $0.contains("measured 32 L/min; the racks' setpoints add up to 31.2 L/min") })
    let temperature = Explainer(report: bench.report).explain(.facilityValve)
    #expect(temperature.because.contains { $0.contains("temperature target 36 °C, the unit holds 36 °C") })
  }

  @Test func overrideIsInTheTargetsQuantity() throws {
    let bench = try bench()
    #expect(
      bench.apply(.override(actuator: "cdu.flow", value: 60, leaseS: 60, reason: "test")) == .success(.done))
    bench.run(cycles: 10)
    #expect(abs(try demand(bench, "cdu.flow_demand") - 60) < 1e-6)
    #expect(
      bench.apply(.override(actuator: "cdu.temperature", value: 41, leaseS: 60, reason: "test"))
        == .failure(.outOfRange(name: "cdu.temperature", value: 41, minimum: 22, maximum: 40, unit: "°C")))
    #expect(bench.apply(.release(actuator: "pump.1")) == .failure(.unknownName("pump.1", nearest: nil)))
  }

  /// OPS-047
  @Test func layersAboveAreRefusedByCommand() throws {
    let bench = try bench()
    for (mode, shadow) in [("mpc", nil), ("pid+optimiser", nil), (nil, "pid+optimiser")] as [(String?, String?)] {
      guard case .failure(.refused(let reason)) = bench.apply(.setControl(mode: mode, shadow: shadow)) else {
        Issue.record("\(mode ?? "") \(shadow ?? "") was taken")
        continue
      }
      #expect(reason.contains("controls itself"))
    }
    #expect(bench.apply(.setControl(mode: "pid", shadow: "none")) == .success(.done))
  }

  /// CTL-153, CTL-156
  @Test func alarmsSpeakOfTheUnitAndSayThatPeopleStopIt() throws {
    let bench = try bench()
    bench.field.values["cdu.fault"] = 1
    bench.field.values["row.emergency_stop"] = 1
    bench.run(cycles: 5)
    let alarms = bench.report.state.alarms
    let fault = try #require(alarms.first { $0.id == "PUMP_FAULT" })
    #expect(fault.text == "The cooling unit reports a fault")
    let stop = try #require(alarms.first { $0.id == "EMERGENCY_STOP" })
    #expect(stop.response.hasPrefix("Stop the cooling unit by hand: it takes no stop command."))
    #expect(abs(try demand(bench, "cdu.flow_demand") - 13) < 1e-6, "a rack's floor")
  }
}
