import FakeGitHub
import Glibc
import Platform

/// The fake GitHub as the command line describes it.
struct ServedGitHub: ServedFake {
  let introduction: String
  private let github: FakeGitHub
  private let folder: String

  func stop() async {
    await github.stop()
    try? await removeTree(folder)
  }

  static func start(_ values: CommandLineValues, port: Int) async throws -> ServedGitHub {
    let folder = try makeTemporaryDirectory(prefix: "fakes")
    let keyFile = values.string("private-key") ?? "\(folder)/app.pem"
    let userToken = "ghp_\(UUIDv7.generate().filter { $0 != "-" })"
    var options = FakeGitHubOptions()
    options.address = "127.0.0.1:\(port)"
    options.appID = Int64(try values.integer("app-id", in: 1...Int(Int32.max)) ?? Int(options.appID))
    options.webhookURL = values.string("webhook-url") ?? "http://127.0.0.1:8080/webhooks/github"
    options.webhookSecret = values.string("webhook-secret") ?? UUIDv7.generate()
    options.personalAccessToken = userToken
    options.actions.advancesEveryMilliseconds = try values.integer("advance-runs", in: 0...3_600_000)
    options.actions.runsOnPush = options.actions.advancesEveryMilliseconds != nil
    options.appPrivateKeyPEM = try await existingKey(keyFile)
    let github = try await FakeGitHub.start(options)
    do {
      if options.appPrivateKeyPEM == nil { try await write(github.appPrivateKeyPEM, to: keyFile) }
      let repositories = try await addRepositories(values, to: github)
      let text = introduce(
        github, options: options, keyFile: keyFile, userToken: userToken, repositories: repositories)
      return ServedGitHub(introduction: text, github: github, folder: folder)
    } catch {
      await github.stop()
      try? await removeTree(folder)
      throw error
    }
  }

  /// The key in a file; `nil` where no such file is.
  private static func existingKey(_ path: String) async throws -> String? {
    guard access(path, F_OK) == 0 else { return nil }
    let bytes = try await ByteStream.file(path).collect(upTo: 64 << 10)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func write(_ key: String, to path: String) async throws {
    try await BlockingExecutor.files.run {
      let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      var failure: SystemError?
      Array(key.utf8).withUnsafeBytes { bytes in
        do throws(SystemError) { try file.writeAll(bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  private static func addRepositories(
    _ values: CommandLineValues, to github: FakeGitHub
  ) async throws -> [FakeRepository] {
    let wanted = values.strings("repo").isEmpty ? ["demo/app"] : values.strings("repo")
    var repositories: [FakeRepository] = []
    for text in wanted {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      let repository = try await github.addRepository(parts[0], path: parts.count == 2 ? parts[1] : nil)
      if parts.count == 1 {
        try await repository.commit(files: ["mise.toml": firstFile], message: "A task to run")
      }
      for tag in values.strings("tag") { try await repository.publishRelease(tag: tag) }
      repositories.append(repository)
    }
    return repositories
  }

  private static let firstFile: FakeFile = """
    [tasks.ci]
    run = "echo it works"

    """

  private static func introduce(
    _ github: FakeGitHub, options: FakeGitHubOptions, keyFile: String, userToken: String,
    repositories: [FakeRepository]
  ) -> String {
    let names = repositories.map { "  \($0.fullName)  \(withToken($0.cloneURL, userToken))" }
    let first = repositories.first?.fullName ?? "OWNER/NAME"
    return """
      GitHub at \(github.webURL); what can be done with it: \(github.webURL)/_fake/

      Repositories, with a token that may push:
      \(names.joined(separator: "\n"))

      For matriz.yaml:
      forge:
        type: github
        app_id: \(options.appID)
        private_key: \(keyFile)
        webhook_secret: \(options.webhookSecret ?? "")
        api_url: \(github.apiURL)
        uploads_url: \(github.uploadsURL)
        web_url: \(github.webURL)

      Events go to \(options.webhookURL ?? ""). A commit without git:
        curl -X POST \(github.webURL)/_fake/repos/\(first)/commits -d '{"files":{"a.txt":"text"}}'

      """
  }

  private static func withToken(_ url: String, _ token: String) -> String {
    let scheme = "http://"
    return "\(scheme)x-access-token:\(token)@\(url.dropFirst(scheme.count))"
  }
}
