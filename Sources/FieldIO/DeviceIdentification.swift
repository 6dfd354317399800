import RowConfig

/// What a device says of itself by Modbus function 43/14, the basic objects (Application Protocol V1.1b3, 6.21). Texts
/// without what pads them and without what cannot be printed; nil where the device does not say.
public struct DeviceIdentification: Sendable, Equatable {
  public var vendor: String?
  public var product: String?
  public var revision: String?

  public init(vendor: String? = nil, product: String? = nil, revision: String? = nil) {
    self.vendor = vendor
    self.product = product
    self.revision = revision
  }

  subscript(_ object: DeviceProfile.Identity.Object) -> String? {
    switch object {
    case .vendor: vendor
    case .product: product
    case .revision: revision
    }
  }

  /// The basic objects are three, and a reply brings one at the least.
  static let requestsMax = 3

  /// Takes the objects of one reply.
  ///
  /// - Parameter reply: function, MEI type, code, conformity, more follows, next object, count, objects.
  /// - Returns: the object to ask for next; nil when there is none. `.protocolViolation` where the reply is none.
  mutating func take(_ reply: Span<UInt8>, askedFor object: UInt8) throws(ModbusFault) -> UInt8? {
    guard reply.count >= 7, reply[0] == 0x2B, reply[1] == 0x0E else { throw .protocolViolation }
    var at = 7
    for _ in 0..<reply[6] {
      guard at + 2 <= reply.count, at + 2 + Int(reply[at + 1]) <= reply.count else { throw .protocolViolation }
      let (id, length) = (reply[at], Int(reply[at + 1]))
      set(id, Self.text(reply.extracting(at + 2..<at + 2 + length)))
      at += 2 + length
    }
    guard at == reply.count else { throw .protocolViolation }
    // A next object that does not lead on would be asked for without end.
    let (more, next) = (reply[4], reply[5])
    return more == 0xFF && next > object && next <= 2 ? next : nil
  }

  private mutating func set(_ id: UInt8, _ text: String?) {
    switch id {
    case 0: vendor = text
    case 1: product = text
    case 2: revision = text
    default: break
    }
  }

  private static func text(_ bytes: Span<UInt8>) -> String? {
    var characters = ""
    for index in bytes.indices where (0x20...0x7E).contains(bytes[index]) {
      characters.unicodeScalars.append(Unicode.Scalar(bytes[index]))
    }
    let text = characters.drop { $0 == " " }
    let end = text.lastIndex { $0 != " " }
    return end.map { String(text[...$0]) }
  }
}

extension DeviceIdentification: CustomStringConvertible {
  public var description: String {
    let words = [vendor, product, revision].compactMap(\.self)
    return words.isEmpty ? "nothing" : words.joined(separator: ", ")
  }
}
