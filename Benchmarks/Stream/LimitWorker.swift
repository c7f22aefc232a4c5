import Glibc
import Platform

/// The limit's sending side: `read` and `send`, a chunk at a time.
struct LimitWorker {
  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    let executor = BlockingExecutor(name: "limit", threads: options.connections)
    let options = options
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<options.connections {
        group.addTask { try await executor.run { try Self.serve(options) } }
      }
      try await group.waitForAll()
    }
    return SideReport()
  }

  /// Sends the file each time that the server asks for it, until it hangs up.
  private static func serve(_ options: Side.Options) throws {
    let socket = Descriptor(owning: try LimitSocket.connect(port: options.port))
    let file = try Descriptor.open(options.file, flags: O_RDONLY)
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: options.chunkBytes, alignment: 4_096)
    defer { buffer.deallocate() }
    var go: UInt8 = 0
    while recv(socket.raw, &go, 1, 0) == 1 {
      lseek(file.raw, 0, SEEK_SET)
      while true {
        let count = read(file.raw, buffer, options.chunkBytes)
        if count <= 0 { break }
        var done = 0
        while done < count {
          let sent = send(socket.raw, buffer + done, count - done, Int32(MSG_NOSIGNAL))
          if sent <= 0 { throw SystemError.last("send") }
          done += sent
        }
      }
    }
  }
}
