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
  var isConnected = true

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
      buffer[offset] = registers[Address(unit: unit, area: area, address: address + offset)] ?? 0
    }
  }

  func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers block: RegisterBlock
  ) throws(ModbusFault) {
    try begin(.write(unit: unit, address: address, value: block[0]), unit)
    if readOnly.contains(address) { throw .exception(2) }
    for offset in 0..<block.count where !ignored.contains(address + offset) {
      set(unit, address + offset, [block[offset]], area: area)
    }
  }

  private func begin(_ request: Request, _ unit: UInt8) throws(ModbusFault) {
    let number = requests.count
    requests.append(request)
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
