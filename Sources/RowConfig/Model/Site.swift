/// The typed form of a row's site file (`config/row.*.yaml`): what the row is made of, how it is to be run,
/// and which field device serves which role. A `Site` exists only after every check has passed; see `SiteLoader`.
///
/// Numbers are bare here because they mirror the file: each name ends with its unit.
public struct Site: Sendable, Equatable {
  public enum Topology: String, Sendable, CaseIterable {
    /// Fan coils give the heat to the hall's air; fans hold the supply temperature.
    case liquidToAir = "liquid-to-air"
    /// A plate heat exchanger gives the heat to facility water; its control valve holds the supply temperature.
    case facilityWater = "facility-water"
    /// A cooling unit with pumps, fans and controls of its own is told a flow and a supply temperature.
    case supervisedCdu = "supervised-cdu"
  }

  public enum WrongSetUp: String, Sendable, CaseIterable {
    /// It is driven, and what is wrong is said.
    case warn
    /// It is read and not taken into command before it has been put right. One that is in command stays so.
    case refuse
  }

  public var name: String
  public var topology: Topology
  public var cycle: Cycle
  public var access: Access
  public var recorder: Recorder
  public var supply: Supply
  /// Of a supervised row: what `coolingUnit` amounts to, one pump whose speed stands for the flow target.
  public var pumps: Pumps
  public var racks: Racks
  /// Present exactly when `topology` is `.liquidToAir`.
  public var fans: Fans?
  /// Present exactly when `topology` is `.facilityWater`.
  public var facilityValve: FacilityValve?
  /// Present exactly when `topology` is `.supervisedCdu`.
  public var coolingUnit: CoolingUnit?
  public var limits: Limits
  /// Who gives the loops their setpoints, what that is to save, and what its model knows beyond name plates.
  public var control: Control
  public var economics: Economics
  public var model: Model
  /// What the leak detectors watch; one that is not listed watches the row.
  public var leakZones: [LeakZone]
  /// What becomes of a device that is not set up for the loss of the daemon as its profile wants it.
  public var wrongSetUp: WrongSetUp
  public var buses: [Bus]
  public var devices: [Device]

  /// Pace of the control cycle and the deadlines inside it, each counted from the start of the cycle.
  public struct Cycle: Sendable, Equatable {
    /// 100 … 5000 ms.
    public var periodMs: Int = 1000
    /// When the loop stops waiting for the buses and takes what is there, with its age.
    public var scanDeadlineMs: Int = 300
    /// How long the loop waits for its writes to be answered.
    public var writeDeadlineMs: Int = 200
    public init() {}
  }

  /// Who may command the row over its socket. Reading needs only access to the socket itself.
  public struct Access: Sendable, Equatable {
    /// Path of the socket the daemon opens when systemd passes none. nil: `/run/irhx/<row name>.sock`.
    public var socketPath: String?
    /// Names (or decimal numbers) of users and groups whose commands are accepted. root always is.
    public var operatorUsers: [String] = []
    public var operatorGroups: [String] = []
    public init() {}
  }

  /// The recording of every cycle.
  public struct Recorder: Sendable, Equatable {
    /// Bound of what is kept on the disk, 10⁶ bytes; 0: nothing is recorded. A day at a cycle a second of the largest
    /// row takes less than 200.
    public var maxMb: Int = 256
    public init() {}
  }

  /// ISA standard form, in percent of span: output % = gain · (error + ∫error/Ti + Td·d(measurement)/dt).
  public struct Gains: Sendable, Equatable {
    /// Percent of output span per percent of input span; positive (the direction is fixed by the loop).
    public var gain: Double
    public var integralTimeS: Double
    public var derivativeTimeS: Double = 0
    /// First-order filter on the measurement.
    public var filterTimeS: Double = 0
    /// Weight of the setpoint in the proportional term, 0 … 1.
    public var setpointWeight: Double = 1
    public init(gain: Double, integralTimeS: Double) {
      self.gain = gain
      self.integralTimeS = integralTimeS
    }
  }

