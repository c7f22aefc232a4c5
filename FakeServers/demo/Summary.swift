import FakeGitHub
import Matriz
import RunModel

/// A run that the demo followed to its end.
struct FollowedRun {
  let run: Run
  let webhookSeconds: Double
}

/// What happened, how long each part took, where to look.
struct Summary {
  private var runs: [(name: String, followed: FollowedRun, statuses: [FakeGitHub.CommitStatus])] = []
  private var assets: [FakeGitHub.Asset] = []

  mutating func add(_ name: String, _ run: FollowedRun, statuses: [FakeGitHub.CommitStatus]) {
    let own = statuses.filter { $0.targetURL?.hasSuffix(run.run.id) == true }
    runs.append((name, run, own))
  }

  mutating func add(assets: [FakeGitHub.Asset]) {
    self.assets = assets
  }

  /// Both runs succeeded, GitHub shows it, and the release has its asset.
  var isGood: Bool {
    runs.allSatisfy { $0.followed.run.state == .succeeded && $0.statuses.contains { $0.state == .success } }
      && assets.contains { $0.state == "uploaded" && DemoRepository.archive.hasSuffix($0.name) }
  }

  func print(_ stage: Stage, _ matriz: Matriz, _ terminal: Terminal) {
    terminal.heading("What happened")
    for (name, followed, statuses) in runs {
      let states = statuses.map(\.state.rawValue).reduce(into: [String]()) {
        if $0.last != $1 { $0.append($1) }
      }
      terminal.line(
        "\(name): run #\(followed.run.number) \(followed.run.state.rawValue); status \(states.joined(separator: " -> "))"
      )
      for (part, seconds) in Self.parts(of: followed) {
        terminal.line("  \(part.padding(to: 28))\(milliseconds(seconds))")
      }
    }
    for asset in assets {
      terminal.line(
        "release \(DemoRepository.tag): \(asset.name), \(asset.sizeBytes) bytes, sha256 \(asset.sha256 ?? "")"
      )
    }
    terminal.heading("Where to look")
    terminal.line("\(stage.folder)/data/mise-ci.db  runs, deliveries, artifacts")
    terminal.line("\(stage.folder)/data/logs        what the jobs printed")
    terminal.line("\(stage.folder)/data/artifacts   what they built")
    if let last = runs.last {
      terminal.line("\(matriz.externalURL)/runs/\(last.followed.run.id)  the page, with --keep")
    }
    terminal.print("")
    terminal.line(isGood ? "All of it went as it should." : "Something did not go as it should.")
  }

  private static func parts(of followed: FollowedRun) -> [(String, Double)] {
    let run = followed.run
    var parts = [("webhook to 202", followed.webhookSeconds)]
    for job in run.jobs {
      parts.append(("worker connected", seconds(run.createdAt, job.startedAt)))
      parts += job.steps.map { ($0.plan.name, seconds($0.startedAt, $0.finishedAt)) }
    }
    if !run.assets.isEmpty {
      parts.append(("release assets", seconds(run.jobs.last?.finishedAt, run.finishedAt)))
    }
    return parts + [("in all", seconds(run.createdAt, run.finishedAt))]
  }

  private static func seconds(_ start: Instant?, _ end: Instant?) -> Double {
    guard let start, let end else { return 0 }
    return Double(end.milliseconds - start.milliseconds) / 1_000
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
