import Glibc
import HTTP
import Platform

extension TaskRunner {
  /// Starts the task once, by its driver, and waits for its end.
  func start(_ environment: TaskEnvironment) async -> Outcome {
    let config = task["Config"] ?? .null
    let image = config["image"]?.string.map(environment.interpolate) ?? ""
    let isDocker = task["Driver"] == "docker"
    let planned = isDocker ? cluster.imageOutcome(of: image) : nil
    if planned == nil, let loopback = cluster.options.loopback {
      return await runLoopback(loopback, environment)
    }
    guard isDocker else { return await runCommand(config, environment) }
    tell { $0.add(.downloadingImage(image)) }
    switch planned ?? cluster.options.otherImages {
    case .pullFailure(let reason):
      return .notStarted("Failed to pull `\(image)`: API error (404): \(reason)")
    case .outOfMemory:
      tellStarted()
      return .outOfMemory
    case .run:
      return await runCommand(config, environment)
    }
  }

  private func runLoopback(
    _ loopback: FakeNomadOptions.Loopback, _ environment: TaskEnvironment
  ) async -> Outcome {
    tellStarted()
    let code = await withTaskCancellationHandler {
      await loopback(environment.variables, TaskEnvironment.meta(of: allocation, task))
    } onCancel: {
      tell { $0.add(.killing(timeoutNanoseconds: killTimeoutNanoseconds)) }
    }
    return .ended(code: code, signal: 0)
  }

  private func runCommand(_ config: JSONValue, _ environment: TaskEnvironment) async -> Outcome {
    guard let command = command(of: config) else {
      return .notStarted("missing command for \(task["Driver"]?.string ?? "") driver")
    }
    let process: ChildProcess
    do {
      process = try ChildProcess.spawn(
        ProcessOptions(
          executable: environment.interpolate(command[0]),
          arguments: command.dropFirst().map(environment.interpolate),
          environment: environment.variables, workingDirectory: "\(folder)/\(name)", output: .pipe,
          error: .pipe, leadsProcessGroup: true))
    } catch {
      return .notStarted(
        "failed to launch command with executor: rpc error: code = Unknown desc = \(error)")
    }
    tellStarted()
    return await follow(process)
  }

  /// The program and its arguments. A container whose task names none runs what its image says.
  private func command(of config: JSONValue) -> [String]? {
    let arguments = config["args"]?.strings ?? []
    if let command = config["command"]?.string { return [command] + arguments }
    let entryPoint = cluster.options.imageEntryPoint
    guard task["Driver"] == "docker", !entryPoint.isEmpty else { return nil }
    return entryPoint + arguments
  }

  /// Takes the output until the process has ended, and ends what it left in its group.
  private func follow(_ process: ChildProcess) async -> Outcome {
    let output = TaskLogKey(allocation: allocation.id, task: name, stream: .stdout)
    let error = TaskLogKey(allocation: allocation.id, task: name, stream: .stderr)
    // Not children of this task: they shall read to the pipes' ends also when the task is killed.
    let readers = [
      Task { await cluster.logs.gather(process.output, as: output, task["LogConfig"] ?? .null) },
      Task { await cluster.logs.gather(process.error, as: error, task["LogConfig"] ?? .null) },
    ]
    let status = await withTaskCancellationHandler {
      await process.wait()
    } onCancel: {
      kill(process)
    }
    process.signal(SIGKILL)
    for reader in readers { await reader.value }
    if case .signalled(let number) = status { return .ended(code: status.code, signal: number) }
    return .ended(code: status.code, signal: 0)
  }

  /// The task's kill signal, and SIGKILL when the kill timeout is over.
  private func kill(_ process: ChildProcess) {
    guard !cluster.isStopping else { return process.signal(SIGKILL) }
    tell { $0.add(.killing(timeoutNanoseconds: killTimeoutNanoseconds)) }
    let usual = task["Driver"] == "docker" ? SIGTERM : SIGINT
    process.signal(Self.signals[task["KillSignal"]?.string ?? ""] ?? usual)
    _ = EventLoop.processes.schedule(after: .nanoseconds(killTimeoutNanoseconds)) {
      if process.status == nil { process.signal(SIGKILL) }
    }
  }

  private static let signals: [String: Int32] = [
    "SIGTERM": SIGTERM, "SIGINT": SIGINT, "SIGQUIT": SIGQUIT, "SIGHUP": SIGHUP, "SIGUSR1": SIGUSR1,
    "SIGUSR2": SIGUSR2, "SIGKILL": SIGKILL,
  ]
}
