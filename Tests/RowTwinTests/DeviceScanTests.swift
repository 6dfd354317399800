import RowConfig
import Testing

@testable import FieldIO
@testable import RowTwin

/// `irhxd scan` on a bus of emulated devices.
@Suite(.serialized) struct DeviceScanTests {
  @Test(arguments: Transport.allCases)
  func everyEmulatedDeviceIsFoundAndTakenForWhatItIs(_ transport: Transport) throws {
    // A line takes its time: one device of each kind there.
    let names = transport == .tcp ? try DeviceRig.names.get() : DeviceFaultTests.kinds
    let rig = try DeviceRig(names, on: transport, timeoutMs: 500)
    let profiles = try DeviceRig.names.get().map(DeviceRig.profile)
    var scan = BusScan(rig.bus, link: try rig.link(), profiles: profiles)
    for (index, name) in names.enumerated() {
      let profile = try DeviceRig.profile(name)
      let found = try #require(try scan.find(index + 1), "\(profile.name) is silent")
      let match = try #require(found.matches.first { $0.profile == profile.name }, "\(profile.name): \(found.matches)")
      #expect(match.isIdentified == !profile.identity.isEmpty && match.answered == profile.points.count)
    }
    #expect(try scan.find(names.count + 1) == nil)
  }
}
