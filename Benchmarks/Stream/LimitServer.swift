import Crypto
import Glibc
import Platform
import Synchronization

/// The limit's receiving side: `recv` on one thread, SHA-256 and `write` on a second one, and nothing else.
struct LimitServer {
  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    let listener = try LimitSocket.listen()
    emit("port \(listener.port)")
    let executor = BlockingExecutor(name: "limit", threads: options.connections)
    let options = options
    let clock = MeasuredTime()
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<options.connections {
        group.addTask {
          try await executor.run {
            let descriptor = accept(listener.descriptor, nil, nil)
            if descriptor < 0 { throw SystemError.last("accept") }
            return try LimitTransfers(options, socket: descriptor, index: index, clock: clock).run()
          }
        }
      }
      let bytes = try await group.reduce(0, +)
      return SideReport(seconds: clock.seconds, bytes: bytes)
    }
  }
}

/// The transfers of one connection, one after the other. Blocks.
private struct LimitTransfers {
  let options: Side.Options
  let socket: Int32
  let index: Int
  let clock: MeasuredTime

  init(_ options: Side.Options, socket: Int32, index: Int, clock: MeasuredTime) {
    self.options = options
    self.socket = socket
    self.index = index
    self.clock = clock
  }

  func run() throws -> Int {
    let size = try fileSize(options.file)
    var bytes = 0
    repeat {
      clock.begin()
      var go: UInt8 = 1
      if send(socket, &go, 1, 0) != 1 { throw SystemError.last("send") }
      try receive(size)
      clock.end()
      bytes += size
    } while clock.seconds < Double(options.seconds)
    close(socket)
    return bytes
  }

  private func receive(_ size: Int) throws {
    let path = "\(options.folder)/limit-\(index)"
    let descriptor = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    unlink(path)
    let ring = BufferRing()
    let ended = Semaphore()
    let raw = descriptor.raw
    Thread.start(name: "limit-hash") {
      var hash = SHA256()
      var rest = size
      while rest > 0 {
        let bytes = ring.full()
        hash.update(bytes)
        var done = 0
        while done < bytes.count {
          let count = write(raw, bytes.baseAddress?.advanced(by: done), bytes.count - done)
          if count <= 0 { break }
          done += count
        }
        rest -= bytes.count
        ring.release()
      }
      _ = hash.finalize()
      ended.signal()
    }
    var rest = size
    while rest > 0 {
      let room = ring.empty()
      let count = recv(socket, room.baseAddress, min(room.count, rest), 0)
      guard count > 0 else { throw SystemError.last("recv") }
      ring.fill(count)
      rest -= count
    }
    ended.wait()
  }
}

/// A few buffers between the two threads.
private final class BufferRing: @unchecked Sendable {
  private static let bufferBytes = 256 * 1_024
  private static let bufferCount = 8

  private let memory = UnsafeMutableRawPointer.allocate(
    byteCount: BufferRing.bufferBytes * BufferRing.bufferCount, alignment: 4_096)
  private var counts = [Int](repeating: 0, count: BufferRing.bufferCount)
  private let emptyBuffers = Semaphore()
  private let fullBuffers = Semaphore()
  private var writing = 0
  private var reading = 0

  init() {
    for _ in 0..<Self.bufferCount { emptyBuffers.signal() }
  }

  deinit {
    memory.deallocate()
  }

  func empty() -> UnsafeMutableRawBufferPointer {
    emptyBuffers.wait()
    return UnsafeMutableRawBufferPointer(
      start: memory + writing * Self.bufferBytes, count: Self.bufferBytes)
  }

  func fill(_ count: Int) {
    counts[writing] = count
    writing = (writing + 1) % Self.bufferCount
    fullBuffers.signal()
  }

  func full() -> UnsafeRawBufferPointer {
    fullBuffers.wait()
    return UnsafeRawBufferPointer(start: memory + reading * Self.bufferBytes, count: counts[reading])
  }

  func release() {
    reading = (reading + 1) % Self.bufferCount
    emptyBuffers.signal()
  }
}