  /// Supply temperature: the row's main promise.
  public struct Supply: Sendable, Equatable {
    public var setpointC: Double
    /// Bounds of what an operator or an optimiser may ask for.
    public var setpointMinC: Double
    public var setpointMaxC: Double
    /// The effective setpoint never falls below the hall's dew point plus this.
    public var dewPointMarginK: Double = 3
    public init(setpointC: Double, setpointMinC: Double, setpointMaxC: Double) {
      self.setpointC = setpointC
      self.setpointMinC = setpointMinC
      self.setpointMaxC = setpointMaxC
    }
  }

  public struct Pumps: Sendable, Equatable {
    public enum Control: String, Sendable, CaseIterable {
      /// Hold the manifold's differential pressure; its setpoint is reset by the most-open rack valve.
      case differentialPressure = "differential-pressure"
      /// Hold the row's total flow: the sum of what the racks need.
      case flow
    }
    public var control: Control = .differentialPressure
    /// Manifold dP at which every rack gets its design flow; the start of the reset.
    public var dpSetpointKpa: Double
    public var dpMinKpa: Double
    public var dpMaxKpa: Double
    /// The dP setpoint is trimmed until the most-open rack valve stands here.
    public var mostOpenValvePercent: Double = 90
    public var speedMinPercent: Double = 30
    public var speedMaxPercent: Double = 100
    /// Largest change of a pump's speed demand.
    public var slewPercentPerS: Double = 10
    /// What every pump is left at on shutdown, on loss of control, and what its drive falls back to by itself.
    public var safeSpeedPercent: Double = 80
    /// Pumps that run in Auto at the least (2 where there are two: losing one must not lose the flow).
    public var minimumRunning: Int = 2
    public var gains: Gains
    public var units: [Unit]

    public struct Unit: Sendable, Equatable {
      public var name: String
      /// Duty point at full speed.
      public var ratedFlowLpm: Double
      public var ratedHeadKpa: Double
      /// Head at zero flow and full speed.
      public var shutoffHeadKpa: Double
      public var ratedPowerKw: Double
      public init(
        name: String, ratedFlowLpm: Double, ratedHeadKpa: Double, shutoffHeadKpa: Double, ratedPowerKw: Double
      ) {
        self.name = name
        self.ratedFlowLpm = ratedFlowLpm
        self.ratedHeadKpa = ratedHeadKpa
        self.shutoffHeadKpa = shutoffHeadKpa
        self.ratedPowerKw = ratedPowerKw
      }
    }
    public init(dpSetpointKpa: Double, dpMinKpa: Double, dpMaxKpa: Double, gains: Gains, units: [Unit]) {
      self.dpSetpointKpa = dpSetpointKpa
      self.dpMinKpa = dpMinKpa
      self.dpMaxKpa = dpMaxKpa
      self.gains = gains
      self.units = units
    }
  }

  public struct Racks: Sendable, Equatable {
    /// Rack flow setpoint = this · rack power, power filtered and peak-held.
    public var flowPerKwLpm: Double = 1.3
    /// Time constant with which cold plate and coolant filter rack power (before the peak hold).
    public var powerFilterS: Double = 7
    public var peakHoldS: Double = 90
    /// Floor of the flow setpoint, in percent of a rack's design flow: a job starts in 1 s, a valve needs 30–90 s.
    public var flowFloorPercent: Double = 50
    /// A heated rack's valve never goes below this, whatever its flow meter says: an equal-percentage valve half open
    /// passes about a quarter of design flow, which keeps a chip at rated power below 85 °C.
    public var valveFloorPercent: Double = 50
    /// Full travel time of the rack valves' actuators.
    public var valveStrokeS: Double = 60
    public var gains: Gains
    public var units: [Unit]

    public struct Unit: Sendable, Equatable {
      public var name: String
      public var ratedKw: Double
      public var designFlowLpm: Double
      /// Pressure drop of the rack (cold plates, hoses, valve open) at design flow.
      public var designDpKpa: Double
      /// Highest chip case temperature allowed.
      public var chipLimitC: Double = 85
      /// Resistance of its cold plates as a multiple of the published one.
      public var plateFactor = 1.0
      /// What the rack's plate allows: coolant leaving it, and gauge pressure entering it. nil: not stated.
      public var returnMaxC: Double?
      public var pressureMaxKpa: Double?
      public init(name: String, ratedKw: Double, designFlowLpm: Double, designDpKpa: Double) {
        self.name = name
        self.ratedKw = ratedKw
        self.designFlowLpm = designFlowLpm
        self.designDpKpa = designDpKpa
      }
    }
    public init(gains: Gains, units: [Unit]) {
      self.gains = gains
      self.units = units
    }
  }

