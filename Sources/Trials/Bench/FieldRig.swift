import CFieldPeer
import FieldIO
import RowConfig
import RowRuntime
import Synchronization

/// Buses of equal devices, planned and driven by the production code over Modbus TCP on loopback, against servers that
/// answer at once and note when each request came.
struct FieldRig {
  struct Fault: Error {}

  /// What one device has: registers from 0 on.
  struct Map {
    var points = 100
    /// Addresses from one point to the next.
    var stride = 1
    /// A register to be commanded, above all points.
    var isCommanded = false
    var maxRead = 125
  }

  static let timeoutMs = 100

  let site: Site
  let plan: FieldPlan
  let inputs: Int
  let outputs: Int

  /// - Parameter ports: one bus each, on loopback.
  init(ports: [Int], unitsPerBus: Int, map: Map, inFlight: Int = 1) throws {
    let profile = Self.profile(map)
    var buses: [Site.Bus] = []
    var devices: [Site.Device] = []
    for (index, port) in ports.enumerated() {
      var bus = Site.Bus(name: "b\(index)", link: .tcp(host: "127.0.0.1", port: port))
      bus.timeoutMs = Self.timeoutMs
      bus.requestsInFlight = inFlight
      buses.append(bus)
      for unit in 1...unitsPerBus {
        var device = Site.Device(name: "d\(index)-\(unit)", profile: profile.name, bus: bus.name, unit: unit)
        device.serves = "\(devices.count)"
        devices.append(device)
      }
    }
    let gains = Site.Gains(gain: 1, integralTimeS: 10)
    site = Site(
      name: "bench", topology: .liquidToAir, supply: .init(setpointC: 35, setpointMinC: 20, setpointMaxC: 40),
      pumps: .init(dpSetpointKpa: 100, dpMinKpa: 50, dpMaxKpa: 200, gains: gains, units: []),
      racks: .init(gains: gains, units: []), buses: buses, devices: devices)
    // A role is DEVICE.POINT, both numbers.
    func place(_ role: String) -> (device: Int, point: Int?)? {
      let parts = role.split(separator: ".")
      guard parts.count == 2, let device = Int(parts[0]) else { return nil }
      return (device, Int(parts[1]))
    }
    plan = try FieldPlan(
      site: site, profiles: [profile.name: profile],
      inputSlot: { role in place(role).flatMap { at in at.point.map { at.device * map.points + $0 } } },
      outputSlot: { role in place(role).flatMap { $0.point == nil ? $0.device : nil } })
    inputs = devices.count * map.points
    outputs = map.isCommanded ? devices.count : 0
  }

  /// Workers as the daemon has them.
  func field() throws -> ThreadedField {
    var workers: [BusWorker] = []
    for bus in plan.buses {
      workers.append(
        BusWorker(try master(of: bus), inputSlots: inputs, outputSlots: outputs, isRealTimeWanted: true))
    }
    return ThreadedField(plan: plan, workers: workers)
  }

  func master(of bus: BusPlan) throws -> BusMaster {
    guard let link = LibmodbusLink(bus.bus) else { throw Fault() }
    return BusMaster(plan: bus, link: link)
  }

  private static func profile(_ map: Map) -> DeviceProfile {
    var profile = DeviceProfile(
      name: "bench/device", kind: "test", status: .simTested, sources: [],
      points: (0..<map.points).map { number in
        var point = DeviceProfile.Point(
          name: "p\(number)", area: .holding, address: number * map.stride, format: .uint16)
        point.signal = "\(number)"
        return point
      }, commands: [])
    profile.maxRead = map.maxRead
    guard map.isCommanded else { return profile }
    var command = DeviceProfile.Command(
      name: "demand", area: .holding, address: 1000, format: .uint16,
      form: .analog(.init(rawMin: 0, rawMax: 65_535)))
    command.signal = "demand"
    profile.commands = [command]
    return profile
  }
}

/// The servers, for as long as it lives.
@safe final class FieldServer {
  private let server: OpaquePointer
  let ports: [Int]

  init(ports count: Int) throws {
    guard let made = unsafe fp_start(Int32(count)) else { throw FieldRig.Fault() }
    unsafe server = made
    ports = (0..<count).map { unsafe Int(fp_port(made, Int32($0))) }
  }

  deinit { unsafe fp_stop(server) }

  func setSilent(_ unit: UInt8, _ isSilent: Bool) { unsafe fp_set_silent(server, 0, unit, isSilent) }
  func setIllegal(_ unit: UInt8, _ address: Int?) { unsafe fp_set_illegal(server, 0, unit, Int32(address ?? -1)) }

  /// What has arrived since the last call.
  func takeArrivals() -> [fp_arrival] {
    var arrivals = [fp_arrival](repeating: fp_arrival(), count: Int(FP_ARRIVALS_MAX))
    let count = unsafe fp_take_arrivals(server, &arrivals, Int32(FP_ARRIVALS_MAX))
    return Array(arrivals[..<Int(count)])
  }
}

/// The field in the hands of the daemon's own loop thread: scan, a decision that costs nothing, actuate.
final class FieldLoop: Sendable {
  struct Cycle: Sendable {
    var start = Duration.zero
    /// From when the cycle was due until every output was confirmed.
    var latency = Duration.zero
    /// Points read in this cycle, and those of the unit that is watched.
    var fresh = 0
    var freshWatched = 0
    /// Every scan and every write was done by its deadline.
    var isComplete = true
  }
  private struct State {
    var field: ThreadedField
    var image: [FieldValue]
    var demands: OutputDemands
    var states: [WriteState]
    var cycles: [Cycle] = []
  }

  private let state: Mutex<State>
  private let period: Duration
  /// Slots of the device whose fresh points are counted apart.
  private let watched: Range<Int>

  init(_ rig: FieldRig, period: Duration, watching watched: Range<Int> = 0..<0) throws {
    self.period = period
    self.watched = watched
    var demands = OutputDemands(slots: rig.outputs)
    for slot in 0..<rig.outputs { demands.values[slot] = 0 }
    state = Mutex(
      State(
        field: try rig.field(), image: Array(repeating: FieldValue(), count: rig.inputs), demands: demands,
        states: Array(repeating: WriteState(), count: rig.outputs)))
  }

  var cycles: [Cycle] { state.withLock(\.cycles) }

  /// Runs for so long; `during` is called from the caller's thread meanwhile.
  func run(_ during: () -> Void) throws {
    let thread = LoopThread(period: period) { due, _ in self.cycle(due) }
    _ = try thread.start(isRealTimeWanted: true)
    during()
    thread.stop()
    state.withLock { $0.field.stop(until: MonotonicClock.now() + .seconds(2)) }
  }

  private func cycle(_ due: Duration) {
    state.withLock { state in
      let number = UInt64(state.cycles.count + 1)
      var cycle = Cycle(start: MonotonicClock.now())
      state.field.scan(cycle: number, now: cycle.start, deadline: cycle.start + period * 0.4, into: &state.image)
      for slot in state.demands.values.indices { state.demands.values[slot] = Double(number % 1000) }
      let now = MonotonicClock.now()
      state.field.actuate(
        state.demands, cycle: number, now: now, deadline: now + period * 0.4, into: &state.states)
      cycle.latency = MonotonicClock.now() - due
      for slot in state.image.indices where state.image[slot].time == cycle.start && state.image[slot].outcome == .good
      {
        cycle.fresh += 1
        if watched.contains(slot) { cycle.freshWatched += 1 }
      }
      cycle.isComplete = state.states.allSatisfy { $0.outcome == .good && $0.lastSuccess == now }
      state.cycles.append(cycle)
    }
  }
}
