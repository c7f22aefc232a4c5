import Glibc
import Platform

/// This program started again as one side of a measurement.
struct SideProcess {
  private let process: ChildProcess
  private let role: String

  static func start(_ role: Side.Role, _ options: [String]) throws -> SideProcess {
    let executable = try currentExecutable()
    let process = try ChildProcess.spawn(
      ProcessOptions(
        executable: executable, arguments: ["side", role.rawValue] + options,
        environment: ProcessEnvironment.current(), output: .pipe, error: .inherited))
    return SideProcess(process: process, role: role.rawValue)
  }

  /// Waits for the line that begins with `word`, and gives the rest of it.
  func line(_ word: String) async throws -> Substring {
    while let bytes = try await process.output?.read(upTo: 4_096) {
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(word) {
        return line
      }
    }
    throw UsageError("benchmarks: the side '\(role)' ended without a '\(word)'")
  }

  /// The port of a server.
  func port() async throws -> Int {
    Int(try await line("port").dropFirst(5)) ?? 0
  }

  /// Waits for the end.
  func report() async throws -> SideReport {
    let line = try await line("report")
    _ = await process.wait()
    guard let report = SideReport(line: line) else {
      throw UsageError("benchmarks: the side '\(role)' reported '\(line)'")
    }
    return report
  }

  func stop() async {
    process.signal(SIGKILL)
    _ = await process.wait()
  }

  private static func currentExecutable() throws -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    guard count > 0 else { throw SystemError.last("find this program's file") }
    return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
