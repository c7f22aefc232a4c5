import CShims
import Glibc
import Synchronization

/// A process that this one started. Whoever starts it waits for it: `wait` reaps it.
package final class ChildProcess: EventHandler, @unchecked Sendable {
  private enum Phase {
    case running(waiting: [CheckedContinuation<ExitStatus, Never>])
    case ended(ExitStatus)
  }

  package let processID: Int32
  /// The parent's ends of the pipes that were asked for.
  package let input: PipeWriter?
  package let output: PipeReader?
  package let error: PipeReader?

  private let leadsProcessGroup: Bool
  private let loop: EventLoop
  private let phase = Mutex<Phase>(.running(waiting: []))
  /// Becomes readable when the process has ended. Confined to the loop, and closed there.
  private let processDescriptor: Int32
  private var token: UInt64?

  /// Starts a process. A program or folder that is not there is a `SystemError` with `ENOENT`.
  package static func spawn(_ options: ProcessOptions) throws -> ChildProcess {
    let loop = EventLoop.processes
    var input = try StandardStream(options.input, inherited: STDIN_FILENO)
    var output = try StandardStream(options.output, inherited: STDOUT_FILENO)
    var error = try StandardStream(options.error, inherited: STDERR_FILENO)
    let processID = try start(options, input.childEnd, output.childEnd, error.childEnd)
    let descriptor = shim_pidfd_open(processID)
    if descriptor < 0 {
      let failure = SystemError.last("watch process \(processID)")
      kill(processID, SIGKILL)
      waitpid(processID, nil, 0)
      throw failure
    }
    let process = ChildProcess(
      processID: processID, descriptor: descriptor, loop: loop, leadsProcessGroup: options.leadsProcessGroup,
      input: input.takeParentEnd().map { PipeWriter(owning: Descriptor(owning: $0), loop: loop) },
      output: output.takeParentEnd().map { PipeReader(owning: Descriptor(owning: $0), loop: loop) },
      error: error.takeParentEnd().map { PipeReader(owning: Descriptor(owning: $0), loop: loop) })
    loop.execute { process.watch() }
    return process
  }

  private init(
    processID: Int32, descriptor: Int32, loop: EventLoop, leadsProcessGroup: Bool, input: PipeWriter?,
    output: PipeReader?, error: PipeReader?
  ) {
    self.processID = processID
    self.processDescriptor = descriptor
    self.loop = loop
    self.leadsProcessGroup = leadsProcessGroup
    self.input = input
    self.output = output
    self.error = error
  }

  deinit {
    close(processDescriptor)
  }

  /// Waits until the process has ended; any number of callers may.
  package func wait() async -> ExitStatus {
    await withCheckedContinuation { continuation in
      let status = phase.withLock { phase -> ExitStatus? in
        switch phase {
        case .ended(let status): return status
        case .running(let waiting):
          phase = .running(waiting: waiting + [continuation])
          return nil
        }
      }
      if let status { continuation.resume(returning: status) }
    }
  }

  /// How it ended, if it has.
  package var status: ExitStatus? {
    phase.withLock { phase in
      if case .ended(let status) = phase { status } else { nil }
    }
  }

  /// Sends a signal to the process, or to its whole group when it leads one. Nothing happens once it has ended,
  /// except that what is left of its group still gets the signal.
  package func signal(_ signal: Int32) {
    if leadsProcessGroup {
      _ = killpg(processID, signal)
    } else {
      // By descriptor: the number may belong to another process by now.
      _ = shim_pidfd_send_signal(processDescriptor, signal)
    }
  }

  private func watch() {
    do {
      token = try loop.watch(processDescriptor, events: SHIM_EPOLLIN, self)
    } catch {
      // Cannot be watched (out of memory): wait for it on a thread that may block.
      BlockingExecutor.files.submit { [self] in reap(flags: 0) }
    }
  }

  func handle(events: UInt32) {
    if let token { loop.unwatch(processDescriptor, token: token) }
    token = nil
    reap(flags: WNOHANG)
  }

  private func reap(flags: Int32) {
    var status: Int32 = 0
    var result = waitpid(processID, &status, flags)
    while result < 0, errno == EINTR { result = waitpid(processID, &status, flags) }
    // Someone else reaped it: all that is left to say is that it is gone.
    let exit = result == processID ? ExitStatus(waitStatus: status) : .signalled(SIGKILL)
    let waiting = phase.withLock { phase -> [CheckedContinuation<ExitStatus, Never>] in
      guard case .running(let waiting) = phase else { return [] }
      phase = .ended(exit)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: exit) }
  }

  private static func start(
    _ options: ProcessOptions, _ input: Int32, _ output: Int32, _ error: Int32
  ) throws(SystemError) -> Int32 {
    let path = options.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    guard let executable = ProcessEnvironment.find(options.executable, path: path) else {
      let isThere = options.executable.contains("/") && access(options.executable, F_OK) == 0
      throw SystemError(code: isThere ? EACCES : ENOENT, operation: "start \(options.executable)")
    }
    var processID: pid_t = 0
    let result = withCStrings([options.executable] + options.arguments) { arguments in
      withCStrings(options.environment.map { "\($0.key)=\($0.value)" }) { environment in
        withOptionalCString(options.workingDirectory) { folder in
          executable.withCString { executable in
            var native = shim_spawn_options(
              path: executable, arguments: arguments, environment: environment, working_directory: folder,
              standard_input: input, standard_output: output, standard_error: error,
              new_process_group: options.leadsProcessGroup ? 1 : 0)
            return shim_spawn(&processID, &native)
          }
        }
      }
    }
    if result != 0 { throw SystemError(code: result, operation: "start \(options.executable)") }
    return processID
  }
}

