import Glibc
import Synchronization

/// Signals that end or change a program, as calls instead of handlers.
package enum Signals {
  /// From now on `body` is called, on a thread of its own, for each of the signals that comes. For the main
  /// program, once.
  package static func handle(_ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void) throws {
    let ends = try Descriptor.pipe(nonBlockingWrite: true)
    let (read, write) = ends.release()
    signalPipe.store(write, ordering: .sequentiallyConsistent)
    for number in signals { signal(number, noteSignal) }
    Thread.start(name: "signals") {
      var number: UInt8 = 0
      while true {
        let count = Glibc.read(read, &number, 1)
        if count == 1 { body(Int32(number)) }
        if count == 0 { return }
      }
    }
  }
}

/// Where a handler writes the signal's number: write(2) is one of the few calls that a handler may make.
private let signalPipe = Atomic<Int32>(-1)

private func noteSignal(_ number: Int32) {
  var byte = UInt8(truncatingIfNeeded: number)
  let saved = errno
  _ = write(signalPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = saved
}
