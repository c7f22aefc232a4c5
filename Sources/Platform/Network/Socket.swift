import CShims
import Glibc

/// The socket calls that listeners and connections make, each with its result checked.
enum Socket {
  static func create(family: Int32) throws(SystemError) -> Descriptor {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let raw = socket(family, type, 0)
    if raw < 0 { throw .last("create a socket") }
    return Descriptor(owning: raw)
  }

  static func setOption(
    _ raw: Int32, level: Int32, _ option: Int32, _ value: Int32
  ) throws(SystemError) {
    var value = value
    if setsockopt(raw, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) != 0 {
      throw .last("set a socket option")
    }
  }

  /// The error that a connection attempt ended with; 0 for none.
  static func pendingError(_ raw: Int32) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(raw, SOL_SOCKET, SO_ERROR, &value, &length) == 0 ? value : errno
  }

  static func localAddress(_ raw: Int32) -> SocketAddress? {
    address { getsockname(raw, $0, $1) }
  }

  static func peerAddress(_ raw: Int32) -> SocketAddress? {
    address { getpeername(raw, $0, $1) }
  }

  private static func address(
    _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
    }
    return result == 0 ? SocketAddress(storage) : nil
  }
}
