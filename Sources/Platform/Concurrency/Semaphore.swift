import Glibc

/// A counting semaphore between threads (never for tasks: `wait` blocks).
package final class Semaphore: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<sem_t>

  package init() {
    storage = .allocate(capacity: 1)
    storage.initialize(to: sem_t())
    sem_init(storage, 0, 0)
  }

  deinit {
    sem_destroy(storage)
    storage.deallocate()
  }

  package func signal() {
    sem_post(storage)
  }

  package func wait() {
    while sem_wait(storage) != 0, errno == EINTR {}
  }
}
