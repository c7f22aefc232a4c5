import FakeGitHub
import Glibc
import Matriz
import Platform
import RunModel

/// `demo`: the whole path of a push on this machine, with a fake GitHub and a fake Nomad, and everything else real.
@main
struct Demo {
  /// A run of the demo takes seconds; one that hangs ends here.
  private static let maximumRunSeconds = 120.0

  private static let command = Command(
    "demo", "Shows how a push becomes a verified result, on this machine.",
    discussion:
      "Nothing outside this machine is talked to. Exit codes: 0, 1 when a part did not go as it should, 2.",
    options: [
      .init("keep", "Leave everything running at the end, until Ctrl-C, and print the addresses."),
      .init("data", value: "FOLDER", "Where the matriz keeps its data; else a new folder."),
      .init("verbose", "Show the log of the matriz as well."),
    ])

  static func main() async {
    do {
      switch try command.parse(Array(CommandLine.arguments.dropFirst())) {
      case .help(let text): print(text, terminator: "")
      case .run(let values): exit(try await run(values))
      }
    } catch let error as UsageError {
      StandardError.print(error.message)
      exit(UsageError.exitCode)
    } catch {
      StandardError.print("demo: \(error)")
      exit(1)
    }
  }

  private static func run(_ values: CommandLineValues) async throws -> Int32 {
    let stopped = Watched(false)
    try Signals.handle([SIGINT, SIGTERM]) { _ in stopped.withLock { $0 = true } }
    let terminal = Terminal()
    let stage = try await Stage.build(folder: values.string("data"), terminal: terminal)
    let logger = values.has("verbose") ? Logger(label: "matriz") : Logger(label: "matriz", level: .error)
    do {
      let isGood = try await Matriz.run(stage.configuration, observer: stage.narrator, logger: logger) {
        matriz in
        let isGood = try await play(on: stage, matriz, terminal)
        if values.has("keep") {
          stage.printAddresses(matriz, terminal)
          _ = try await stopped.value { $0 ? true : nil }
        }
        return isGood
      }
      await stage.strike()
      return isGood ? 0 : 1
    } catch {
      await stage.strike()
      throw error
    }
  }

  /// The two pushes of the story; says whether both went as they should.
  private static func play(on stage: Stage, _ matriz: Matriz, _ terminal: Terminal) async throws -> Bool {
    stage.github.setWebhook(
      url: "http://\(matriz.httpAddress)/webhooks/github", secret: stage.webhookSecret)
    var summary = Summary()

    terminal.heading("A commit is pushed to \(stage.repository.fullName)")
    let push = try await stage.repository.push(files: DemoRepository.files, message: "Say hello")
    let first = try await follow(push, on: stage, terminal)
    summary.add("push", first, statuses: stage.github.statuses(stage.repository.fullName, push.sha))

    terminal.heading("The commit is tagged, on a release that exists")
    try await stage.repository.publishRelease(tag: DemoRepository.tag, name: "First", target: push.sha)
    let tag = try await stage.repository.pushTag(DemoRepository.tag, at: push.sha)
    let second = try await follow(tag, on: stage, terminal)
    summary.add("tag", second, statuses: stage.github.statuses(stage.repository.fullName, push.sha))
    summary.add(
      assets: try stage.repository.releases.filter { $0.tag == DemoRepository.tag }.flatMap(\.assets))

    summary.print(stage, matriz, terminal)
    return summary.isGood
  }

  /// Waits until the run that a push made has ended and GitHub shows it.
  private static func follow(
    _ push: FakeRepository.Push, on stage: Stage, _ terminal: Terminal
  ) async throws -> FollowedRun {
    guard let status = push.delivery?.status, status == 202 else {
      throw DemoError(
        "the webhook was answered \(push.delivery?.status ?? 0): \(push.delivery?.responseText ?? "")")
    }
    terminal.line("webhook   answered \(status) in \(milliseconds(push.delivery?.durationSeconds ?? 0))")
    let run = try await stage.narrator.finishedRun(timeoutSeconds: maximumRunSeconds)
    let final = try await stage.github.waitForStatus(
      repo: stage.repository.fullName, sha: push.sha, timeoutSeconds: maximumRunSeconds
    ) { $0.state != .pending && $0.targetURL?.hasSuffix(run.id) == true }
    terminal.line("status    \(final.state.rawValue): \(final.description ?? "")")
    return FollowedRun(run: run, webhookSeconds: push.delivery?.durationSeconds ?? 0)
  }
}

/// A part of the story did not go as it should.
struct DemoError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

func milliseconds(_ seconds: Double) -> String {
  "\(Int((seconds * 1_000).rounded())) ms"
}
