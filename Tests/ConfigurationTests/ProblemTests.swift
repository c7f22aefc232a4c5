import Configuration
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProblemTests {
  @Test(arguments: [
    (
      "server: {http_adr: \":80\"}",
      "matriz.yaml:10:10: unknown key 'server.http_adr'; did you mean 'http_addr'?"
    ),
    ("sever: {}", "matriz.yaml:10:1: unknown section 'sever'; did you mean 'server'?"),
    ("zzzzzz: 1", "matriz.yaml:10:1: unknown section 'zzzzzz'"),
    ("server: [1]", "matriz.yaml:10:9: 'server' must be a mapping of keys, not a list"),
    (
      "server: {http_addr: \"80\"}",
      "matriz.yaml:10:21: 'server.http_addr' must be host:port or :port, not '80'"
    ),
    (
      "server: {external_url: \"http://a/b\"}",
      "matriz.yaml:10:24: 'server.external_url' must have no path: 'http://a/b'"
    ),
    (
      "server: {external_url: ci.example.org}",
      "matriz.yaml:10:24: 'server.external_url' must begin with http:// or https://: 'ci.example.org'"
    ),
    (
      "server: {grpc_external_addr: \":9090\"}",
      "matriz.yaml:10:30: 'server.grpc_external_addr' must name the host and the port that workers can reach"
    ),
    (
      "server: {grpc_tls_cert: \"{folder}/key.pem\"}",
      "'server.grpc_tls_key' is not set (in {folder}/matriz.yaml, or as MISE_CI_SERVER_GRPC_TLS_KEY)"
    ),
    (
      "limits: {job_seconds: 0}",
      "matriz.yaml:10:23: 'limits.job_seconds' must be a whole number of seconds from 1 to 315360000"
    ),
    (
      "limits: {lease_seconds: 1m}",
      "matriz.yaml:10:25: 'limits.lease_seconds' must be a whole number of seconds from 1 to 315360000"
    ),
    ("storage: {type: s3}", "matriz.yaml:10:17: 'storage.type: s3' is not built yet"),
    ("storage: {type: disk}", "matriz.yaml:10:17: 'storage.type' must be 'filesystem', not 'disk'"),
    (
      "storage: {type: filesystem, backend_type: filesystem}",
      "matriz.yaml:10:43: 'storage.backend_type' is another name of 'storage.type' (set at {folder}/matriz.yaml:10:17); one of them must go"
    ),
    ("storage: {bucket: b}", "matriz.yaml:10:19: 'storage.bucket' is not built yet"),
    (
      "storage: {retention_policy: {log: 8}}",
      "matriz.yaml:10:35: 'storage.retention_policy.log' is not built yet"
    ),
    (
      "storage: {retention_policy: {logs: 8}}",
      "matriz.yaml:10:30: unknown key 'storage.retention_policy.logs'; did you mean 'log'?"
    ),
    (
      "limits: {supersede: tag}",
      "matriz.yaml:10:21: 'limits.supersede' must be one of 'off', 'pull_request', 'branch', not 'tag'"
    ),
    (
      "limits: {concurrent_jobs: 0}",
      "matriz.yaml:10:27: 'limits.concurrent_jobs' must be a whole number of jobs from 1 to 1000000"
    ),
    (
      "limits: {retries: {infrastructure: -1}}",
      "matriz.yaml:10:36: 'limits.retries.infrastructure' must be a whole number of tries from 0 to 100"
    ),
    (
      "limits: {log_bytes: 1GB}",
      "matriz.yaml:10:21: 'limits.log_bytes' must be a whole number of bytes from 1 to 1125899906842624"
    ),
    (
      "secrets: {my-token: b}",
      "matriz.yaml:10:21: 'secrets.my-token': the name of a secret is that of a variable: letters, digits and '_', no digit first, and not one that every job has already"
    ),
    (
      "secrets: {MISE_CI_SHA: b}",
      "matriz.yaml:10:24: 'secrets.MISE_CI_SHA': the name of a secret is that of a variable: letters, digits and '_', no digit first, and not one that every job has already"
    ),
    ("secrets: {A: [b]}", "matriz.yaml:10:14: 'secrets.A' must be a single value that is not empty"),
    ("secrets: {A: {path: b}}", "matriz.yaml:10:14: 'secrets.A' must be a value, or {file: PATH}"),
    ("secrets: {A: {file: /no/such/file}}", "matriz.yaml:10:14: 'secrets.A': open /no/such/file"),
    ("secrets: text", "matriz.yaml:10:10: 'secrets' must be a mapping of keys, not a single value"),
    ("pipeline: {tasks: []}", "matriz.yaml:10:19: 'pipeline.tasks' must name at least one task"),
    (
      "pipeline: {artifacts: [\"out/*.txt\"]}",
      "matriz.yaml:10:24: 'out/*.txt': patterns are not built yet; name one file by its path"
    ),
    (
      "pipeline: {artifacts: [../x]}",
      "matriz.yaml:10:24: 'pipeline.artifacts' must be a relative path of a file, without '..': '../x'"
    ),
    (
      "pipeline: {release_assets: /etc/passwd}",
      "matriz.yaml:10:28: 'pipeline.release_assets' must be a relative path of a file, without '..': '/etc/passwd'"
    ),
    (
      "pipeline: {artifacts: [a/x, b/x]}",
      "matriz.yaml:10:23: 'pipeline.artifacts' has two files with the name 'x'"
    ),
    (
      "pipeline: {artifacts: [{path: a, on: never}]}",
      "matriz.yaml:10:38: 'pipeline.artifacts.on' must be 'success' or 'always', not 'never'"
    ),
    ("pipeline: {artifacts: [{name: a}]}", "matriz.yaml:10:24: an artifact needs a 'path'"),
    (
      "pipeline: {artifacts: [{path: a, nam: b}]}",
      "matriz.yaml:10:34: unknown key 'nam'; an artifact has path, name, type, on"
    ),
    (
      "pipeline: {artifacts: [{path: .env}]}",
      "matriz.yaml:10:31: 'pipeline.artifacts.path' must give a name of one path segment with at most 255 bytes, no leading dot and no control character, not '.env'"
    ),
  ])
  func `a value that is wrong is told with its place`(section: String, problem: String) async throws {
    let found = try await problems(required + section)
    #expect(found.count == 1)
    // The folder is another one for each test.
    let parts = problem.split(separator: "{folder}")
    #expect(parts.allSatisfy { found.first?.contains($0) == true }, "\(found)")
  }

  @Test(arguments: [
    "storage: {compression_enabled: true, versioning_enabled: false}", "server: ~",
    "storage: {retention_policy: {diff: 30, log: 7}, storage_quota: {warn_threshold: 0.8}}",
    "retention: {runs_days: 90}", "secrets:",
  ])
  func `a key that is not built yet may have its default`(section: String) async throws {
    #expect(try await problems(required + section) == [])
  }

  @Test func `a key of another type of runner is told`() async throws {
    let found = try await problems(required.replacing("runner:", with: "runner:\n  max_local_jobs: 2"))
    #expect(found == ["matriz.yaml:8:19: 'runner.max_local_jobs' is for 'runner.type: local'"])
  }

  @Test func `all problems are told at once`() async throws {
    let found = try await problems("sever: {}\nserver: {http_addr: x}\nrunner: {type: github_actions}\n")
    #expect(found.count == 7, "\(found)")
    #expect(found.contains { $0.contains("unknown section 'sever'") })
    #expect(found.contains { $0.contains("'runner.type: github_actions' is not built yet") })
    #expect(found.contains { $0.hasPrefix("'jwt.secret' is not set") })
    #expect(found.contains { $0.hasPrefix("'forge.webhook_secret' is not set") })
  }

  @Test func `a secret given twice is an error`() async throws {
    let found = try await problems(
      required, environment: ["MISE_CI_JWT_SECRET_FILE": "{folder}/jwt"], files: ["jwt": "x"])
    #expect(found.count == 1)
    #expect(
      found.first?.hasPrefix("MISE_CI_JWT_SECRET_FILE: 'jwt.secret_file' and 'jwt.secret' are both set")
        == true)
  }

  @Test(arguments: [
    ("secret: short", "must have at least 32 bytes"),
    ("secret_file: /no/such/file", "No such file"),
    ("secret: [a]", "must be a single value"),
  ])
  func `a token secret has to be long enough and there`(line: String, message: String) async throws {
    let found = try await problems(
      required.replacing("secret: 0123456789abcdef0123456789abcdef", with: line))
    #expect(found.count == 1)
    #expect(found.first?.contains(message) == true, "\(found)")
  }

  @Test func `a private key that is none is not shown`() async throws {
    let found = try await problems(required, files: ["key.pem": "SENSITIVE"])
    #expect(found.count == 1)
    #expect(found.first?.contains("must be a PEM text") == true)
    #expect(found.first?.contains("SENSITIVE") == false)
  }

  @Test func `an app and a token exclude each other`() async throws {
    let found = try await problems(required, environment: ["MISE_CI_FORGE_TOKEN": "t"])
    #expect(found == ["'forge.token' and the app ('forge.app_id', 'forge.private_key') exclude each other"])
  }

  @Test func `a file that is no YAML is told with its place`() async throws {
    #expect(try await problems("a: [1\n").first?.hasPrefix("matriz.yaml:2:1: ") == true)
    #expect(try await problems("- 1\n").first?.contains("must be a mapping of sections, not a list") == true)
  }

  @Test func `a file that is not there is an error`() async throws {
    let error = await #expect(throws: ConfigurationError.self) {
      _ = try await MatrizConfiguration.load(file: "/no/such/matriz.yaml", environment: [:])
    }
    #expect(error?.problems.map(\.code) == [.unreadable])
  }
}
