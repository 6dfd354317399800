import CoolingCore

/// What a recorded cycle is: a fixed number of 64-bit words, the same for every row, so that the loop can hand one over
/// without asking anybody and a column of a file means the same wherever it was made. Slots that a row does not have
/// stay zero and cost nothing on disk.
///
/// Words before `decision` are what the core was given, those from there on what it made of it: a replay computes them
/// again and compares every bit.
public enum CycleLayout {
  public static let cycle = 0
  /// Wall time when the cycle began, ms since 1970: set by the recorder, for people.
  public static let timeMs = 1
  /// Monotonic time when the cycle began, ns.
  public static let startNs = 2
  /// Bits of a number, s.
  public static let elapsedS = 3
  public static let flags = 4
  public static let values = 5
  /// Bits of a number of seconds; on disk see `AgeCode`.
  public static let ages = values + InputSlot.count
  public static let outcomes = ages + InputSlot.count
  public static let writes = outcomes + InputSlot.count
  public static let buses = writes + OutputSlot.count
  public static let commandCount = buses + Capacity.buses
  public static let commands = commandCount + 1

  public static let decision = commands + commandsMax * commandWords
  public static let demands = decision
  public static let owners = demands + OutputSlot.count
  public static let mode = owners + Actuator.count
  public static let reason = mode + 1
  /// 1 driven, 2 drives are asked to reset.
  public static let driven = reason + 1
  public static let working = driven + 1
  public static let eventCount = working + Working.count
  public static let events = eventCount + 1
  public static let count = events + eventsMax * eventWords

  /// Commands of one cycle: the desk takes up sixteen, of which one may be two for the core.
  public static let commandsMax = 32
  public static let commandWords = 4
  /// Events of one cycle that are kept; `eventCount` says how many there were.
  public static let eventsMax = 16
  public static let eventWords = 4

  /// The cycle before was skipped because it would have been too late.
  public static let isLate: UInt64 = 1
  /// The state after this cycle was handed over with it.
  public static let hasCheckpoint: UInt64 = 2
  /// There were more commands than fit: the cycle cannot be replayed.
  public static let hasMoreCommands: UInt64 = 4

  /// What stands where there is no number.
  public static let none = UInt64.max

  /// Numbers of a decision beside the demands, each named with its unit.
  public enum Working: Int, Sendable {
    case supplyC, returnC, dpKpa, flowLpm, heatKw, supplySetpointC, operatorSetpointC, dpSetpointKpa, sinkSetpointC
    case pumpProportional, pumpIntegral, pumpDerivative, pumpFeedForward, pumpOutput
    case supplyProportional, supplyIntegral, supplyDerivative, supplyFeedForward, supplyOutput
    case outletC, effectiveness, pumpsWanted
    static let count = 22

    public static let all = (0..<count).compactMap(Working.init)

    /// As `irhxctl record` and `trend` call it.
    public var name: String {
      switch self {
      case .supplyC: "row.supply_c"
      case .returnC: "row.return_c"
      case .dpKpa: "row.dp_kpa"
      case .flowLpm: "row.flow_lpm"
      case .heatKw: "row.heat_kw"
      case .supplySetpointC: "row.supply_setpoint_c"
      case .operatorSetpointC: "row.operator_setpoint_c"
      case .dpSetpointKpa: "row.dp_setpoint_kpa"
      case .sinkSetpointC: "row.guarded_setpoint_c"
      case .pumpProportional: "pumps.proportional_percent"
      case .pumpIntegral: "pumps.integral_percent"
      case .pumpDerivative: "pumps.derivative_percent"
      case .pumpFeedForward: "pumps.feed_forward_percent"
      case .pumpOutput: "pumps.output_percent"
      case .supplyProportional: "supply.proportional_k"
      case .supplyIntegral: "supply.integral_k"
      case .supplyDerivative: "supply.derivative_k"
      case .supplyFeedForward: "supply.feed_forward_k"
      case .supplyOutput: "supply.output_k"
      case .outletC: "supply.outlet_c"
      case .effectiveness: "supply.effectiveness"
      case .pumpsWanted: "pumps.wanted"
      }
    }
  }
}