  public struct Fans: Sendable, Equatable {
    public var speedMinPercent: Double = 10
    public var speedMaxPercent: Double = 100
    public var slewPercentPerS: Double = 5
    public var safeSpeedPercent: Double = 90
    public var gains: Gains
    public var units: [Unit]

    /// One fan coil: a coil and the fans that blow through it, driven as one.
    public struct Unit: Sendable, Equatable {
      public var name: String
      /// Heat given to air at full speed, design flow and design inlet temperature difference.
      public var ratedKw: Double
      public var ratedAirFlowM3PerH: Double
      public var ratedPowerKw: Double
      /// Design point of `ratedKw`: liquid inlet minus air inlet, and liquid flow through this coil.
      public var designItdK: Double = 25
      public var designFlowLpm: Double
      public init(
        name: String, ratedKw: Double, ratedAirFlowM3PerH: Double, ratedPowerKw: Double, designFlowLpm: Double
      ) {
        self.name = name
        self.ratedKw = ratedKw
        self.ratedAirFlowM3PerH = ratedAirFlowM3PerH
        self.ratedPowerKw = ratedPowerKw
        self.designFlowLpm = designFlowLpm
      }
    }
    public init(gains: Gains, units: [Unit]) {
      self.gains = gains
      self.units = units
    }
  }

  public struct FacilityValve: Sendable, Equatable {
    public var positionMinPercent: Double = 5
    public var slewPercentPerS: Double = 2
    public var safePositionPercent: Double = 100
    public var strokeS: Double = 60
    /// Heat transferred at full facility flow, design loop flow and design temperatures.
    public var ratedKw: Double
    /// Loop return minus facility supply at the design point.
    public var designItdK: Double = 20
    public var designLoopFlowLpm: Double
    public var designFacilityFlowLpm: Double
    public var gains: Gains
    public init(ratedKw: Double, designLoopFlowLpm: Double, designFacilityFlowLpm: Double, gains: Gains) {
      self.ratedKw = ratedKw
      self.designLoopFlowLpm = designLoopFlowLpm
      self.designFacilityFlowLpm = designFacilityFlowLpm
      self.gains = gains
    }
  }

  /// Limits of the safeguards: where an alarm asks for a person and where an interlock acts.
  public struct Limits: Sendable, Equatable {
    public var supplyHighC: Double = 43
    public var supplyHighHighC: Double = 46
    public var returnHighHighC: Double = 65
    /// Row flow below this share of the sum of the rack floors is a loss of flow.
    public var rowFlowLowPercent: Double = 60
    public var supplyPressureHighKpa: Double = 450
    public var levelLowPercent: Double = 40
    public var levelLowLowPercent: Double = 20
    public var filterDpHighKpa: Double = 60
    public init() {}
  }

