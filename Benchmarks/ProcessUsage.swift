import Glibc
import Platform

/// What this process has used so far.
enum ProcessUsage {
  /// Seconds of processor time, user and system, of all threads.
  static func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// The most memory that was resident at once.
  static func peakKiB() -> Int { status("VmHWM:") }

  /// The memory that is resident now.
  static func residentKiB() -> Int { status("VmRSS:") }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }

  /// A line of `/proc/self/status`, in KiB.
  private static func status(_ name: String) -> Int {
    guard let descriptor = try? Descriptor.open("/proc/self/status", flags: O_RDONLY) else { return 0 }
    let bytes = [UInt8](unsafeUninitializedCapacity: 8_192) { buffer, count in
      count = max(0, read(descriptor.raw, buffer.baseAddress, buffer.count))
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name) {
      return Int(line.filter(\.isNumber)) ?? 0
    }
    return 0
  }
}
