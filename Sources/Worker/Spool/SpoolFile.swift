import Glibc
import Platform

/// A file without a name that the spool's bytes go through, as a ring: positions count on, and what lies further back
/// than its size is written over. Blocks: for an executor of files.
final class SpoolFile: Sendable {
  private let descriptor: Int32
  private let size: UInt64

  /// Makes the file in a folder, for the owner only, and takes its name away at once: nobody else opens it, and
  /// whatever ends this process, it is gone.
  init(in folder: String, size: Int) throws(SystemError) {
    let path = "\(folder)/.mise-ci-spool-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let file = try Descriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    if unlink(path) != 0 { throw .last("remove \(path)") }
    self.size = UInt64(max(1, size))
    descriptor = file.release()
  }

  deinit {
    close(descriptor)
  }

  func write(_ bytes: [UInt8], at position: UInt64) throws(SystemError) {
    var failure: SystemError?
    bytes.withUnsafeBytes { buffer in
      do throws(SystemError) {
        try forEachPart(of: buffer.count, at: position) { part, offset throws(SystemError) in
          let count = pwrite(descriptor, buffer.baseAddress.map { $0 + part.lowerBound }, part.count, offset)
          if count < 0, errno != EINTR { throw .last("write the spool's file") }
          return max(0, count)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  func read(_ count: Int, at position: UInt64) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let memory = UnsafeMutableRawBufferPointer(buffer)
      do throws(SystemError) {
        try forEachPart(of: count, at: position) { part, offset throws(SystemError) in
          let result = pread(descriptor, memory.baseAddress.map { $0 + part.lowerBound }, part.count, offset)
          if result < 0, errno != EINTR { throw .last("read the spool's file") }
          if result == 0 { throw SystemError(code: EIO, operation: "read the spool's file") }
          return max(0, result)
        }
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Calls `body` for stretches of the file that together are `count` bytes from `position` on; it says how far it came.
  private func forEachPart(
    of count: Int, at position: UInt64,
    _ body: (_ part: Range<Int>, _ offset: off_t) throws(SystemError) -> Int
  ) throws(SystemError) {
    var done = 0
    while done < count {
      let place = (position + UInt64(done)) % size
      let end = done + min(count - done, Int(size - place))
      done += try body(done..<end, off_t(place))
    }
  }
}
