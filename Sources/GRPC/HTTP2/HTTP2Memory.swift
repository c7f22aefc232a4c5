import CNghttp2
import Glibc

/// The memory of the HTTP/2 sessions of one loop.
///
/// A session of nghttp2 keeps a buffer of 16 KiB in which it builds each frame that it sends. Every frame is copied out
/// of it before another session gets to run on the loop, so all sessions of a loop share one such buffer: a
/// connection that is idle does without. (Frames that need more than that buffer get memory of their own.)
/// Confined to its loop; it must outlive the sessions, which hold on to it.
final class HTTP2Memory: @unchecked Sendable {
  /// The sizes that the frame buffer may have: one frame of the default size, its header, and a few bytes.
  private static let frameBufferBytes = 16_384...16_640

  private let frameBuffer = UnsafeMutableRawPointer.allocate(byteCount: 16_640, alignment: 64)
  /// The next allocation of the frame buffer's size is that of the session that is being created.
  private var isFrameBufferAwaited = false
  private var native = nghttp2_mem()

  init() {
    native.mem_user_data = Unmanaged.passUnretained(self).toOpaque()
    native.malloc = { size, user in HTTP2Memory.of(user)?.allocate(size) ?? malloc(size) }
    native.free = { pointer, user in
      if let pointer, HTTP2Memory.of(user)?.frameBuffer != pointer { free(pointer) }
    }
    native.calloc = { count, size, _ in calloc(count, size) }
    native.realloc = { pointer, size, user in
      let memory = HTTP2Memory.of(user)
      // That is how nghttp2 takes its frame buffer.
      guard let pointer else { return memory?.allocate(size) ?? malloc(size) }
      guard memory?.frameBuffer == pointer else { return realloc(pointer, size) }
      let copy = malloc(size)
      copy?.copyMemory(from: pointer, byteCount: min(size, HTTP2Memory.frameBufferBytes.upperBound))
      return copy
    }
  }

  deinit {
    frameBuffer.deallocate()
  }

  /// Calls `body`, which creates a session, with the functions that the session is to use. It copies them.
  func creating<T>(_ body: (UnsafeMutablePointer<nghttp2_mem>) -> T) -> T {
    isFrameBufferAwaited = true
    defer { isFrameBufferAwaited = false }
    return withUnsafeMutablePointer(to: &native, body)
  }

  private static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Memory? {
    user.map { Unmanaged<HTTP2Memory>.fromOpaque($0).takeUnretainedValue() }
  }

  private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    guard isFrameBufferAwaited, Self.frameBufferBytes.contains(size) else { return nil }
    isFrameBufferAwaited = false
    return frameBuffer
  }
}
