public import FieldIO
public import RowConfig

/// A link on which one device can be made to hear nothing from its master, as if the daemon had gone.
///
/// A device that any request feeds is not spoken to at all, and looks silent. One that only writes feed is still read,
/// so that it can be watched; what would have been written is dropped, and looks written.
public final class Muzzle: ModbusLink {
  private let link: any ModbusLink
  private var silent: (unit: UInt8, feed: DeviceProfile.CommunicationLoss.Feed)?

  public init(_ link: any ModbusLink) { self.link = link }

  public var isConnected: Bool { link.isConnected }
  var isOn: Bool { silent != nil }

  func silence(_ unit: Int, _ feed: DeviceProfile.CommunicationLoss.Feed) { silent = (UInt8(unit), feed) }
  func end() { silent = nil }

  public func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault) {
    if let silent, silent.unit == unit, silent.feed == .anyRequest { throw .timeout }
    try link.read(area, unit: unit, address: address, count: count, into: &buffer)
  }

  public func identification(of unit: UInt8) throws(ModbusFault) -> DeviceIdentification {
    if let silent, silent.unit == unit, silent.feed == .anyRequest { throw .timeout }
    return try link.identification(of: unit)
  }

  public func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault) {
    if let silent, silent.unit == unit {
      guard silent.feed == .write else { throw .timeout }
      return
    }
    try link.write(area, unit: unit, address: address, registers: registers)
  }
}
