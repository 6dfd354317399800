import Glibc

struct LoopbackFault: Error {}

/// A TCP socket that listens on a free port of loopback.
func listenOnLoopback() throws(LoopbackFault) -> (socket: Int32, port: Int) {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      unsafe bind(listener, generic, size) == 0 && listen(listener, 8) == 0
        && getsockname(listener, generic, &size) == 0
    }
  }
  guard isBound else { throw LoopbackFault() }
  return (listener, Int(UInt16(bigEndian: address.sin_port)))
}
