import Glibc
import Platform
import Synchronization

/// The time from the first `begin` to the last `end`, of several connections together.
final class MeasuredTime: Sendable {
  private let span = Mutex<(begin: Int64, end: Int64)>((0, 0))

  func begin() {
    let now = MonotonicClock.nanoseconds()
    span.withLock { if $0.begin == 0 { $0 = (now, now) } }
  }

  func end() {
    let now = MonotonicClock.nanoseconds()
    span.withLock { $0.end = now }
  }

  var seconds: Double {
    span.withLock { Double($0.end - $0.begin) / 1e9 }
  }
}

/// The size of a file in bytes. Blocks.
func fileSize(_ path: String) throws -> Int {
  var status = stat()
  guard stat(path, &status) == 0 else { throw SystemError.last("read \(path)") }
  return Int(status.st_size)
}
