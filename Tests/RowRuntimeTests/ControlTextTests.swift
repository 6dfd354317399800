import CoolingCore
import Foundation
import RowAPI
import Testing

@testable import RowRuntime

/// CTL-112, CTL-116: who gives the setpoints is switched by name, published, and explained with numbers.
@Suite struct ControlTextTests {
  @Test func layersAreSwitchedByTheirNames() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    #expect(bench.report.state.control.mode == "pid" && bench.report.state.control.shadow == "none")
    #expect(bench.apply(.setControl(mode: "pid+optimiser", shadow: nil)) == .success(.done))
    #expect(bench.report.state.control.mode == "pid+optimiser" && bench.report.state.control.shadow == "none")
    #expect(bench.apply(.setControl(mode: "pid", shadow: "pid+optimiser")) == .success(.done))
    #expect(bench.report.state.control.mode == "pid" && bench.report.state.control.shadow == "pid+optimiser")
    #expect(bench.apply(.setControl(mode: nil, shadow: "none")) == .success(.done))
    #expect(bench.report.state.control.shadow == "none")
  }

  @Test func anUnknownLayerChangesNothing() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    #expect(
      bench.apply(.setControl(mode: "pid+optimiser", shadow: "pid+optimizer"))
        == .failure(.unknownName("pid+optimizer", nearest: "pid+optimiser")))
    #expect(bench.report.state.control.mode == "pid")
  }

  @Test func shadowIsPublishedWithWhatItWouldSave() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    _ = bench.apply(.setControl(mode: nil, shadow: "pid+optimiser"))
    bench.run(cycles: 60)
    let control = bench.report.state.control
    let optimum = try #require(control.optimum)
    #expect(control.layer == "pid")
    #expect(optimum.supplyC >= 20 && optimum.supplyC <= 42)
    #expect(optimum.constantsPowerKw > 0 && optimum.pumpPowerKw > 0 && control.savedKwh != 0)
    #expect(control.model.racks.count == 8 && control.model.health == "good")
    let text = try JSONEncoder().encode(control)
    #expect(try JSONDecoder().decode(ControlState.self, from: text) == control)
  }

  @Test func explanationSaysWhoCommandsWhatHoldsAndWhatAKelvinIsWorth() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    _ = bench.apply(.setControl(mode: "pid+optimiser", shadow: nil))
    // Not longer: the bench's actuators do not follow, and the safeguards will say so.
    bench.run(cycles: 70)
    #expect(bench.report.state.control.layer == "pid+optimiser")
    for actuator in [Actuator.pump(0), .rackValve(2), .fan(0)] {
      let lines = Explainer(report: bench.report).explain(actuator).because
      #expect(lines.contains { $0.hasPrefix("pid+optimiser gives the setpoints") }, "\(lines)")
      #expect(lines.contains { $0.contains(/the optimum is [0-9.]+ °C supply, [0-9.]+ L\/min per kW/) }, "\(lines)")
      #expect(lines.contains { $0.contains(/rack R0[1-8]'s .* holds the flow/) }, "\(lines)")
      let isWorth = lines.contains {
        $0.contains(/holds the supply temperature.*(one kelvin (warmer|colder) would save [0-9]+ W|saves nothing)/)
      }
      #expect(isWorth, "\(lines)")
    }
  }

  /// CTL-125: with the next minute.
  @Test func predictionIsPublishedAndExplained() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    #expect(bench.apply(.setControl(mode: nil, shadow: "mpc")) == .success(.done))
    bench.run(cycles: 70)
    let control = bench.report.state.control
    #expect(control.shadow == "mpc" && control.layer == "pid")
    let prediction = try #require(control.prediction)
    #expect(prediction.supplyC.count == 15 && prediction.stepS == 4 && prediction.restingPowerKw > 0)
    let isSaid = control.because.contains {
      $0.contains(/in the next minute: supply [0-9.]+ to [0-9.]+ °C, hottest chip .* fans .* manifold dP .* kW/)
    }
    #expect(isSaid, "\(control.because)")
    let text = try JSONEncoder().encode(control)
    #expect(try JSONDecoder().decode(ControlState.self, from: text) == control)
  }

  @Test func fallingBackIsSaidWithItsReason() throws {
    let bench = try Bench()
    bench.run(cycles: 3)
    _ = bench.apply(.setControl(mode: "pid+optimiser", shadow: nil))
    // Not longer: the bench's actuators do not follow, and the safeguards will say so.
    bench.run(cycles: 70)
    bench.field.values["hall.temperature"] = .some(nil)
    bench.run(cycles: 10)
    let control = bench.report.state.control
    #expect(control.mode == "pid+optimiser" && control.layer == "pid" && control.optimum == nil)
    #expect(control.reason == "a measurement that the optimum rests on is not good")
  }
}
