/// One field bus. Counts are since the daemon started.
public struct BusState: Codable, Sendable, Equatable {
  /// Name of the bus.
  public var name: String
  /// Address or serial device.
  public var endpoint: String
  /// The bus has a connection.
  public var connected: Bool
  /// Requests sent.
  public var requests: Int
  /// Requests without an answer in time.
  public var timeouts: Int
  /// Requests a device refused.
  public var exceptions: Int
  /// Transport faults and protocol violations.
  public var faults: Int
  /// Duration of the last scan, ms.
  public var scanMs: Double
  /// Settings of its devices that are not as they should be.
  public var setUp: [SetUpFinding]

  public init(
    name: String, endpoint: String, connected: Bool, requests: Int, timeouts: Int, exceptions: Int, faults: Int,
    scanMs: Double, setUp: [SetUpFinding] = []
  ) {
    self.name = name
    self.endpoint = endpoint
    self.connected = connected
    self.requests = requests
    self.timeouts = timeouts
    self.exceptions = exceptions
    self.faults = faults
    self.scanMs = scanMs
    self.setUp = setUp
  }

  private enum CodingKeys: String, CodingKey {
    case name, endpoint, connected, requests, timeouts, exceptions, faults
    case scanMs = "scan_ms"
    case setUp = "set_up"
  }
}

/// A device that would not do what its profile says when the daemon falls silent, or is not the one it describes.
public struct SetUpFinding: Codable, Sendable, Equatable {
  /// The device, as the site file names it.
  public var device: String
  /// The point of its profile.
  public var point: String
  /// Least value that is right, in the point's unit.
  public var expectedLow: Double
  /// Highest value that is right.
  public var expectedHigh: Double
  /// What the device holds; nil where it has no such register.
  public var found: Double?

  public init(device: String, point: String, expectedLow: Double, expectedHigh: Double, found: Double? = nil) {
    self.device = device
    self.point = point
    self.expectedLow = expectedLow
    self.expectedHigh = expectedHigh
    self.found = found
  }

  private enum CodingKeys: String, CodingKey {
    case device, point
    case expectedLow = "expected_low"
    case expectedHigh = "expected_high"
    case found
  }
}

/// Timing of the control loop.
public struct LoopHealth: Codable, Sendable, Equatable {
  /// Cycles since the daemon started.
  public var cycle: Int
  /// Period, ms.
  public var periodMs: Int
  /// Cycles that ended after the next deadline.
  public var overruns: Int
  /// Median lateness of the wake-up, µs.
  public var wakeupP50Us: Double
  /// 99th percentile lateness of the wake-up, µs.
  public var wakeupP99Us: Double
  /// Last scan, ms.
  public var scanMs: Double
  /// Last decision, µs.
  public var stepUs: Double
  /// Last writing of the outputs, ms.
  public var writeMs: Double
  /// Published states that slow watchers lost.
  public var droppedStates: Int
  /// Clients connected to the socket.
  public var clients: Int

  public init(
    cycle: Int, periodMs: Int, overruns: Int, wakeupP50Us: Double, wakeupP99Us: Double, scanMs: Double, stepUs: Double,
    writeMs: Double, droppedStates: Int, clients: Int
  ) {
    self.cycle = cycle
    self.periodMs = periodMs
    self.overruns = overruns
    self.wakeupP50Us = wakeupP50Us
    self.wakeupP99Us = wakeupP99Us
    self.scanMs = scanMs
    self.stepUs = stepUs
    self.writeMs = writeMs
    self.droppedStates = droppedStates
    self.clients = clients
  }

  private enum CodingKeys: String, CodingKey {
    case cycle
    case periodMs = "period_ms"
    case overruns
    case wakeupP50Us = "wakeup_p50_us"
    case wakeupP99Us = "wakeup_p99_us"
    case scanMs = "scan_ms"
    case stepUs = "step_us"
    case writeMs = "write_ms"
    case droppedStates = "dropped_states"
    case clients
  }
}

/// What serves this socket.
public struct RowInfo: Codable, Sendable, Equatable {
  /// Always `irhx`.
  public var product: String
  /// Version of the daemon.
  public var version: String
  /// Name of the row.
  public var row: String
  /// Path of the site file.
  public var siteFile: String
  /// Digest of the site file's text.
  public var siteDigest: String
  /// How the row gives its heat away.
  public var topology: String
  /// Period of the control loop, ms.
  public var periodMs: Int
  /// When the daemon started, RFC 3339, UTC.
  public var started: String
  /// Name of the Varlink interface.
  public var interface: String

  public init(
    product: String, version: String, row: String, siteFile: String, siteDigest: String, topology: String,
    periodMs: Int, started: String, interface: String
  ) {
    self.product = product
    self.version = version
    self.row = row
    self.siteFile = siteFile
    self.siteDigest = siteDigest
    self.topology = topology
    self.periodMs = periodMs
    self.started = started
    self.interface = interface
  }

  private enum CodingKeys: String, CodingKey {
    case product, version, row
    case siteFile = "site_file"
    case siteDigest = "site_digest"
    case topology
    case periodMs = "period_ms"
    case started, interface
  }
}

/// Why an actuator is where it is.
public struct Explanation: Codable, Sendable, Equatable {
  /// The actuator.
  public var actuator: ActuatorState
  /// Reasons, the deciding one first.
  public var because: [String]

  public init(actuator: ActuatorState, because: [String]) {
    self.actuator = actuator
    self.because = because
  }
}
