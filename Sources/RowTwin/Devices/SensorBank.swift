/// Every transmitter of the row in one flat table, stepped once per step of the twin: first-order lag on the truth,
/// then the transmitter's own error and noise, then whatever fault it has. Devices hold indices into it and put its
/// values into their registers. One owner, the twin.
final class SensorBank {
  private var sensors: [Sensor] = []
  private var indexOfRole: [String: Int] = [:]
  private var random: SeededRandom
  /// The step length the sensors' shares are for, s.
  private var shareS = 0.0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// A new transmitter; `role` names it for faults. Its delivered error comes from the seed and the order of adding.
  func add(_ quantity: Quantity, role: String? = nil) -> Int {
    let behaviour = quantity.behaviour
    sensors.append(
      Sensor(
        quantity: quantity, lagS: behaviour.lagS, plainNoise: behaviour.noise,
        offset: behaviour.offset * random.gaussian(), gain: 1 + behaviour.gain * random.gaussian()))
    if let role { indexOfRole[role] = sensors.count - 1 }
    return sensors.count - 1
  }

  func value(_ index: Int) -> Double { sensors[index].value }
  /// What it has measured since the start, in its unit times seconds.
  func total(_ index: Int) -> Double { sensors[index].total }
  /// The loop of a wired transmitter is broken: its module sees no signal.
  func isOpen(_ index: Int) -> Bool { sensors[index].fault == .open }
  func index(role: String) -> Int? { indexOfRole[role] }
  var roles: [String] { indexOfRole.keys.sorted() }

  /// Gives the transmitter a fault, or none. One that stays the same goes on undisturbed.
  func setFault(_ fault: SensorFault?, at index: Int) {
    guard sensors[index].fault != fault else { return }
    sensors[index].fault = fault
    sensors[index].drift = 0
  }
  func clearFaults(except kept: Set<Int>) {
    for index in sensors.indices where !kept.contains(index) { setFault(nil, at: index) }
  }

  /// Air in the coolant disturbs every flow meter.
  func setFlowNoise(times: Double) {
    for index in sensors.indices where sensors[index].quantity.isFlow {
      sensors[index].noise = sensors[index].plainNoise * times
    }
  }

  /// All transmitters show the truth of a plant that has stood like this for long.
  func start(_ truth: borrowing PlantTruth) {
    for index in sensors.indices {
      sensors[index].lagged = sensors[index].quantity.value(in: truth)
      sensors[index].value = sensors[index].lagged
    }
  }

  func step(seconds: Double, truth: borrowing PlantTruth) {
    if seconds != shareS {
      shareS = seconds
      for index in sensors.indices { sensors[index].share = 1 - Exponential.decay(seconds / sensors[index].lagS) }
    }
    Self.step(&sensors, seconds: seconds, truth: truth, random: &random)
  }

  private static func step(
    _ sensors: inout [Sensor], seconds: Double, truth: borrowing PlantTruth, random: inout SeededRandom
  ) {
    var table = sensors.mutableSpan
    for index in table.indices {
      table[index].step(seconds: seconds, truth: table[index].quantity.value(in: truth), random: &random)
    }
  }
}

/// One transmitter, in the unit of its quantity.
struct Sensor {
  /// Far outside any span; the module behind saturates.
  static let beyond = 1e5
  /// How often a transmitter with a spike fault spikes.
  static let spikesPerS = 0.05

  let quantity: Quantity
  let lagS: Double
  let plainNoise: Double
  let offset: Double
  let gain: Double
  var noise: Double
  /// Share of the way to the truth that its lag lets it go in one step.
  var share = 1.0
  var lagged = 0.0
  var drift = 0.0
  var value = 0.0
  var total = 0.0
  var fault: SensorFault?

  init(quantity: Quantity, lagS: Double, plainNoise: Double, offset: Double, gain: Double) {
    self.quantity = quantity
    self.lagS = lagS
    self.plainNoise = plainNoise
    noise = plainNoise
    self.offset = offset
    self.gain = gain
  }

  @inline(__always)
  mutating func step(seconds: Double, truth: Double, random: inout SeededRandom) {
    lagged += (truth - lagged) * share
    let healthy = lagged * gain + offset
    guard let fault else {
      value = noise == 0 ? healthy : healthy + noise * random.gaussian()
      total += value * seconds
      return
    }
    disturb(fault, healthy: healthy, seconds: seconds, random: &random)
    if !value.isNaN { total += value * seconds }
  }

  private mutating func disturb(
    _ fault: SensorFault, healthy: Double, seconds: Double, random: inout SeededRandom
  ) {
    let jitter = noise * random.gaussian()
    switch fault {
    case .stuck, .open: break
    case .drift(let perMinute):
      drift += perMinute * seconds / 60
      value = healthy + drift + jitter
    case .offset(let error): value = healthy + error + jitter
    case .noise(let times): value = healthy + jitter * times
    case .spike(let height): value = healthy + jitter + (random.uniform() < Self.spikesPerS * seconds ? height : 0)
    case .high: value = Self.beyond
    case .low: value = -Self.beyond
    case .swappedUnits: value = quantity.inAnotherUnit(healthy + jitter)
    case .notANumber: value = .nan
    }
  }
}

extension SeededRandom {
  /// Mean 0, standard deviation 1, within ±3.5: the four 16-bit lanes of one draw, summed. One draw because
  /// a row has some fifty sensors and is simulated ten thousand times faster than it lives.
  mutating func gaussian() -> Double {
    let lanes = next()
    let sum = (lanes & 0xFFFF) + (lanes >> 16 & 0xFFFF) + (lanes >> 32 & 0xFFFF) + (lanes >> 48)
    return (Double(sum) - 131_070) * 2.643e-5
  }
}
