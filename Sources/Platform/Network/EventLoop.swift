import CShims
import Glibc
import Synchronization

/// What an event loop tells about a descriptor that is watched. Called on the loop.
protocol EventHandler: AnyObject {
  /// `events` are `SHIM_EPOLL…` bits.
  func handle(events: UInt32)
}

/// One thread that waits for descriptors, timers and work (epoll).
///
/// `execute`, `schedule` and `shutdown` may be called from any thread; everything that a watched object does
/// happens on the loop's thread, and such objects are confined to it. An actor may be pinned to a loop, which
/// is a serial executor.
package final class EventLoop: SerialExecutor, @unchecked Sendable {
  private struct Shared {
    var work: [@Sendable () -> Void] = []
    var isAwake = true
    var isShutDown = false
  }

  private struct Slot {
    var handler: (any EventHandler)?
    /// Tells a late event of a descriptor that is gone from one of its successor in the slot.
    var generation: UInt32 = 0
  }

  private let shared = Mutex(Shared())
  private let epoll: Int32
  private let wakeUp: Int32
  private let ended = Semaphore()

  // Confined to the loop's thread from here on.
  private var thread = pthread_t()
  private var slots: [Slot] = []
  private var freeSlots: [Int] = []
  private var timers = TimerHeap()
  private var dirtyConnections: [Connection] = []
  let slabs = SlabPool()

  private static let wakeUpToken = UInt64.max

  package init(name: String) throws {
    epoll = shim_epoll_create()
    if epoll < 0 { throw SystemError.last("create an epoll descriptor") }
    wakeUp = shim_eventfd()
    if wakeUp < 0 || shim_epoll_add(epoll, wakeUp, SHIM_EPOLLIN, Self.wakeUpToken) != 0 {
      throw SystemError.last("create a wake-up descriptor")
    }
    let started = Semaphore()
    Thread.start(name: name) { [self] in
      thread = pthread_self()
      started.signal()
      run()
      ended.signal()
    }
    started.wait()
  }

  deinit {
    close(epoll)
    close(wakeUp)
  }

  /// Whether the caller runs on the loop's thread.
  package var isCurrent: Bool {
    pthread_equal(thread, pthread_self()) != 0
  }

  /// Runs `body` on the loop, after what was handed over before. Dropped once the loop was shut down.
  package func execute(_ body: @escaping @Sendable () -> Void) {
    let mustWake = shared.withLock { shared in
      if shared.isShutDown { return false }
      shared.work.append(body)
      defer { shared.isAwake = true }
      return !shared.isAwake
    }
    if mustWake { wake() }
  }

  /// Runs `body` on the loop: at once when the caller is on it, else as `execute` does.
  package func executeSoon(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { body() } else { execute(body) }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    execute { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  package func checkIsolated() {
    precondition(isCurrent, "not on the event loop")
  }

  /// Runs `body` on the loop once `delay` has passed on the monotonic clock, unless it is cancelled before.
  @discardableResult
  package func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> ScheduledTask {
    let task = ScheduledTask(body: body)
    let deadline = MonotonicClock.nanoseconds() + max(0, delay.wholeNanoseconds)
    if isCurrent {
      timers.insert(task, at: deadline)
    } else {
      execute { [self] in timers.insert(task, at: deadline) }
    }
    return task
  }

  /// Ends the thread after the work that was handed over; waits for it unless called on the loop itself.
  package func shutdown() {
    let isFirst = shared.withLock { shared in
      defer { shared.isShutDown = true }
      return !shared.isShutDown
    }
    if isFirst { wake() }
    if isFirst, !isCurrent { ended.wait() }
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(wakeUp, &one, 8)
  }
}

// MARK: - On the loop

extension EventLoop {
  /// Watches a descriptor and returns the token by which the watch is changed and ended.
  func watch(_ descriptor: Int32, events: UInt32, _ handler: any EventHandler) throws(SystemError) -> UInt64 {
    let index: Int
    if let free = freeSlots.popLast() {
      index = free
    } else {
      index = slots.count
      slots.append(Slot())
    }
    let token = UInt64(slots[index].generation) << 32 | UInt64(index)
    guard shim_epoll_add(epoll, descriptor, events, token) == 0 else {
      freeSlots.append(index)
      throw .last("watch a descriptor")
    }
    slots[index].handler = handler
    return token
  }

  func change(_ descriptor: Int32, events: UInt32, token: UInt64) {
    _ = shim_epoll_modify(epoll, descriptor, events, token)
  }

  /// Ends a watch; call it before the descriptor is closed.
  func unwatch(_ descriptor: Int32, token: UInt64) {
    _ = shim_epoll_remove(epoll, descriptor)
    let index = Int(token & 0xFFFF_FFFF)
    slots[index].handler = nil
    slots[index].generation &+= 1
    freeSlots.append(index)
  }

  /// Has the connection's output flushed once the callback that runs now is over.
  func flushLater(_ connection: Connection) {
    dirtyConnections.append(connection)
  }

  private func run() {
    let capacity = 256
    let events = UnsafeMutablePointer<shim_epoll_event>.allocate(capacity: capacity)
    defer { events.deallocate() }
    while true {
      let isShutDown = runWork()
      for timer in timers.takeDue(at: MonotonicClock.nanoseconds()) { timer.run() }
      flushDirtyConnections()
      if isShutDown { break }
      let count = shim_epoll_wait(epoll, events, Int32(capacity), timeoutNanoseconds())
      shared.withLock { $0.isAwake = true }
      for index in 0..<max(0, Int(count)) {
        dispatch(events[index])
      }
      flushDirtyConnections()
    }
    slots.removeAll()
    timers = TimerHeap()
  }

  private func dispatch(_ event: shim_epoll_event) {
    if event.token == Self.wakeUpToken {
      var value: UInt64 = 0
      _ = read(wakeUp, &value, 8)
      return
    }
    let index = Int(event.token & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].generation == UInt32(event.token >> 32) else { return }
    slots[index].handler?.handle(events: event.events)
  }

  /// Runs what was handed over until now; says whether the loop is to end.
  private func runWork() -> Bool {
    let (work, isShutDown) = shared.withLock { shared in
      let work = shared.work
      shared.work = []
      return (work, shared.isShutDown)
    }
    for body in work { body() }
    return isShutDown
  }

  /// How long to wait; zero when work has come meanwhile. From here on whoever hands work over must wake us.
  private func timeoutNanoseconds() -> Int64 {
    let hasWork = shared.withLock { shared in
      shared.isAwake = !shared.work.isEmpty || shared.isShutDown
      return shared.isAwake
    }
    if hasWork || !dirtyConnections.isEmpty { return 0 }
    guard let deadline = timers.nextDeadline else { return -1 }
    return max(0, deadline - MonotonicClock.nanoseconds())
  }

  private func flushDirtyConnections() {
    guard !dirtyConnections.isEmpty else { return }
    let connections = dirtyConnections
    dirtyConnections.removeAll(keepingCapacity: true)
    for connection in connections { connection.flush() }
  }
}