extension EventLoop {
  /// The loop that waits for children and their pipes; started when first needed, lives as long as the process.
  package static let processes: EventLoop = {
    do {
      // A child that does not read its input is an error of the write (EPIPE), not the end of this process.
      Glibc.signal(SIGPIPE, SIG_IGN)
      return try EventLoop(name: "processes")
    } catch {
      fatalError("cannot start the loop for child processes: \(error)")
    }
  }()
}

/// One standard descriptor of a child that is being started.
private struct StandardStream: ~Copyable {
  let childEnd: Int32
  private var parentEnd: Int32?
  private let ownsChildEnd: Bool

  init(_ stream: ProcessOptions.Stream, inherited: Int32) throws(SystemError) {
    let childReads = inherited == STDIN_FILENO
    switch stream {
    case .null:
      childEnd = try Descriptor.open("/dev/null", flags: childReads ? O_RDONLY : O_WRONLY).release()
      ownsChildEnd = true
    case .inherited:
      childEnd = inherited
      ownsChildEnd = false
    case .descriptor(let raw):
      childEnd = raw
      ownsChildEnd = false
    case .pipe:
      let ends = try Descriptor.pipe(nonBlockingRead: !childReads, nonBlockingWrite: childReads)
      (childEnd, parentEnd) = ends.releaseBoth(childReads: childReads)
      ownsChildEnd = true
    }
  }

  deinit {
    if ownsChildEnd { close(childEnd) }
    if let parentEnd { close(parentEnd) }
  }

  mutating func takeParentEnd() -> Int32? {
    defer { parentEnd = nil }
    return parentEnd
  }
}

extension PipeEnds {
  fileprivate consuming func releaseBoth(childReads: Bool) -> (child: Int32, parent: Int32) {
    let read = self.read.release()
    let write = self.write.release()
    return childReads ? (read, write) : (write, read)
  }
}

private func withCStrings<T>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> T
) -> T {
  // A NUL inside would silently cut the string; what comes after it is not wanted by anybody.
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { fatalError("an array with an element has storage") }
    return body(base)
  }
}

private func withOptionalCString<T>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> T) -> T {
  guard let string else { return body(nil) }
  return string.withCString { body($0) }
}