  public struct Control: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable {
      /// The constants of this file and the operator's setpoints.
      case pid
      /// The economic optimum of supply temperature, rack flows and manifold dP.
      case optimiser = "pid+optimiser"
      /// Model predictive control towards that optimum.
      case mpc
    }
    public enum Shadow: String, Sendable, CaseIterable {
      case none
      case optimiser = "pid+optimiser"
      case mpc
    }
    public var mode = Mode.pid
    /// Runs beside `mode` and says what it would do and save.
    public var shadow = Shadow.none
    public init() {}
  }

  /// What the optimiser weighs beside pump and fan power.
  public struct Economics: Sendable, Equatable {
    /// Rack power that a chip one kelvin hotter costs, percent of the rack's; 0: none.
    public var leakagePercentPerK = 0.15
    /// What supply one kelvin warmer saves further out (hall air handling, facility water), W.
    public var warmerSupplySavesWPerK = 0.0
    /// What moves the facility's water through an open valve, kW electrical; nil: half a percent of its rated heat.
    public var facilityPowerKw: Double?
    public init() {}
  }

  /// Numbers of the row model that are measured at commissioning; nil: by design data.
  public struct Model: Sendable, Equatable {
    /// Headers, filter and coils at the racks' design flows together; nil: a third of the pumps' rated head.
    public var loopDpKpa: Double?
    /// All coolant; nil: what the racks hold (0.28 L/kW) and 15 s of design flow.
    public var loopVolumeL: Double?
    /// Effectiveness of coils or plates as a multiple of their rating's.
    public var coilFactor = 1.0
    public init() {}
  }

  /// What leak detector `leak.<number>` watches.
  public struct LeakZone: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
      case row
      /// Number of the rack or fan coil, from 1.
      case rack(Int), coil(Int)
    }
    /// 1 … 56.
    public var number: Int
    public var watches = Place.row
    /// Beside electronics or at a joint: its word alone isolates the rack or coil it watches.
    public var isCritical = false
    public init(number: Int) { self.number = number }
  }

  /// One Modbus endpoint: a TCP server or gateway, or a serial line. Each gets a worker of its own.
  public struct Bus: Sendable, Equatable {
    public enum Link: Sendable, Equatable {
      case tcp(host: String, port: Int)
      case serial(path: String, baud: Int, parity: Parity, stopBits: Int)
    }
    public enum Parity: String, Sendable, CaseIterable { case none, even, odd }
    public enum Framing: String, Sendable, CaseIterable {
      case modbusTCP = "modbus-tcp"
      /// Serial frames with their CRC, as a plain serial server passes them on.
      case rtu
    }
    public var name: String
    public var link: Link
    /// How long a reply may take.
    public var timeoutMs: Int = 100
    /// How long devices take to begin a reply, ms: for the plan. nil: 5 where there is a serial line, else 1.
    public var turnaroundMs: Double?
    /// Of TCP.
    public var framing = Framing.modbusTCP
    /// Of TCP: most requests under way at once. More than 1 only for devices that queue them, 1 … 16.
    public var requestsInFlight = 1
    /// Of TCP: speed of the serial line behind a gateway; nil: none.
    public var gatewayBaud: Int?
    public init(name: String, link: Link) {
      self.name = name
      self.link = link
    }
  }

  /// One field device: which profile speaks its language, where it listens, and which roles it serves.
  public struct Device: Sendable, Equatable {
    public var name: String
    /// Name of its profile, such as `danfoss/vlt-fc`.
    public var profile: String
    /// Name of a bus of this file.
    public var bus: String
    /// Modbus unit identifier, 1 … 247.
    public var unit: Int
    /// P&ID tag of the device as a whole (ISA-5.1), such as `P-101`.
    public var tag: String?
    /// Role prefix of a device that serves one thing as a whole: `pump.1`, `rack.3`, `rack.3.valve`, `fan.2`, `row`.
    /// Each profile point with a `signal` then feeds the role `<serves>.<signal>`.
    public var serves: String?
    /// For multi-channel modules: profile point (an input) or command (an output) → what it is wired to.
    public var channels: [Channel] = []

    public struct Channel: Sendable, Equatable {
      public var point: String
      public var role: String
      public var tag: String?
      /// Engineering values at 4 and 20 mA for current inputs (the profile's point is then in mA); nil: as the
      /// profile says.
      public var at4mA: Double?
      public var at20mA: Double?
      /// A normally-closed contact: the role is true while the circuit is open, so a broken wire reads as true.
      public var isInverted = false
      public init(point: String, role: String) {
        self.point = point
        self.role = role
      }
    }
    public init(name: String, profile: String, bus: String, unit: Int) {
      self.name = name
      self.profile = profile
      self.bus = bus
      self.unit = unit
    }
  }

  public init(
    name: String, topology: Topology, supply: Supply, pumps: Pumps, racks: Racks, buses: [Bus], devices: [Device]
  ) {
    self.name = name
    self.topology = topology
    self.cycle = Cycle()
    self.access = Access()
    self.recorder = Recorder()
    self.supply = supply
    self.pumps = pumps
    self.racks = racks
    self.limits = Limits()
    self.control = Control()
    self.economics = Economics()
    self.model = Model()
    self.leakZones = []
    self.wrongSetUp = .warn
    self.buses = buses
    self.devices = devices
  }
}
