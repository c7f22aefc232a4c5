import CShims
import Glibc
import Synchronization

/// Waits for the end of a process that need not be a child of this one.
package final class ProcessWatch: EventHandler, @unchecked Sendable {
  private let loop = EventLoop.processes
  private let descriptor: Int32
  private let continuation: CheckedContinuation<Void, Never>
  // Confined to the loop.
  private var token: UInt64?

  /// Returns when the process has ended, or at once when it has already. How it ended only its parent learns.
  package static func waitForEnd(of identity: ProcessTree.Identity) async {
    let descriptor = shim_pidfd_open(identity.processID)
    guard descriptor >= 0 else { return }
    // The descriptor holds on to a process; whether it is the one that was meant is known once it is open.
    guard ProcessTree.identity(of: identity.processID) == identity else {
      close(descriptor)
      return
    }
    await withCheckedContinuation { continuation in
      let watch = ProcessWatch(descriptor, continuation)
      watch.loop.execute { watch.begin() }
    }
  }

  private init(_ descriptor: Int32, _ continuation: CheckedContinuation<Void, Never>) {
    self.descriptor = descriptor
    self.continuation = continuation
  }

  private func begin() {
    do {
      token = try loop.watch(descriptor, events: SHIM_EPOLLIN, self)
    } catch {
      // Cannot be watched (out of memory): wait on a thread that may block.
      BlockingExecutor.files.submit { [self] in
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&wanted, 1, -1) < 0, errno == EINTR {}
        end()
      }
    }
  }

  func handle(events: UInt32) {
    if let token { loop.unwatch(descriptor, token: token) }
    token = nil
    end()
  }

  private func end() {
    close(descriptor)
    continuation.resume()
  }
}
