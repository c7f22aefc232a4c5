import Platform
import WorkerProtocol

/// Carries out the session's commands, one after the other, until the worker is over or closed.
struct CommandExecutor: Sendable {
  let options: WorkerOptions
  let workFolder: String
  let state: Watched<WorkerState>

  func run() async {
    while let command = await nextCommand() {
      let result = await carryOut(command)
      if options.adoptsOrphans { await AdoptedProcesses.reap() }
      state.withLock { $0.commandEnded(command.id, result) }
    }
  }

  private func nextCommand() async -> WorkerState.Command? {
    let isThere = try? await state.value { state -> Bool? in
      if state.next != nil { return true }
      return state.isOver || state.session.isClosing && state.session.runningCommand == nil ? false : nil
    }
    return isThere == true ? state.withLock { $0.takeNext() } : nil
  }

  private func carryOut(_ command: WorkerState.Command) async -> CommandResult {
    let (token, secrets) = state.withLock { ($0.token, $0.secrets) }
    let context = CommandContext(
      id: command.id, options: options, path: WorkPath(folder: workFolder),
      environment: CommandEnvironment(
        inherited: options.environment, secrets: [options.token, token], callbackURL: options.callbackURL),
      state: state, secrets: secrets)
    context.noteUnmaskedSecrets()
    do {
      return try await carryOut(command.command, context)
    } catch {
      return .failed(secrets.masked("\(error)"))
    }
  }

  private func carryOut(_ command: WorkerCommand, _ context: CommandContext) async throws -> CommandResult {
    switch command {
    case .clone(let copy): return try await CloneCommand(context: context, copy: copy).run()
    case .writeFile(let dest, let bytes):
      return try await WriteFileCommand(context: context, dest: dest, bytes: bytes).run()
    case .sendFile(let source): return try await SendFileCommand(context: context, source: source).run()
    case .run(let run):
      let process = CommandProcess(
        context: context, executable: run.cmd, arguments: run.args,
        environment: context.environment.adding(run.env), folder: try context.path.resolve(run.workdir))
      return .done(exitCode: try await process.run())
    case .unknown(let what): return .failed("this worker does not know \(what)")
    }
  }
}
