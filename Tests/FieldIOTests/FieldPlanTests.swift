import FieldIO
import RowConfig
import Testing

/// Contradictions between a site and its profiles are named, not met at run time.
@Suite struct FieldPlanTests {
  private func fault(
    _ device: Site.Device, _ profile: DeviceProfile, inputs: [String] = ["rack.1.flow", "rack.1.power"]
  ) -> FieldPlanFault? {
    do throws(FieldPlanFault) {
      _ = try FieldPlan(
        site: Fixture.site([device]), profiles: [profile.name: profile],
        inputSlot: { role in inputs.firstIndex(of: role) }, outputSlot: { _ in nil })
      return nil
    } catch {
      return error
    }
  }

  @Test func aSoundSiteIsPlanned() {
    #expect(fault(Fixture.device("m", Fixture.meter, unit: 1, serves: "rack.1"), Fixture.meter) == nil)
  }

  @Test func anUnknownProfileBusPointOrRoleIsNamed() {
    var device = Fixture.device("m", Fixture.meter, unit: 1, serves: "rack.1")
    device.profile = "x/y"
    #expect(fault(device, Fixture.meter) == .unknownProfile(device: "m", profile: "x/y"))
    device.profile = Fixture.meter.name
    device.bus = "b9"
    #expect(fault(device, Fixture.meter) == .unknownBus(device: "m", bus: "b9"))
    device.bus = "b1"
    device.channels = [.init(point: "nowhere", role: "rack.1.power")]
    #expect(fault(device, Fixture.meter) == .unknownPoint(device: "m", point: "nowhere"))
    device.channels = [.init(point: "flow", role: "moon.phase")]
    #expect(fault(device, Fixture.meter) == .unknownRole(device: "m", role: "moon.phase"))
  }

  @Test func aRoleIsServedOnce() {
    let device = Fixture.device(
      "m", Fixture.meter, unit: 1, serves: "rack.1", channels: [.init(point: "flow", role: "rack.1.flow")])
    #expect(fault(device, Fixture.meter) == .roleServedTwice(device: "m", role: "rack.1.flow"))
  }

  @Test func pointsMayNotDependOnThemselves() {
    let profile = Fixture.profile(
      "t/p",
      [
        Fixture.point("flow", 0, signal: "flow") { $0.reference = "other" },
        Fixture.point("other", 1) { $0.validWhen = .init(point: "flow", rawIn: [1]) },
      ])
    #expect(
      fault(Fixture.device("m", profile, unit: 1, serves: "rack.1"), profile)
        == .circularReference(device: "m", point: "flow"))
  }

  @Test func unitsAddressesAndLengthsStayInRange() {
    for unit in [0, 248] {
      #expect(
        fault(Fixture.device("m", Fixture.meter, unit: unit, serves: "rack.1"), Fixture.meter)
          == .outOfRange(device: "m", point: nil))
    }
    for address in [-1, 65535] {
      let profile = Fixture.profile("t/p", [Fixture.point("flow", address, .uint32, signal: "flow")])
      #expect(
        fault(Fixture.device("m", profile, unit: 1, serves: "rack.1"), profile)
          == .outOfRange(device: "m", point: "flow"))
    }
    let narrow = Fixture.profile("t/p", [Fixture.point("flow", 0, .float32, signal: "flow")], maxRead: 1)
    #expect(
      fault(Fixture.device("m", narrow, unit: 1, serves: "rack.1"), narrow) == .outOfRange(device: "m", point: "flow"))
  }

  @Test func aSignalTheRowDoesNotUseIsNotRead() throws {
    let profile = Fixture.profile(
      "t/p", [Fixture.point("a", 0, signal: "flow"), Fixture.point("b", 100, signal: "hours")])
    let bench = try Bench(
      [Fixture.device("d", profile, unit: 1, serves: "rack.1")], [profile], inputs: ["rack.1.flow"])
    #expect(bench.cycle() == [.read(unit: 1, address: 0, count: 1)])
  }
}
