import Glibc

/// A few bytes that outlive the daemon. A new generation replaces the old one in a single step, and the old one is
/// kept: whatever the moment of a power failure, one of them is whole. A header tells damage from content.
///
///     irhx-state 1 CRC32 LENGTH\n
///     content
struct StateFile {
  /// Format of the header; content of another format is not read.
  static let version = 1
  /// More than any row's state by far; a larger file is not ours.
  static let bytesMax = 256 * 1024

  /// What was found, and what deserves a word about it.
  struct Found: Equatable {
    var content: [UInt8]?
    /// One sentence for each generation that was there and could not be used.
    var troubles: [String] = []
  }

  struct Fault: Error, Equatable, CustomStringConvertible {
    var path: String
    var errno: Int32
    var description: String { "\(path): \(unsafe String(cString: strerror(errno)))" }
  }

  let path: String
  private var previous: String { path + ".previous" }
  private var next: String { path + ".new" }

  /// The newest generation that is whole.
  func read() -> Found {
    var found = Found()
    for generation in [path, previous] {
      do throws(Fault) {
        guard let bytes = try Self.bytes(of: generation) else { continue }
        if let content = Self.content(of: bytes) {
          found.content = content
          return found
        }
        found.troubles.append("\(generation): damaged")
      } catch {
        found.troubles.append(error.description)
      }
    }
    return found
  }

  /// After a throw the generations on the disk are as they were.
  func write(_ content: [UInt8]) throws(Fault) {
    let header = "irhx-state \(Self.version) \(String(Self.checksum(content), radix: 16)) \(content.count)\n"
    try Self.write(Array(header.utf8) + content, to: next)
    // A link and a rename, so that at no time there is no generation under either name.
    guard unsafe unlink(previous) == 0 || errno == ENOENT else { throw Fault(path: previous, errno: errno) }
    guard unsafe link(path, previous) == 0 || errno == ENOENT else { throw Fault(path: previous, errno: errno) }
    guard unsafe rename(next, path) == 0 else { throw Fault(path: path, errno: errno) }
    syncFolder()
  }

  /// Without this the rename may be lost with the power; the content would be the older one.
  private func syncFolder() {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    // ignoring: some file systems cannot do it, and both generations are whole.
    fsync(descriptor)
    close(descriptor)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(Fault) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Fault(path: path, errno: errno) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Fault(path: path, errno: errno) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw Fault(path: path, errno: errno) }
  }

  /// nil where there is no file.
  private static func bytes(of path: String) throws(Fault) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Fault(path: path, errno: errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    var length = 0
    while length < bytesMax {
      let count = unsafe bytes[length...].withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Fault(path: path, errno: errno) }
      if count == 0 { break }
      length += count
    }
    return Array(bytes[..<length])
  }

  private static func content(of bytes: [UInt8]) -> [UInt8]? {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
    let content = Array(bytes[(end + 1)...])
    guard words.count == 4, words[0] == "irhx-state", words[1] == "\(version)",
      UInt32(words[2], radix: 16) == checksum(content), Int(words[3]) == content.count
    else { return nil }
    return content
  }

  /// CRC-32 (ISO 3309), bit by bit: a few hundred bytes at most once a second.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
