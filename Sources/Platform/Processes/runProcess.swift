import Glibc

/// What a process that ran to its end left.
package struct ProcessResult: Sendable {
  package let status: ExitStatus
  package let output: [UInt8]
  package let error: [UInt8]

  /// The output as text, without line ends at its end.
  package var outputText: String { Self.trimmed(output) }
  package var errorText: String { Self.trimmed(error) }

  private static func trimmed(_ bytes: [UInt8]) -> String {
    let end = bytes.lastIndex { $0 != 10 && $0 != 13 } ?? -1
    return String(decoding: bytes[...end], as: UTF8.self)
  }
}

/// Runs a program to its end with `input`, and gathers what it prints, each stream up to `maximumOutputBytes`
/// (what comes after is read and dropped). When the task is cancelled, the process is killed.
package func runProcess(
  _ executable: String, _ arguments: [String], environment: [String: String] = ProcessEnvironment.current(),
  workingDirectory: String? = nil, input: [UInt8] = [], maximumOutputBytes: Int = 16 * 1_024 * 1_024
) async throws -> ProcessResult {
  let process = try ChildProcess.spawn(
    ProcessOptions(
      executable: executable, arguments: arguments, environment: environment,
      workingDirectory: workingDirectory,
      input: input.isEmpty ? .null : .pipe, output: .pipe, error: .pipe, leadsProcessGroup: true))
  return try await withTaskCancellationHandler {
    async let output = gather(process.output, upTo: maximumOutputBytes)
    async let error = gather(process.error, upTo: maximumOutputBytes)
    if let pipe = process.input {
      // A program that does not read its input is not at fault for that.
      try? await pipe.write(input)
      await pipe.close()
    }
    let status = await process.wait()
    return try await ProcessResult(status: status, output: output, error: error)
  } onCancel: {
    process.signal(SIGKILL)
  }
}

private func gather(_ pipe: PipeReader?, upTo maximumBytes: Int) async throws -> [UInt8] {
  var bytes: [UInt8] = []
  while let part = try await pipe?.read() {
    bytes += part.prefix(max(0, maximumBytes - bytes.count))
  }
  return bytes
}
