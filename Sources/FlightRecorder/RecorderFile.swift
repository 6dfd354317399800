import Glibc

/// A call to the system that failed, and on what.
public struct RecorderFault: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var errno: Int32
  public var description: String { "\(path): \(unsafe String(cString: strerror(errno)))" }
}

/// An open file of the recorder. open(2), pwrite(2), fdatasync(2).
final class RecorderFile {
  let path: String
  private let descriptor: Int32

  init(path: String, truncated: Bool) throws(RecorderFault) {
    self.path = path
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | (truncated ? O_TRUNC : 0), 0o640)
    guard descriptor >= 0 else { throw RecorderFault(path: path, errno: errno) }
  }

  deinit { close(descriptor) }

  /// After a throw some of the bytes may be there.
  func write(_ bytes: [UInt8], at offset: Int) throws(RecorderFault) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes {
        unsafe pwrite(descriptor, $0.baseAddress, $0.count, offset + written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw RecorderFault(path: path, errno: count == 0 ? EIO : errno) }
      written += count
    }
  }

  /// On the medium when this returns.
  func sync() throws(RecorderFault) {
    guard fdatasync(descriptor) == 0 else { throw RecorderFault(path: path, errno: errno) }
  }

  func truncate(to length: Int) throws(RecorderFault) {
    guard ftruncate(descriptor, length) == 0 else { throw RecorderFault(path: path, errno: errno) }
  }

  // MARK: Whole files and folders

  /// nil where there is no such file.
  static func bytes(of path: String) throws(RecorderFault) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw RecorderFault(path: path, errno: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw RecorderFault(path: path, errno: errno) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var length = 0
    while length < bytes.count {
      let count = unsafe bytes[length...].withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw RecorderFault(path: path, errno: errno) }
      if count == 0 { break }
      length += count
    }
    bytes.removeLast(bytes.count - length)
    return bytes
  }

  static func names(in folder: String) throws(RecorderFault) -> [String] {
    guard let directory = unsafe opendir(folder) else { throw RecorderFault(path: folder, errno: errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// 0 where there is none.
  static func size(of path: String) -> Int {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Wall time of the last write, ms since 1970; the far future where there is no such file.
  static func modifiedMs(_ path: String) -> Int64 {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return .max }
    return Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// With the folder above it, where that is missing too.
  static func makeFolder(_ path: String) throws(RecorderFault) {
    if let end = path.lastIndex(of: "/"), end > path.startIndex {
      // ignoring: if it cannot be made, the one in it cannot either.
      _ = unsafe mkdir(String(path[..<end]), 0o750)
    }
    guard unsafe mkdir(path, 0o750) == 0 || errno == EEXIST else { throw RecorderFault(path: path, errno: errno) }
  }

  /// Without this a new file's name may be lost with the power.
  static func syncFolder(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    // ignoring: some file systems cannot do it; the file is found or it is not, and is whole either way.
    fsync(descriptor)
    close(descriptor)
  }
}
