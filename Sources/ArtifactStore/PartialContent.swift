import Platform

/// Names content that comes over several connections, maybe to several processes, one after the other.
package struct PartialContent: Hashable, Sendable {
  package let run: String
  package let job: String
  package let attempt: Int
  package let step: Int

  package init(run: String, job: String, attempt: Int, step: Int) {
    self.run = run
    self.job = job
    self.attempt = attempt
    self.step = step
  }

  /// Where the machine was started again, what is in a file that was not yet complete is not known.
  private static let boot: String = {
    let path = "/proc/sys/kernel/random/boot_id"
    let text = (try? Descriptor.open(path, flags: 0).read(upTo: 100)).map {
      String(decoding: $0, as: UTF8.self)
    }
    let identity = (text ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    return identity.isEmpty ? UUIDv7.generate() : identity
  }()

  /// `run.job.attempt.step.boot`
  var fileName: String { "\(run).\(job).\(attempt).\(step).\(Self.boot)" }

  /// Whether its names can be part of a file's.
  var isNameable: Bool {
    [run, job].allSatisfy { name in
      (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { byte in
          byte == UInt8(ascii: "-") || (48...57).contains(byte) || (97...122).contains(byte | 32)
        }
    }
  }
}

extension PartialContent {
  /// What a file of `.partial` belongs to; `nil` when it is of no use any more.
  init?(fileName: String) {
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 5, let attempt = Int(parts[2]), let step = Int(parts[3]) else { return nil }
    self.init(run: parts[0], job: parts[1], attempt: attempt, step: step)
    guard isNameable, self.fileName == fileName else { return nil }
  }
}
