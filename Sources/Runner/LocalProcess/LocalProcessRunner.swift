import Glibc
package import Platform
package import Runner

/// Starts workers as processes of this machine. They outlive this process: the next one finds them by their records
/// and goes on where this one was.
package actor LocalProcessRunner: Runner {
  /// Records of workers that have ended are kept for a day: somebody may still ask.
  private static let keptMilliseconds: Int64 = 86_400_000
  /// Of more that nobody has taken, the newest are told.
  private static let maximumUntoldEnds = 1_000
  /// A worker that was told to stop ends its command first, which may take a few seconds.
  private static let stopSeconds = 15.0

  private struct Worker {
    var record: WorkerRecord
    /// Set for good when the first dispatch of it is done, well or not.
    var start: Task<Result<String, RunnerError>, Never>?
    var isStopping = false
  }

  private let configuration: LocalProcessConfiguration
  private let logger: Logger
  private let now: @Sendable () -> Timestamp
  /// By handle; with those that have ended and are still remembered.
  private var workers: [String: Worker] = [:]
  private var loading: Task<Void, Never>?
  private var watchers: [Int: AsyncStream<String>.Continuation] = [:]
  private var nextWatcher = 0
  private var isShutDown = false

  package init(
    _ configuration: LocalProcessConfiguration, logger: Logger,
    now: @escaping @Sendable () -> Timestamp = Timestamp.now
  ) {
    self.configuration = configuration
    self.logger = logger
    self.now = now
  }

  package func prepare() async throws(RunnerError) {
    guard ProcessEnvironment.find(configuration.program, path: "") != nil else {
      throw RunnerError(
        .misconfigured, "there is no program '\(configuration.program)' to start workers with")
    }
    let folder = configuration.folder
    do {
      try await BlockingExecutor.files.run { try makeDirectories(folder, mode: 0o700) }
    } catch {
      throw RunnerError(.unavailable, "there is no folder for workers", cause: error)
    }
    await load()
  }

  package func dispatch(_ request: DispatchRequest) async throws(RunnerError) -> String {
    await load()
    let handle = WorkerRecord.handle(jobID: request.jobID, attempt: request.attempt)
    guard WorkerRecord.isName(handle) else {
      throw RunnerError(.refused, "'\(handle)' cannot be the name of a folder")
    }
    if let start = workers[handle]?.start { return try await start.value.get() }
    if workers[handle] != nil { return handle }
    guard living.count < configuration.maximumWorkers else {
      throw RunnerError(
        .unavailable, "all \(configuration.maximumWorkers) places for workers on this machine are taken")
    }
    let record = WorkerRecord(request)
    let start = Task { await self.start(record, request) }
    workers[handle] = Worker(record: record, start: start)
    return try await start.value.get()
  }

  package func findDispatch(runID: String, jobID: String, attempt: Int) async throws(RunnerError) -> String? {
    await load()
    let handle = WorkerRecord.handle(jobID: jobID, attempt: attempt)
    if let start = workers[handle]?.start { _ = await start.value }
    return workers[handle].flatMap { $0.record.runID == runID ? handle : nil }
  }

  package func cancel(_ handle: String) async throws(RunnerError) {
    await load()
    guard let worker = workers[handle], !worker.isStopping, let process = worker.record.livingProcess else {
      return
    }
    workers[handle]?.isStopping = true
    kill(process.processID, SIGTERM)
    Task {
      try? await Task.sleep(for: .seconds(Self.stopSeconds))
      guard ProcessTree.identity(of: process.processID) == process else { return }
      kill(process.processID, SIGKILL)
    }
  }

  package func state(_ handle: String) async throws(RunnerError) -> RunnerJobState {
    await load()
    return workers[handle]?.record.state ?? .gone
  }

  package func list() async throws(RunnerError) -> [RunnerJob] {
    await load()
    return living.map {
      RunnerJob(handle: $0.handle, runID: $0.runID, jobID: $0.jobID, attempt: $0.attempt)
    }.sorted { $0.handle < $1.handle }
  }

  /// Tells of workers that have ended.
  package func watch(_ changed: @escaping @Sendable (_ handle: String) async -> Void) async {
    let (ends, continuation) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingNewest(Self.maximumUntoldEnds))
    let id = nextWatcher
    nextWatcher += 1
    watchers[id] = continuation
    for await handle in ends { await changed(handle) }
    watchers[id] = nil
  }

  package func shutdown() async {
    isShutDown = true
    for watcher in watchers.values { watcher.finish() }
  }

  private var living: [WorkerRecord] {
    workers.values.map(\.record).filter { $0.end == nil }
  }

  private func folder(_ handle: String) -> WorkerFolder {
    WorkerFolder(path: "\(configuration.folder)/\(handle)")
  }

  // MARK: A worker's life

  private func start(_ record: WorkerRecord, _ request: DispatchRequest) async -> Result<String, RunnerError>
  {
    let handle = record.handle
    do {
      let (process, record) = try await spawn(record, request)
      workers[handle] = Worker(record: record)
      Task {
        let status = await process.wait()
        await self.ended(handle, exitCode: status.code)
      }
      return .success(handle)
    } catch {
      workers[handle] = nil
      try? await removeTree(folder(handle).path)
      return .failure(RunnerError(.unavailable, "no worker could be started", cause: error))
    }
  }

  /// Starts the process, records it, and only then gives it the token that it waits for.
  private func spawn(
    _ record: WorkerRecord, _ request: DispatchRequest
  ) async throws -> (ChildProcess, WorkerRecord) {
    let folder = folder(record.handle)
    let options = options(request, folder)
    let limits = configuration.limits
    let (process, started) = try await BlockingExecutor.files.run {
      try folder.make()
      try record.write(in: folder.path)
      let process = try folder.start(options)
      var started = record
      started.process = ProcessTree.identity(of: process.processID)
      do {
        try started.write(in: folder.path)
      } catch {
        process.signal(SIGKILL)
        throw error
      }
      let group = ControlGroup.make(
        named: folder.groupName,
        limits: ControlGroup.Limits(memoryBytes: limits.memoryBytes, processes: limits.processes))
      _ = group?.add(process.processID)
      return (process, started)
    }
    // One that has ended already is noticed by its end.
    try? await process.input?.write(Array("\(request.token)\n".utf8))
    await process.input?.close()
    return (process, started)
  }

  private func options(_ request: DispatchRequest, _ folder: WorkerFolder) -> ProcessOptions {
    var arguments = ["worker", "--token-file", "-", "--folder", folder.workPath]
    let limits = configuration.limits.description
    if !limits.isEmpty { arguments += ["--limits", limits] }
    let environment = configuration.environment.merging([
      "MISE_CI_CALLBACK": request.callbackURL, WorkerFolder.markName: folder.name,
    ]) { _, ours in ours }
    // A group of its own: what is typed at the server's terminal is not meant for it.
    return ProcessOptions(
      executable: configuration.program, arguments: arguments, environment: environment,
      workingDirectory: folder.path, input: .pipe, leadsProcessGroup: true)
  }

  /// The worker is gone: what it left is ended and removed, and then its place is free.
  private func ended(_ handle: String, exitCode: Int32?) async {
    guard !isShutDown, var record = workers[handle]?.record, record.end == nil else { return }
    let folder = folder(handle)
    let time = now()
    let end = try? await BlockingExecutor.files.run {
      folder.endLeftovers()
      return WorkerRecord.End(exitCode: exitCode, at: time, lastWords: folder.lastWords())
    }
    do {
      try await removeTree(folder.workPath)
    } catch {
      logger.warning(
        "a worker's folder could not be removed", ["folder": folder.workPath, "reason": "\(error)"])
    }
    record.end = end ?? WorkerRecord.End(exitCode: exitCode, at: time, lastWords: "")
    workers[handle]?.record = record
    for watcher in watchers.values { watcher.yield(handle) }
    do {
      try await BlockingExecutor.files.run { [record] in try record.write(in: folder.path) }
    } catch {
      // The next process finds it without a process, and says the same but for the exit code.
      logger.warning("a worker's end could not be recorded", ["worker": handle, "reason": "\(error)"])
    }
    await forgetOld()
  }

  // MARK: What earlier processes left

  /// Reads the records once, before anything else is done.
  private func load() async {
    let task = loading ?? Task { await self.adopt() }
    loading = task
    await task.value
  }

  private func adopt() async {
    let place = configuration.folder
    let found =
      (try? await BlockingExecutor.files.run {
        folderNames(in: place).map { ($0, WorkerRecord.read(in: "\(place)/\($0)")) }
      }) ?? []
    for (name, record) in found {
      guard let record, record.handle == name, record.end != nil || record.process != nil else {
        // Never got its token, so it did nothing.
        try? await removeTree("\(place)/\(name)")
        continue
      }
      workers[name] = Worker(record: record)
      guard record.end == nil else { continue }
      logger.info("a worker of an earlier process is taken over", ["worker": name])
      Task {
        if let process = record.livingProcess { await ProcessWatch.waitForEnd(of: process) }
        await self.ended(name, exitCode: nil)
      }
    }
    await forgetOld()
  }

  private func forgetOld() async {
    let oldest = Timestamp(milliseconds: now().milliseconds - Self.keptMilliseconds)
    for (handle, worker) in workers {
      guard let end = worker.record.end, end.at < oldest else { continue }
      workers[handle] = nil
      try? await removeTree(folder(handle).path)
    }
  }
}

/// The folders in a folder; none when it is not there. Blocks.
private func folderNames(in path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if WorkerRecord.isName(name) { names.append(name) }
  }
  return names
}
