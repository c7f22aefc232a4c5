import Glibc
import Platform
import Testing

/// The disk of a matriz's data folder, which can be full for a while.
struct DataDisk: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    /// The data folder is a small file system in memory, seen by the matriz alone; it is really full.
    case mounted
    /// The process may not write beyond the first byte of any file, also where the file is larger already.
    case limited
  }

  /// Those that this machine lets us make.
  static let kinds: [Kind] = canMount ? [.mounted, .limited] : [.limited]

  let kind: Kind
  private let matriz: MatrizProgram
  /// The way into the matriz's own view of the file system.
  private let filler: String

  /// What a matriz has to be started by to have such a disk.
  static func wrapper(for kind: Kind, on stage: Stage) -> [String] {
    switch kind {
    case .limited: []
    case .mounted:
      [
        "unshare", "--mount", "sh", "-c",
        "mkdir -p \"$1\" && mount -t tmpfs -o size=24m tmpfs \"$1\" && shift && exec \"$@\"", "sh",
        stage.dataFolder,
      ]
    }
  }

  init(_ kind: Kind, of matriz: MatrizProgram, on stage: Stage) {
    self.kind = kind
    self.matriz = matriz
    filler = "/proc/\(matriz.process.processID)/root\(stage.dataFolder)/filler"
  }

  /// From now on there is no room.
  func fill() async throws {
    switch kind {
    case .limited: try await setLimit("1")
    case .mounted:
      let filler = self.filler
      try await BlockingExecutor.files.run { try Self.writeUntilFull(filler) }
    }
  }

  /// There is room again.
  func free() async throws {
    switch kind {
    case .limited: try await setLimit("unlimited")
    case .mounted: if unlink(filler) != 0 { throw SystemError.last("remove \(filler)") }
    }
  }

  private func setLimit(_ soft: String) async throws {
    let result = try await runProcess(
      "prlimit", ["--pid", "\(matriz.process.processID)", "--fsize=\(soft):"],
      environment: ["PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin"])
    #expect(result.status == .exited(0), "\(result)")
  }

  private static func writeUntilFull(_ path: String) throws {
    let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT, mode: 0o600)
    let block = [UInt8](repeating: 0, count: 4_096)
    while true {
      if write(file.raw, block, block.count) >= 0 { continue }
      guard errno == ENOSPC else { throw SystemError.last("fill \(path)") }
      return
    }
  }

  /// Mounting takes CAP_SYS_ADMIN, bit 21 of the effective capabilities (capabilities(7)).
  private static var canMount: Bool {
    guard let file = try? Descriptor.open("/proc/self/status", flags: O_RDONLY) else { return false }
    var buffer = [UInt8](repeating: 0, count: 8_192)
    let count = read(file.raw, &buffer, buffer.count)
    guard count > 0 else { return false }
    let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix("CapEff:")
    }
    let digits = line?.split(separator: "\t").last ?? ""
    return (UInt64(digits, radix: 16) ?? 0) & (1 << 21) != 0
  }
}

extension Stage {
  /// Where a deployed matriz keeps its data.
  var dataFolder: String { "\(folder)/data" }
}
