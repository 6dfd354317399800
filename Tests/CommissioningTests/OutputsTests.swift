import CoolingCore
import FieldIO
import RowConfig
import Testing

@testable import Commissioning

/// Whatever a test asks for, what is demanded of the row stays inside its limits.
@Suite struct OutputsTests {
  private static let all: [Actuator] = [.pump(0), .pump(1), .rackValve(0), .rackValve(1), .fan(0)]

  private static func outputs() throws -> Outputs {
    let site = try SiteLoader.load(
      text: Rig.site, profileDirectories: ["\(Rig.folder)/config/profiles"]
    ).site
    var outputs = Outputs(site, all)
    outputs.begin(at: { _ in 50 }, running: { $0 == 0 })
    return outputs
  }

  private static func demands(_ outputs: Outputs) -> OutputDemands {
    var demands = OutputDemands(slots: OutputSlot.count)
    outputs.fill(&demands)
    return demands
  }

  /// OPS-060.
  @Test func nothingIsDemandedBeyondTheSitesLimitsOrFasterThanItsSlew() throws {
    var outputs = try Self.outputs()
    outputs.keepOpen([0], 40)
    for (actuator, asked) in [(Actuator.pump(0), 150.0), (.rackValve(0), -5), (.rackValve(1), -5), (.fan(0), 0)] {
      outputs.set(actuator, asked)
    }
    outputs.move(seconds: 1)
    let next = Self.demands(outputs)
    #expect(next.values[OutputSlot.pumpSpeed(0)] == 60)
    #expect(next.values[OutputSlot.fan(0)] == 45)
    for _ in 0..<100 { outputs.move(seconds: 1) }
    let last = Self.demands(outputs)
    #expect(last.values[OutputSlot.pumpSpeed(0)] == 100)
    #expect(last.values[OutputSlot.rackValve(1)] == 0)
    #expect(last.values[OutputSlot.fan(0)] == 10)
    // The other valve was raised when this one was lowered.
    #expect(last.values[OutputSlot.rackValve(0)] == 100)
    outputs.set(.rackValve(0), -5)
    #expect(outputs[.rackValve(0)]?.target == 40 && outputs[.rackValve(1)]?.target == 100)
  }

  /// OPS-061.
  @Test func theSafeOutputStartsNoPumpThatNeverRan() throws {
    var outputs = try Self.outputs()
    #expect(!Self.demands(outputs).isUrgent.contains(true))
    outputs.leaveSafe(stopsPumps: false)
    var demands = Self.demands(outputs)
    #expect(!demands.isUrgent.contains(false))
    #expect(demands.values[OutputSlot.pumpRun(0)] == 1 && demands.values[OutputSlot.pumpRun(1)] == 0)
    #expect(demands.values[OutputSlot.pumpSpeed(0)] == 80 && demands.values[OutputSlot.rackValve(0)] == 100)
    outputs.leaveSafe(stopsPumps: true)
    demands = Self.demands(outputs)
    #expect(demands.values[OutputSlot.pumpRun(0)] == 0)
  }

  @Test func thePermitUnderTestIsLeftAsItWas() throws {
    var outputs = try Self.outputs()
    outputs.permit(rack: 1, false, before: true)
    #expect(Self.demands(outputs).values[OutputSlot.permit(1)] == 0)
    outputs.leaveSafe(stopsPumps: false)
    #expect(Self.demands(outputs).values[OutputSlot.permit(1)] == 1)
    #expect(Self.demands(outputs).values[OutputSlot.permit(0)] == nil)
  }

  @Test func nothingIsDemandedBeforeTheWalkDrivesNorAfterItLetsGo() throws {
    var outputs = try Self.outputs()
    outputs.release()
    #expect(Self.demands(outputs).values.allSatisfy { $0 == nil })
  }
}
