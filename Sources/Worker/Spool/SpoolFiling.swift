import Platform

/// Does what the session's spool wants done with its file, until the worker is over.
///
/// The file is made when it is needed first. While it cannot be made or written, output stays in memory and commands
/// wait.
struct SpoolFiling: Sendable {
  let folder: String
  let logger: Logger
  let state: Watched<WorkerState>

  func run() async {
    var file: SpoolFile?
    while let work = await nextWork() {
      do {
        let spoolFile = try await self.file(file)
        file = spoolFile
        try await carryOut(work, in: spoolFile)
      } catch {
        logger.warning("output cannot be kept on disk", ["reason": "\(error)"])
        state.withLock { state in
          switch work {
          case .write: state.session.spool.wrote(successfully: false)
          case .read: state.session.spool.read(nil)
          }
        }
      }
    }
  }

  private func nextWork() async -> SpoolOverflow.Work? {
    let isThere = try? await state.value { state -> Bool? in
      if state.isOver || state.session.isFinished { return false }
      return state.session.spool.hasFileWork ? true : nil
    }
    return isThere == true ? state.withLock { $0.session.spool.takeFileWork() } : nil
  }

  private func file(_ present: SpoolFile?) async throws -> SpoolFile {
    if let present { return present }
    let (folder, size) = (folder, state.withLock { $0.session.spool.fileBytes })
    return try await BlockingExecutor.files.run { try SpoolFile(in: folder, size: size) }
  }

  private func carryOut(_ work: SpoolOverflow.Work, in file: SpoolFile) async throws {
    switch work {
    case .write(let bytes, let position):
      try await BlockingExecutor.files.run { try file.write(bytes, at: position) }
      state.withLock { $0.session.spool.wrote(successfully: true) }
    case .read(let count, let position):
      let bytes = try await BlockingExecutor.files.run { try file.read(count, at: position) }
      state.withLock { $0.session.spool.read(bytes) }
    }
  }
}
