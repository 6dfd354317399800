import CoolingCore
import Foundation
import RowConfig
import RowTwin
import Testing
import Trials

/// Rows on devices that the twin makes from their profiles alone.
@Suite struct EmulatedRowTests {
  /// The same row on devices of other vendors, none of which has a model of its own.
  static let others = [
    "danfoss/vlt-fc": "siemens/sinamics-g120", "abb/acs580": "grundfos/cim-epump",
    "ebm-papst/ec-fan": "ebm-papst/ec-fan-ace", "belimo/actuator-mod": "belimo/energy-valve",
    "siemens/acvatix-mo": "belimo/uk24mod", "siemens/sitrans-mag6000": "tuf/tuf-2000m",
    "eastron/sdm630": "janitza/umg104", "schneider/iem3000": "carlo-gavazzi/em24",
    "moxa/iologik-e1260": "advantech/adam-6015",
    "advantech/adam-6017": "moxa/iologik-e1240", "moxa/iologik-e1211": "wago/750-352",
    "moxa/iologik-e1210": "advantech/adam-6050", "rle/ld2100": "rle/ld5000",
    "epluse/ee072": "vaisala/hmp",
  ]

  static func emulated() throws -> LoadedSite {
    var text = try String(contentsOfFile: "\(Rows.folder)/config/row.demo.yaml", encoding: .utf8)
    for (known, other) in others { text.replace("profile: \(known)", with: "profile: \(other)") }
    return try SiteLoader.load(text: text, profileDirectories: ["\(Rows.folder)/config/profiles"])
  }

  @Test func aColdRowOfEmulatedDevicesReachesAutoAndHoldsItsSetpoint() throws {
    let row = try VirtualRow(Self.emulated(), load: .steady(percent: 60))
    #expect(row.run(until: { $0.core.mode == .auto }, timeout: 300) != nil)
    row.run(seconds: 900)
    #expect(abs(row.truth.supplyTemperatureC - row.site.supply.setpointC) < 1)
    var active: [Cause] = []
    row.core.interlocks.forEach(row.core.settings) { cause, _, state in if state.isActive { active.append(cause) } }
    #expect(active == [])
  }
}
