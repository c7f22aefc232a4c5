import Glibc
import Synchronization

extension ByteStream {
  /// Chunks of files have at most this size.
  package static let fileChunkBytes = 256 * 1_024

  /// The bytes, as one chunk.
  package static func bytes(_ bytes: [UInt8]) -> ByteStream {
    let rest = Once(bytes.isEmpty ? nil : bytes)
    return ByteStream(length: Int64(bytes.count)) { rest.take() }
  }

  /// The bytes of a file, or of a part of it. The length is that of the file when it is opened; a file that
  /// becomes shorter ends the stream with `EIO`.
  package static func file(_ path: String, range: Range<Int64>? = nil) async throws -> ByteStream {
    let file = try await BlockingExecutor.files.run { try OpenFile(path) }
    let range = (range ?? 0..<file.size).clamped(to: 0..<file.size)
    let position = Mutex(range.lowerBound)
    let shared = Shared(position)
    return ByteStream(length: Int64(range.count)) {
      let offset = shared.value.withLock { $0 }
      let capacity = Int(Swift.min(Int64(fileChunkBytes), range.upperBound - offset))
      guard capacity > 0 else { return nil }
      let chunk = try await BlockingExecutor.files.run { try file.read(at: offset, count: capacity) }
      shared.value.withLock { $0 += Int64(chunk.count) }
      return chunk
    }
  }

  /// Everything in one array; more than `maximumBytes` is an error (`EFBIG`).
  package func collect(upTo maximumBytes: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let chunk = try await next() {
      guard chunk.count <= maximumBytes - bytes.count else {
        throw SystemError(code: EFBIG, operation: "read a stream of at most \(maximumBytes) bytes")
      }
      bytes += chunk
    }
    return bytes
  }
}

/// A value that is taken once.
private final class Once: Sendable {
  private let value: Mutex<[UInt8]?>

  init(_ value: [UInt8]?) { self.value = Mutex(value) }

  func take() -> [UInt8]? {
    value.withLock { value in
      defer { value = nil }
      return value
    }
  }
}

/// A mutex that several closures can hold.
private final class Shared: Sendable {
  let value: Mutex<Int64>

  init(_ value: consuming Mutex<Int64>) { self.value = value }
}

/// An open regular file that is read by position.
private final class OpenFile: Sendable {
  let size: Int64
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws(SystemError) {
    let descriptor = try Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard fstat(descriptor.raw, &status) == 0 else { throw .last("read \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL, operation: "read \(path)")
    }
    self.path = path
    self.size = Int64(status.st_size)
    self.descriptor = descriptor.release()
  }

  deinit {
    close(descriptor)
  }

  func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      repeat {
        result = pread(descriptor, buffer.baseAddress, count, Int(offset))
      } while result < 0 && errno == EINTR
      filled = max(0, result)
    }
    if result < 0 { throw .last("read \(path)") }
    if result == 0 { throw SystemError(code: EIO, operation: "read \(path), which became shorter") }
    return bytes
  }
}
