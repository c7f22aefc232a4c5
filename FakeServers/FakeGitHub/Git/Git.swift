import Platform

/// The git command, with nobody's configuration.
enum Git {
  static let maximumOutputBytes = 64 << 20

  /// The environment of every git process of the fake.
  ///
  /// `GIT_CONFIG_COUNT` (git 2.31) leaves the served folders' own configuration alone: the fake may be pointed at a
  /// folder that somebody works in.
  static let environment: [String: String] = {
    var environment = [
      "PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin",
      "HOME": "/nonexistent", "LC_ALL": "C", "GIT_CONFIG_GLOBAL": "/dev/null",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
      "GIT_AUTHOR_NAME": "GitHub", "GIT_AUTHOR_EMAIL": "noreply@github.example",
      "GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.example",
    ]
    let settings = [
      ("safe.directory", "*"), ("http.receivepack", "true"), ("uploadpack.allowAnySHA1InWant", "true"),
      ("uploadpack.allowFilter", "true"), ("core.quotePath", "false"), ("gc.auto", "0"),
      ("receive.autogc", "false"), ("receive.hideRefs", "refs/pull"),
    ]
    environment["GIT_CONFIG_COUNT"] = String(settings.count)
    for (index, (key, value)) in settings.enumerated() {
      environment["GIT_CONFIG_KEY_\(index)"] = key
      environment["GIT_CONFIG_VALUE_\(index)"] = value
    }
    return environment
  }()

  /// What a git process wrote, and how it ended.
  struct Result: Sendable {
    let exitCode: Int32
    let output: [UInt8]
    let error: [UInt8]

    /// The output without the line's end.
    var line: String {
      var text = Substring(String(decoding: output, as: UTF8.self))
      while text.hasSuffix("\n") { text = text.dropLast() }
      return String(text)
    }
  }

  /// Runs git and takes its output, whatever its exit code.
  static func attempt(_ arguments: [String], input: [UInt8] = []) async throws -> Result {
    do {
      let finished = try await runProcess(
        "git", arguments, environment: environment, input: input, maximumOutputBytes: maximumOutputBytes)
      return Result(exitCode: finished.status.code, output: finished.output, error: finished.error)
    } catch {
      throw FakeGitHubError(.git, "git could not be run", cause: error)
    }
  }

  /// Runs git; any exit code but 0 is an error with what git wrote.
  @discardableResult
  static func run(_ arguments: [String], input: [UInt8] = []) async throws -> Result {
    let result = try await attempt(arguments, input: input)
    guard result.exitCode == 0 else {
      let text = String(decoding: result.error, as: UTF8.self)
      throw FakeGitHubError(
        .git, "git \(arguments.joined(separator: " ")) ended with \(result.exitCode): \(text)")
    }
    return result
  }
}
