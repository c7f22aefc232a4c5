import CShims
import Glibc

/// A file descriptor with one owner. It is closed when its owner goes, unless ownership was given up.
package struct Descriptor: ~Copyable, Sendable {
  /// The number, for calls while this value lives.
  package let raw: Int32

  package init(owning raw: Int32) {
    self.raw = raw
  }

  deinit {
    // EINTR after close(2) on Linux still means closed; there is nothing that a caller could do.
    _ = Glibc.close(raw)
  }

  /// Gives up ownership: the caller closes the number.
  package consuming func release() -> Int32 {
    let raw = self.raw
    discard self
    return raw
  }

  /// Opens a file; `O_CLOEXEC` is always added.
  package static func open(
    _ path: String, flags: Int32, mode: UInt32 = 0o644
  ) throws(SystemError) -> Descriptor {
    while true {
      let raw = shim_open(path, flags | O_CLOEXEC, mode)
      if raw >= 0 { return Descriptor(owning: raw) }
      if errno != EINTR { throw .last("open \(path)") }
    }
  }

  /// A pipe whose ends are closed on exec. `nonBlocking` names the ends that never block.
  package static func pipe(
    nonBlockingRead: Bool = false, nonBlockingWrite: Bool = false
  ) throws(SystemError) -> PipeEnds {
    var ends: (Int32, Int32) = (0, 0)
    let result = withUnsafeMutableBytes(of: &ends) {
      shim_pipe($0.baseAddress?.assumingMemoryBound(to: Int32.self))
    }
    if result != 0 { throw .last("pipe") }
    let pipe = PipeEnds(read: Descriptor(owning: ends.0), write: Descriptor(owning: ends.1))
    if nonBlockingRead { try pipe.read.setNonBlocking() }
    if nonBlockingWrite { try pipe.write.setNonBlocking() }
    return pipe
  }

  package borrowing func setNonBlocking() throws(SystemError) {
    let flags = shim_fcntl_int(raw, F_GETFL, 0)
    if flags < 0 || shim_fcntl_int(raw, F_SETFL, flags | O_NONBLOCK) < 0 {
      throw .last("set O_NONBLOCK")
    }
  }

  /// Writes all bytes, blocking; for files, and for descriptors on a thread that may block.
  package borrowing func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = Glibc.write(raw, base, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("write")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Reads at most `capacity` bytes, blocking; empty at the end.
  package borrowing func read(upTo capacity: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      while true {
        let result = Glibc.read(raw, buffer.baseAddress, capacity)
        if result >= 0 {
          count = result
          return
        }
        if errno == EINTR { continue }
        failure = .last("read")
        return
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// The two ends of a pipe.
package struct PipeEnds: ~Copyable {
  package let read: Descriptor
  package let write: Descriptor

  /// Gives up ownership of both ends.
  package consuming func release() -> (read: Int32, write: Int32) {
    (read.release(), write.release())
  }
}
