import RowConfig

/// One way of running a row, as an entry of the benchmark's list: the production core with settings of its own, and
/// where its law is not ours, a companion that works the row as an operator would. All are given the same scans, and
/// all go through the same safeguards, limits, slews and emulated devices.
///
/// Another mode of the core is one more line in `all`.
public struct EnergyController: Sendable {
  public var name: String
  /// What it is, in one line.
  public var title: String
  /// What it changes in the site file.
  var settings: @Sendable (inout Site) -> Void
  /// nil: the core alone.
  var companion: (@Sendable (Site) -> any Companion)?
  /// Settings along which it trades energy for chip temperature, beside those it has of itself.
  var curve: [Variant] = Variant.supply
  /// What is tried on the tuning day; empty: its constants are published, computed or shipped.
  var tuning: [Variant] = []
  /// One of irhx, not of what it is compared with.
  var isOurs = false
  /// Liquid-to-air only.
  var needsFans = false

  /// A setting that the trade-off curve and the tuning vary.
  struct Variant: Sendable {
    var name: String
    var change: @Sendable (inout Site) -> Void

    /// Prices of chip temperature, percent of rack power per kelvin.
    static let leakage = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4].map { price in
      Variant(name: "\(number(price, 2)) %/K") { $0.economics.leakagePercentPerK = price }
    }
    /// Supply setpoints below what the controller has of itself, K.
    static let supply = [-6.0, -4, -2].map { lower in
      Variant(name: "\(Int(lower)) K") { site in
        site.supply.setpointC = max(site.supply.setpointC + lower, site.supply.setpointMinC)
      }
    }
  }

  init(
    _ name: String, _ title: String, settings: @escaping @Sendable (inout Site) -> Void = { _ in },
    companion: (@Sendable (Site) -> any Companion)? = nil
  ) {
    self.name = name
    self.title = title
    self.companion = companion
    self.settings = settings
  }

  /// Whether it can run this row at all.
  func suits(_ site: Site) -> Bool { !needsFans || site.fans != nil }

  /// The site as this controller has it, at a place of its trade-off curve.
  func site(from loaded: LoadedSite, _ variant: Variant? = nil) -> LoadedSite {
    var own = loaded
    settings(&own.site)
    variant?.change(&own.site)
    return own
  }
}

/// Works a row through an operator's commands, once a cycle.
protocol Companion {
  /// The temperature it holds, where that is not the core's setpoint.
  var setpointC: Double? { get }
  /// - Parameter isCommissioning: the time before the test, in which a person balances the row.
  mutating func step(_ row: VirtualRow, isCommissioning: Bool)
}

extension Companion {
  var setpointC: Double? { nil }
}

extension EnergyController {
  /// Everything that is compared but the searched B1h and the bound L, baselines first.
  public static let all: [EnergyController] = [
    .asShipped, .designed, .flowPerKilowatt, .trimAndRespond, .aalc,
    .ours("pid", "irhx as its site file ships it: flow per kW, most-open-valve reset, constant supply"),
    .layered(.optimiser, "B4, irhx with setpoints from its quasi-steady optimum, held by the same PID loops"),
    .layered(.mpc, "irhx's model predictive control towards that optimum"),
  ]

  /// A mode of irhx that weighs costs. Chip temperature has no price but along its trade-off curve: that is where its
  /// limits decide.
  static func layered(_ mode: Site.Control.Mode, _ title: String) -> EnergyController {
    var own = ours(mode.rawValue, title) { site in
      site.control.mode = mode
      site.economics.leakagePercentPerK = 0
    }
    own.curve = Variant.leakage
    return own
  }

  static func ours(
    _ name: String, _ title: String, settings: @escaping @Sendable (inout Site) -> Void = { _ in }
  ) -> EnergyController {
    var own = EnergyController(name, title, settings: settings)
    own.isOurs = true
    return own
  }
}
