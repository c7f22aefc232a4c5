import FakeGitHub
import HTTP

/// A fake whose repository `octo/app` has workflows, and what is done with them over the API.
struct ActionsClient: Sendable {
  let client: GitHubClient
  /// The commit that has the workflows.
  let sha: String
  let token: String

  static let path = "/repos/octo/app/actions"

  /// Three jobs, of which the last one needs the others.
  static let ci: FakeFile = """
    name: CI
    run-name: "${{ inputs.title || github.workflow }} by ${{ github.actor }} #${{ github.run_number }}"
    on:
      workflow_dispatch:
        inputs:
          title: {type: string}
          target: {type: choice, options: [staging, production], default: staging}
          dry: {type: boolean, default: true}
          ticket: {required: true}
      push:
        branches: [main, 'release/**', '!release/old']
        tags: ['v*']
    jobs:
      build:
        name: Build / all
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          - name: Compile
            run: make
      lint:
        runs-on: [self-hosted, linux]
        steps: [{run: "make lint\\nmake more"}]
      publish:
        needs: [build, lint]
        runs-on: ubuntu-latest
        steps: [{run: make publish}]

    """

  static let plain: FakeFile = """
    on: [workflow_dispatch]
    jobs: {only: {runs-on: ubuntu-latest, steps: [{run: "true"}]}}

    """

  static func with<T>(
    webhookURL: String? = nil, _ change: (inout ActionsOptions) -> Void = { _ in },
    _ body: (ActionsClient) async throws -> T
  ) async throws -> T {
    var actions = ActionsOptions()
    change(&actions)
    return try await GitHubClient.with(webhookURL: webhookURL, actions: actions) { client in
      let sha = try await client.repository.commit(files: [
        ".github/workflows/ci.yml": ci, ".github/workflows/plain.yaml": plain,
        ".github/workflows/push.yml": "name: Push only\non: push\njobs: {a: {runs-on: x, steps: []}}\n",
        ".github/workflows/broken.yml": "on: [\n", ".github/workflows/README.md": "no workflow",
        ".github/workflows/deeper/x.yml": "on: push\njobs: {}\n",
      ])
      return try await body(ActionsClient(client: client, sha: sha, token: try await client.token()))
    }
  }

  func call(
    _ method: String, _ path: String, json: JSONValue? = nil
  ) async throws -> GitHubClient.Answer {
    try await client.call(method, path.hasPrefix("http") ? path : Self.path + path, token: token, json: json)
  }

  func dispatch(
    _ workflow: String = "plain.yaml", ref: String = "main", inputs: JSONValue? = nil
  ) async throws -> GitHubClient.Answer {
    var body: [String: JSONValue] = ["ref": .string(ref)]
    body["inputs"] = inputs
    return try await call("POST", "/workflows/\(workflow)/dispatches", json: .object(body))
  }

  /// A run of a workflow that was dispatched.
  func run(_ workflow: String = "ci.yml") async throws -> FakeWorkflowRun {
    let before = try client.repository.workflowRuns.count
    _ = try await dispatch(workflow, inputs: workflow == "ci.yml" ? ["ticket": "T-1"] : nil)
    let runs = try client.repository.workflowRuns
    guard runs.count == before + 1, let run = runs.last else { throw NoRun() }
    return run
  }

  struct NoRun: Error {}

  /// Fetches what a redirect leads to, without credentials.
  func follow(_ path: String) async throws -> GitHubClient.Answer {
    let answer = try await call("GET", path)
    guard answer.status == 302, let location = answer.headers["Location"] else { return answer }
    return try await client.call("GET", location)
  }
}
