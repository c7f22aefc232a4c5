import Crypto
import Forge
import RunModel
import WorkerProtocol

/// What is said to the worker for one step: its commands, in order; the next one is sent when the one before it has
/// succeeded. Their ids follow from the step's index, so that a worker that comes back knows them again.
struct StepCommands: Sendable {
  /// Where the repository lies, within the worker's folder.
  static let workFolder = "repository"
  /// Ids of one step's commands are this far from those of the next.
  private static let idsPerStep: UInt64 = 16

  let messages: [ServerMessage]

  /// - Parameters:
  ///   - features: what both sides know.
  ///   - credentials: for a clone.
  ///   - secrets: what the user's commands are given beside what every job has.
  init(
    step index: Int, of job: Job, in run: Run, features: Set<String>, credentials: CloneCredentials?,
    secrets: JobSecrets
  ) {
    let payloads: [ServerMessage.Payload]
    switch job.steps[index].plan.action {
    case .clone:
      payloads =
        features.contains(WorkerFeature.copyCommit)
        ? [Self.clone(run.source, credentials)] : Self.plainClone(run.source, credentials)
    case .run(let command, let arguments):
      let environment = secrets.environment.merging(Self.environment(of: job, in: run)) { $1 }
      payloads = [
        .run(ServerMessage.Run(cmd: command, args: arguments, env: environment, workdir: Self.workFolder))
      ]
    case .collect(let path, _, _):
      var copy = ServerMessage.Copy()
      copy.direction = .fromWorker
      copy.source = "\(Self.workFolder)/\(path)"
      payloads = [.copy(copy)]
    }
    let first = UInt64(index + 1) * Self.idsPerStep
    messages = payloads.enumerated().map { ServerMessage(id: first + UInt64($0.offset), $0.element) }
  }

  /// What the user's commands find in their environment in every job.
  static func environment(of job: Job, in run: Run) -> [String: String] {
    [
      "CI": "true", "MISE_YES": "1", "MISE_CI_RUN_ID": run.id, "MISE_CI_JOB_ID": job.id,
      "MISE_CI_REPOSITORY": run.source.repository, "MISE_CI_REF": run.source.ref,
      "MISE_CI_SHA": run.source.builtSha,
      "MISE_CI_EVENT": run.source.event.rawValue,
    ]
  }

  private static func clone(_ source: Source, _ credentials: CloneCredentials?) -> ServerMessage.Payload {
    var copy = ServerMessage.Copy()
    copy.direction = .toWorker
    copy.source = source.cloneURL
    copy.dest = workFolder
    copy.ref = source.ref
    copy.commit = source.builtSha
    copy.creds = credentials.map {
      ServerMessage.Credentials(.basic(ServerMessage.BasicAuth(username: $0.username, password: $0.password)))
    }
    // A pull request's merge commit is made anew in the background: what its ref leads to is what is built.
    if source.event == .pullRequest, source.mergeSha == nil { copy.commit = "" }
    return .copy(copy)
  }

  /// For a worker that clones the default branch only: the clone, then git itself for the commit.
  private static func plainClone(_ source: Source, _ credentials: CloneCredentials?) -> [ServerMessage
    .Payload]
  {
    guard case .copy(var copy) = clone(source, credentials) else { return [] }
    let target = copy.commit.isEmpty ? "FETCH_HEAD" : copy.commit
    copy.ref = ""
    copy.commit = ""
    let environment = gitEnvironment(source, credentials)
    func git(_ arguments: String...) -> ServerMessage.Payload {
      .run(ServerMessage.Run(cmd: "git", args: arguments, env: environment, workdir: workFolder))
    }
    return [
      .copy(copy), git("fetch", "--quiet", "origin", source.ref),
      git("checkout", "--quiet", "--detach", target),
    ]
  }

  /// Credentials for the forge's own origin, in the environment of one process.
  private static func gitEnvironment(_ source: Source, _ credentials: CloneCredentials?) -> [String: String] {
    var environment = ["GIT_TERMINAL_PROMPT": "0"]
    if let credentials {
      let basic = Base64.encode(Array("\(credentials.username):\(credentials.password)".utf8))
      environment["GIT_CONFIG_COUNT"] = "1"
      environment["GIT_CONFIG_KEY_0"] = "http.\(source.cloneURL).extraHeader"
      environment["GIT_CONFIG_VALUE_0"] = "Authorization: Basic \(basic)"
    }
    return environment
  }
}
