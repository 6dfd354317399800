import FieldIO
import RowConfig

/// A field in memory: units with registers, and a script of what goes wrong.
final class MemoryLink: ModbusLink {
  struct Address: Hashable {
    var unit: UInt8
    var area: DeviceProfile.Area
    var address: Int
  }
  enum Request: Equatable {
    case read(unit: UInt8, address: Int, count: Int)
    case write(unit: UInt8, address: Int, value: UInt16)
  }

  var registers: [Address: UInt16] = [:]
  var deadUnits: Set<UInt8> = []
  /// Addresses the device refuses with exception 2.
  var illegal: Set<Int> = []
  /// Addresses the device lets be read only: it refuses a write with exception 2.
  var readOnly: Set<Int> = []
  /// Addresses whose writes the device acknowledges and forgets.
  var ignored: Set<Int> = []
  /// Fault for the request with this number, counted from 0.
  var faults: [Int: ModbusFault] = [:]
  var requests: [Request] = []
  /// Write requests as they go on the wire: function, address, data.
  var frames: [[UInt8]] = []
  /// Registers that were never set are refused with exception 2 rather than read as 0.
  var isSparse = false
  /// What units say of themselves; others refuse the question.
  var identifications: [UInt8: Result<DeviceIdentification, ModbusFault>] = [:]
  private(set) var identificationsAsked: [UInt8] = []
  /// Told of each request.
  var noted: ((Request) -> Void)?
  var isConnected = true
  var requestsInFlight = 1
  /// Requests of the batches, as sent.
  var batches: [Int] = []

  /// Holding registers of a unit, from `address` on.
  func set(_ unit: UInt8, _ address: Int, _ words: [UInt16], area: DeviceProfile.Area = .holding) {
    for (offset, word) in words.enumerated() {
      registers[Address(unit: unit, area: area, address: address + offset)] = word
    }
  }

  func holding(_ unit: UInt8, _ address: Int) -> UInt16? {
    registers[Address(unit: unit, area: .holding, address: address)]
  }

  func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault) {
    try begin(.read(unit: unit, address: address, count: count), unit)
    for offset in 0..<count {
      if illegal.contains(address + offset) { throw .exception(2) }
      let register = registers[Address(unit: unit, area: area, address: address + offset)]
      if isSparse, register == nil { throw .exception(2) }
      buffer[offset] = register ?? 0
    }
  }

  func read(together orders: inout [ReadOrder], into buffer: inout [UInt16], timeoutsMax: Int) {
    batches.append(orders.count)
    var timeouts = 0
    var words = [UInt16](repeating: 0, count: 125)
    for index in orders.indices where timeouts < timeoutsMax {
      let order = orders[index]
      do throws(ModbusFault) {
        try read(order.area, unit: order.unit, address: order.address, count: order.count, into: &words)
        for word in 0..<order.count { buffer[order.offset + word] = words[word] }
        orders[index].outcome = .good
      } catch {
        orders[index].outcome = .failed(error)
        if error == .timeout { timeouts += 1 }
      }
    }
  }

  func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers block: RegisterBlock
  ) throws(ModbusFault) {
    try begin(.write(unit: unit, address: address, value: block[0]), unit)
    if readOnly.contains(address) { throw .exception(2) }
    frames.append(Self.frame(area, address, block))
    for offset in 0..<block.count where !ignored.contains(address + offset) {
      set(unit, address + offset, [block[offset]], area: area)
    }
  }

  func identification(of unit: UInt8) throws(ModbusFault) -> DeviceIdentification {
    identificationsAsked.append(unit)
    if deadUnits.contains(unit) { throw .timeout }
    return try (identifications[unit] ?? .failure(.exception(1))).get()
  }

  /// One coil or one register by itself (05, 06), several registers together (10h).
  static func frame(_ area: DeviceProfile.Area, _ address: Int, _ block: RegisterBlock) -> [UInt8] {
    let data = (0..<block.count).flatMap { [UInt8(block[$0] >> 8), UInt8(block[$0] & 0xFF)] }
    let start = [UInt8(address >> 8), UInt8(address & 0xFF)]
    if area == .coil { return [0x05] + start + [block[0] == 0 ? 0x00 : 0xFF, 0x00] }
    if block.count == 1 { return [0x06] + start + data }
    return [0x10] + start + [0, UInt8(block.count), UInt8(data.count)] + data
  }

  private func begin(_ request: Request, _ unit: UInt8) throws(ModbusFault) {
    let number = requests.count
    requests.append(request)
    noted?(request)
    if let fault = faults[number] { throw fault }
    if deadUnits.contains(unit) { throw .timeout }
  }

  var writes: [Request] {
    requests.filter {
      switch $0 {
      case .read: false
      case .write: true
      }
    }
  }
}
