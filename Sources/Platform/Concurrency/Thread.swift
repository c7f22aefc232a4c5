import CShims
import Glibc

/// A detached thread of the operating system; whoever starts it has a way to end its body.
package enum Thread {
  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Starts a thread named `name` (cut to the kernel's 15 bytes).
  ///
  /// A process that may not have another thread cannot go on, so that ends it with a message.
  package static func start(name: String, _ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(name: name, run: run))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let result = pthread_create(&thread, &attributes, threadMain, body.toOpaque())
    pthread_attr_destroy(&attributes)
    if result != 0 {
      fatalError("cannot start thread '\(name)': \(SystemError.text(of: result))")
    }
  }

  private static let threadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument else { return nil }
    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
    shim_name_thread(String(body.name.prefix(15)))
    body.run()
    return nil
  }
}
