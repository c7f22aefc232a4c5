import FakeNomad
import Glibc
import Platform
import Testing

/// A process on a stage: a worker, or something that one has started.
struct StageProcess: Sendable, CustomStringConvertible {
  let processID: Int32
  /// The program and its arguments.
  let arguments: [String]

  var isWorker: Bool { arguments.dropFirst().first == "worker" }
  var description: String { "\(processID) \(arguments.joined(separator: " "))" }

  func signal(_ number: Int32) {
    kill(processID, number)
  }
}

extension Stage {
  /// Every process that has this stage's folder for its home or works in it, whoever its parent is now; zombies are
  /// none.
  func processes() async throws -> [StageProcess] {
    let folder = self.folder
    return try await BlockingExecutor.files.run {
      let home = Array("HOME=\(folder)\0".utf8)
      return try Self.processIDs().filter { processID in
        Self.read("/proc/\(processID)/environ").firstRange(of: home) != nil
          || Self.workingFolder(of: processID).hasPrefix("\(folder)/")
      }.map { processID in
        let words = Self.read("/proc/\(processID)/cmdline").split(separator: 0)
        return StageProcess(
          processID: processID, arguments: words.map { String(decoding: $0, as: UTF8.self) })
      }
    }
  }

  /// The only worker that runs.
  func worker() async throws -> StageProcess {
    let workers = try await processes().filter(\.isWorker)
    #expect(workers.count == 1)
    return try #require(workers.first)
  }

  /// The most resident memory that a running process has had so far (VmHWM in proc(5)).
  static func peakMemoryBytes(of processID: Int32) throws -> Int {
    let status = String(decoding: read("/proc/\(processID)/status"), as: UTF8.self)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    let words = line.split(whereSeparator: \.isWhitespace)
    return try #require(words.count > 1 ? Int(words[1]) : nil) * 1_024
  }

  private static func processIDs() throws -> [Int32] {
    guard let folder = opendir("/proc") else { throw SystemError.last("read /proc") }
    defer { closedir(folder) }
    var result: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let processID = Int32(name) { result.append(processID) }
    }
    return result
  }

  /// Empty for a process that is gone.
  private static func read(_ path: String) -> [UInt8] {
    guard let file = try? Descriptor.open(path, flags: O_RDONLY) else { return [] }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(file.raw, &buffer, buffer.count)
      guard count > 0 else { return result }
      result += buffer[..<count]
    }
  }

  private static func workingFolder(of processID: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(processID)/cwd", &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
  }
}

extension Stage {
  /// Waits until nothing runs any more of what Nomad has started.
  func waitUntilWorkersAreGone() async throws {
    for allocation in nomad.allocations() {
      _ = try await nomad.allocation(
        ofJob: allocation.jobID, reaching: .complete, timeoutSeconds: Self.patienceSeconds)
    }
  }
}
