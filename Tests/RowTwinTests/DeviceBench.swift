/// What device tests share: a device alone with its transmitters, and a readable clock.
import RowConfig

@testable import RowTwin

/// A device on a bench: advance time, read and write registers, see where its actuator went.
struct Bench {
  let device: any FieldDevice
  let sensors: SensorBank
  var truth: PlantTruth
  var positions: ActuatorPositions

  init(
    truth: PlantTruth = PlantTruth(pumps: 2, racks: 2, fans: 2), _ make: (SensorBank) -> any FieldDevice
  ) {
    sensors = SensorBank(seed: 7)
    device = make(sensors)
    self.truth = truth
    positions = ActuatorPositions(pumps: 2, racks: 2, fans: 2)
    sensors.start(truth)
  }

  /// Advances in steps of a tenth of a second, transmitters included.
  mutating func wait(seconds: Double) {
    for _ in 0..<Int((seconds * 10).rounded()) {
      (device as? any LivingDevice)?.advance(seconds: 0.1, actuators: &positions)
      sensors.step(seconds: 0.1, truth: truth)
    }
  }

  func read(_ area: ModbusArea, _ address: Int, count: Int = 1) -> [UInt16] {
    var words = [UInt16](repeating: 0, count: count)
    var span = words.mutableSpan
    return device.read(area, address, count: count, into: &span) == .ok ? words : []
  }
  func holding(_ address: Int) -> UInt16 { read(.holding, address).first ?? 0xDEAD }
  func input(_ address: Int) -> UInt16 { read(.input, address).first ?? 0xDEAD }
  func bit(_ number: Int, of address: Int) -> Bool { holding(address) >> UInt16(number) & 1 == 1 }

  @discardableResult
  func write(_ address: Int, _ words: UInt16...) -> TwinReply { device.write(.holding, address, words.span) }
}

/// IEEE 754 single from two registers, most significant first.
func float(_ words: some Collection<UInt16>) -> Float {
  Float(bitPattern: words.reduce(0) { $0 << 16 | UInt32($1) })
}
