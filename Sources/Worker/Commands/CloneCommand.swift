import Platform
import WorkerProtocol

/// Brings a repository into the work folder and checks a commit out, with no branch (detached).
struct CloneCommand: Sendable {
  let context: CommandContext
  let copy: ServerMessage.Copy

  /// Never asks, never reads another protocol than these, prints what the log's reader understands.
  private static let gitEnvironment = [
    "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
  ]

  func run() async throws -> CommandResult {
    let credentials = GitCredentials(url: copy.source, credentials: copy.creds)
    context.secrets.add(credentials.secrets)
    context.noteUnmaskedSecrets()
    guard !credentials.url.hasPrefix("-"), !credentials.url.utf8.contains(0) else {
      throw CommandFailure("the repository's URL is not one")
    }
    let plan = try GitFetchPlan(copy)
    let folder = try context.path.resolve(copy.dest)
    try await BlockingExecutor.files.run {
      try makeDirectories(folder, mode: CommandContext.folderMode)
      try context.path.checkLinks(of: copy.dest, resolved: folder)
    }
    let git = Git(
      context: context, folder: folder,
      environment: context.environment.adding(Self.gitEnvironment).filter {
        !GitCredentials.isForeign($0.key)
      })
    guard try await git.run(["init", "--quiet"]) == 0 else { throw CommandFailure("git init failed") }
    // The folder may have been cloned into before.
    if try await git.ask(["remote", "get-url", "origin"]) {
      try await git.require(["remote", "set-url", "origin", credentials.url])
    } else {
      try await git.require(["remote", "add", "origin", credentials.url])
    }
    try await fetch(plan, git, credentials)
    try await git.require(["checkout", "--quiet", "--force", "--detach", plan.target])
    return .done(exitCode: 0)
  }

  private func fetch(_ plan: GitFetchPlan, _ git: Git, _ credentials: GitCredentials) async throws {
    for fetch in plan.fetches {
      try context.stopIfCancelled()
      let arguments =
        ["fetch", "--no-tags", "--no-recurse-submodules"] + fetch.options + ["origin"] + fetch.refspecs
      let code =
        fetch.isOptional
        ? try await git.ask(arguments, with: credentials) ? 0 : 1
        : try await git.run(arguments, with: credentials)
      try context.stopIfCancelled()
      guard code == 0 || fetch.isOptional else {
        throw CommandFailure("git fetch from \(credentials.url) failed (exit code \(code))")
      }
      if copy.commit.isEmpty { return }
      if try await git.ask(["cat-file", "-e", "\(copy.commit)^{commit}"]) { return }
    }
    let place = copy.ref.isEmpty ? credentials.url : "\(copy.ref) of \(credentials.url)"
    throw CommandFailure("commit \(copy.commit) was not found in \(place)")
  }
}

extension CommandContext {
  /// Between the steps of a command: the next one is not begun.
  func stopIfCancelled() throws(CommandFailure) {
    if isCancelled { throw CommandFailure("cancelled") }
  }
}

/// git in one folder.
private struct Git: Sendable {
  let context: CommandContext
  let folder: String
  let environment: [String: String]

  /// Runs git with its output in the log; gives its exit code.
  func run(_ arguments: [String], with credentials: GitCredentials? = nil) async throws -> Int32 {
    try await CommandProcess(
      context: context, executable: "git", arguments: arguments,
      environment: credentials?.adding(to: environment) ?? environment, folder: folder
    ).run()
  }

  func require(_ arguments: [String]) async throws {
    try context.stopIfCancelled()
    let code = try await run(arguments)
    guard code == 0 else { throw CommandFailure("git \(arguments[0]) failed (exit code \(code))") }
  }

  /// Whether git succeeds; what it prints is not for the log.
  func ask(_ arguments: [String], with credentials: GitCredentials? = nil) async throws -> Bool {
    try context.stopIfCancelled()
    return try await CommandProcess(
      context: context, executable: "git", arguments: arguments,
      environment: credentials?.adding(to: environment) ?? environment, folder: folder, isSilent: true
    ).run() == 0
  }
}
