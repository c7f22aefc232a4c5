import Crypto
import FakeGitHub
import Platform
import TestSupport
import Testing

private let python = ProcessEnvironment["MISE_CI_PYTHON"]
private let contractData = ProcessEnvironment["MISE_CI_CONTRACT_DATA"]

/// The fake as GitHub's own clients see it, each script a program that talks to a fake of its own. `MISE_CI_PYTHON` names
/// a Python that has them; without it these tests are skipped.
@Suite(
  .fewAtOnce, .enabled(if: python != nil, "set MISE_CI_PYTHON to a Python that has PyGithub and githubkit"))
struct OfficialClientTests {
  /// Runs `Clients/<script>` against a fresh fake.
  private func run(_ script: String, environment: [String: String] = [:]) async throws {
    let folder = "\(#filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined())/Clients"
    try await WebhookReceiver.with { receiver in
      var options = FakeGitHubOptions()
      options.appPrivateKeyPEM = try GitHubClient.appKey.get().pem
      options.personalAccessToken = "ghp_of-the-tests"
      options.webhookURL = receiver.url
      options.webhookSecret = "a secret"
      options.webhookEvents.insert("status")
      try await withFakeGitHub(options) { github in
        let process = try await runProcess(
          python ?? "python3", ["-B", "\(folder)/\(script)"],
          environment: environment.merging(["FAKE_GITHUB_URL": github.webURL, "PYTHONUTF8": "1"]) { $1 })
        #expect(
          process.status.code == 0, "\(process.outputText.suffix(1_000))\(process.errorText.suffix(3_000))")
      }
      let unsigned = receiver.received.withLock { $0.count { !$0.isSigned(with: "a secret") } }
      #expect(unsigned == 0)
    }
  }

  @Test(arguments: ["pygithub_tour.py", "githubkit_tour.py", "actions_pygithub.py", "actions_githubkit.py"])
  func `An official client cannot tell it from GitHub`(
    _ script: String
  ) async throws {
    try await run(script)
  }

  @Test(
    .enabled(if: contractData != nil, "set MISE_CI_CONTRACT_DATA to a folder with GitHub's schemas"),
    arguments: ["contract.py", "actions_contract.py"])
  func `Every answer and every event is as GitHub describes it`(_ script: String) async throws {
    try await run(script, environment: ["MISE_CI_CONTRACT_DATA": contractData ?? ""])
  }
}
