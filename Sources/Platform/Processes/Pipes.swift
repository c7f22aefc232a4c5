import CShims
import Glibc
import Synchronization

/// The reading end of a pipe (or a socket): bytes are read when they are asked for, so an unread pipe fills up and
/// holds its writer. One task reads at a time.
package final class PipeReader: EventHandler, @unchecked Sendable {
  private let loop: EventLoop
  private let descriptor: Int32
  // Confined to the loop.
  private var token: UInt64?
  private var pending:
    (call: PipeCall, capacity: Int, continuation: CheckedContinuation<[UInt8]?, any Error>)?

  /// The descriptor must be non-blocking.
  package init(owning descriptor: consuming Descriptor, loop: EventLoop = .processes) {
    self.descriptor = descriptor.release()
    self.loop = loop
  }

  deinit {
    close(descriptor)
  }

  /// What is there, at most `capacity` bytes; waits for at least one. `nil` at the end.
  ///
  /// When the task is cancelled, the call ends with `CancellationError`; what was not read stays in the pipe.
  package func read(upTo capacity: Int = 64 * 1_024) async throws -> [UInt8]? {
    let call = PipeCall()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.executeSoon { [self] in
          pending = (call, capacity, continuation)
          if call.isCancelled { end(.failure(CancellationError())) } else { attempt() }
        }
      }
    } onCancel: {
      call.cancel()
      loop.execute { [self] in
        if pending?.call === call { end(.failure(CancellationError())) }
      }
    }
  }

  private func attempt() {
    guard let pending else { return }
    var result = 0
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: max(1, pending.capacity)) { buffer, count in
      repeat {
        result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        code = errno
      } while result < 0 && code == EINTR
      count = max(0, result)
    }
    if result > 0 {
      end(.success(bytes))
    } else if result == 0 {
      end(.success(nil))
    } else if code == EAGAIN {
      watch()
    } else {
      end(.failure(SystemError(code: code, operation: "read from a pipe")))
    }
  }

  private func watch() {
    guard token == nil else { return }
    do {
      token = try loop.watch(descriptor, events: SHIM_EPOLLIN, self)
    } catch {
      end(.failure(error))
    }
  }

  func handle(events: UInt32) {
    attempt()
  }

  private func end(_ result: Result<[UInt8]?, any Error>) {
    // The watch ends with each read: a pipe whose writer is gone is always "ready".
    if let token { loop.unwatch(descriptor, token: token) }
    token = nil
    guard let continuation = pending?.continuation else { return }
    pending = nil
    continuation.resume(with: result)
  }
}

/// The writing end of a pipe. One task writes at a time.
package final class PipeWriter: EventHandler, @unchecked Sendable {
  private let loop: EventLoop
  // Confined to the loop.
  private var descriptor: Int32?
  private var token: UInt64?
  private var pending:
    (call: PipeCall, rest: ArraySlice<UInt8>, continuation: CheckedContinuation<Void, any Error>)?

  /// The descriptor must be non-blocking.
  package init(owning descriptor: consuming Descriptor, loop: EventLoop = .processes) {
    self.descriptor = descriptor.release()
    self.loop = loop
  }

  deinit {
    if let descriptor { Glibc.close(descriptor) }
  }

  /// Writes all bytes; waits while the pipe is full. A reader that is gone is `EPIPE` (the process ignores SIGPIPE).
  package func write(_ bytes: [UInt8]) async throws {
    let call = PipeCall()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.executeSoon { [self] in
          pending = (call, bytes[...], continuation)
          if call.isCancelled { end(.failure(CancellationError())) } else { attempt() }
        }
      }
    } onCancel: {
      call.cancel()
      loop.execute { [self] in
        if pending?.call === call { end(.failure(CancellationError())) }
      }
    }
  }

  /// The reader sees the end after what was written.
  package func close() async {
    await withCheckedContinuation { continuation in
      loop.executeSoon { [self] in
        end(.failure(SystemError(code: EBADF, operation: "write to a pipe")))
        if let descriptor { Glibc.close(descriptor) }
        descriptor = nil
        continuation.resume()
      }
    }
  }

  private func attempt() {
    guard let descriptor else { return end(.failure(SystemError(code: EBADF, operation: "write to a pipe"))) }
    while let rest = pending?.rest, !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        pending?.rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        return watch(descriptor)
      } else if errno != EINTR {
        return end(.failure(SystemError.last("write to a pipe")))
      }
    }
    end(.success(()))
  }

  private func watch(_ descriptor: Int32) {
    guard token == nil else { return }
    do {
      token = try loop.watch(descriptor, events: SHIM_EPOLLOUT, self)
    } catch {
      end(.failure(error))
    }
  }

  func handle(events: UInt32) {
    attempt()
  }

  private func end(_ result: Result<Void, any Error>) {
    if let token, let descriptor { loop.unwatch(descriptor, token: token) }
    token = nil
    guard let continuation = pending?.continuation else { return }
    pending = nil
    continuation.resume(with: result)
  }
}

/// One read or write: a cancellation may come before the loop has even begun it, so it leaves a mark.
private final class PipeCall: Sendable {
  private let cancelled = Atomic<Bool>(false)

  var isCancelled: Bool { cancelled.load(ordering: .sequentiallyConsistent) }

  func cancel() {
    cancelled.store(true, ordering: .sequentiallyConsistent)
  }
}
