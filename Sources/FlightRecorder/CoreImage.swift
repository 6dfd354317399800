import CoolingCore

/// The core's whole state as the bytes it has in memory: a tree of numbers without a single reference, so that a copy
/// of its bytes is a copy of it. The bytes mean the same only to a program whose core has the same fields in the same
/// order; `layout` tells. Whoever loads an image checks it first.
public enum CoreImage {
  public static let byteCount = MemoryLayout<ControlCycle>.size

  /// Names and types of every field of the core's state, and its size, as 16 hexadecimal digits. Sees whatever moves a
  /// field; does not see the cases of an enumeration that keep its size.
  public static let layout: String = {
    var digest = Digest()
    digest.add("\(CycleLayout.count) \(MemoryLayout<ControlCycle>.size) \(MemoryLayout<ControlCycle>.stride)")
    note(ControlCycle(settings: Settings()), "", &digest)
    return digest.text
  }()

  /// No field needs more than its bits to be copied.
  public static var isPlain: Bool { _isPOD(ControlCycle.self) }

  private static func note(_ value: Any, _ label: String, _ digest: inout Digest) {
    digest.add("\(label):\(type(of: value));")
    if let array = value as? any FixedArray {
      if let first = array.firstElement { note(first, "", &digest) }
      return
    }
    for child in Mirror(reflecting: value).children { note(child.value, child.label ?? "", &digest) }
  }

  static func load(_ bytes: [UInt8], into core: inout ControlCycle) {
    precondition(bytes.count == byteCount && isPlain, "an image of another core is never loaded")
    unsafe withUnsafeMutableBytes(of: &core) { unsafe $0.copyBytes(from: bytes) }
  }

  static func bytes(of core: inout ControlCycle) -> [UInt8] { unsafe withUnsafeBytes(of: &core) { unsafe Array($0) } }
}

private protocol FixedArray {
  var firstElement: Any? { get }
}
extension InlineArray: FixedArray {
  fileprivate var firstElement: Any? { count > 0 ? self[0] : nil }
}

/// FNV-1a, 64 bit.
public struct Digest {
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  public init() {}
  public mutating func add(_ text: String) { for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
  public var text: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
