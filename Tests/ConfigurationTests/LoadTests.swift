import Configuration
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoadTests {
  @Test func `what is not set has its default`() async throws {
    let configuration = try await load(required).configuration
    #expect(configuration.server.httpAddress.description == ":8080")
    #expect(configuration.server.grpcAddress.description == ":9090")
    #expect(configuration.server.externalURL == nil)
    #expect(configuration.forge.apiURL == "https://api.github.com")
    #expect(configuration.forge.statusContext == "mise-ci")
    #expect(!configuration.forge.perJobStatus)
    #expect(configuration.forge.checks)
    #expect(configuration.forge.reconcileSeconds == 600)
    #expect(configuration.storage.basePath == "./data/artifacts")
    #expect(configuration.pipeline.tasks == ["ci"])
    #expect(configuration.limits.jobSeconds == 3_600)
    #expect(configuration.limits.stepSeconds == nil)
    #expect(configuration.limits.leaseSeconds == 60)
    #expect(configuration.release.waitSeconds == 600)
  }

  @Test(arguments: [
    ("", MatrizConfiguration.Runner.Kind.local), ("runner: {max_local_jobs: 3}", .local),
    ("runner: {addr: http://127.0.0.1:4646, job_template: job.hcl}", .nomad),
  ])
  func `without a type, an address makes the runner Nomad's`(
    section: String, kind: MatrizConfiguration.Runner.Kind
  ) async throws {
    let others = required.prefix(upTo: try #require(required.firstRange(of: "runner:")).lowerBound)
    let section = section.replacing("job.hcl", with: "{folder}/job.hcl")
    #expect(try await load("\(others)\(section)\n").configuration.runner.kind == kind)
  }

  @Test func `jobs on this machine have limits`() async throws {
    let others = required.prefix(upTo: try #require(required.firstRange(of: "runner:")).lowerBound)
    let runner = try await load(
      """
      \(others)runner:
        type: local
        max_local_jobs: 3
        limits: {open_files: 256, file_bytes: 1000000, memory_bytes: 100000000, processes: 50}
      """
    ).configuration.runner
    #expect(runner.maximumLocalJobs == 3)
    #expect(
      runner.localLimits
        == ResourceLimits(openFiles: 256, fileBytes: 1_000_000, memoryBytes: 100_000_000, processes: 50))
  }

  @Test func `every section is read`() async throws {
    let yaml = """
      server:
        http_addr: "127.0.0.1:0"
        grpc_addr: "[::1]:9443"
        external_url: https://ci.example.org/
        grpc_external_addr: ci.example.org:9443
        grpc_external_tls: true
        api_token: let-me-in
        grpc_tls_cert: "{folder}/key.pem"
        grpc_tls_key: "{folder}/key.pem"
      jwt: {secret: "0123456789abcdef0123456789abcdef"}
      forge:
        type: github
        token: abc
        webhook_secret: [old, new]
        api_url: https://git.example.org/api/v3
        status_context: ci
        per_job_status: true
        checks: false
        reconcile_seconds: 0
      runner:
        type: nomad
        addr: [http://a:4646, "https://b:4646/"]
        job_template: job.hcl
        default_image: debian:12
        datacenters: [dc1, dc2]
        namespace: ci
        region: north
        token: nomad-token
        ca_file: "{folder}/key.pem"
        cert_file: "{folder}/key.pem"
        key_file: "{folder}/key.pem"
      storage: {type: filesystem, data_dir: /var/lib/ci, base_path: /srv/artifacts}
      pipeline:
        tasks: [lint, ci]
        artifacts:
          - out/report.txt
          - {path: build/app, name: app-linux, type: build, on: always}
        release_assets: [build/app]
        sarif: [out/lint.sarif]
      limits:
        {job_seconds: 60, step_seconds: 30, run_seconds: 90, dispatch_seconds: 5, ping_seconds: 2,
         lease_seconds: 9, grace_seconds: 3, idle_output_seconds: 20, log_bytes: 1000,
         spool_memory_bytes: 65536, spool_file_bytes: 0, concurrent_jobs: 8,
         concurrent_jobs_per_repository: 2, supersede: pull_request, retries: {infrastructure: 2}}
      release: {wait_seconds: 7}
      """
    let configuration = try await load(yaml).configuration
    #expect(configuration.server.httpAddress == Endpoint(host: "127.0.0.1", port: 0))
    #expect(configuration.server.grpcAddress == Endpoint(host: "::1", port: 9443))
    #expect(configuration.server.externalURL == "https://ci.example.org")
    #expect(configuration.server.grpcExternalAddress?.description == "ci.example.org:9443")
    #expect(configuration.server.grpcExternalTLS == true)
    #expect(configuration.server.apiToken?.text == "let-me-in")
    #expect(configuration.server.grpcTLS?.key.hasSuffix("/key.pem") == true)
    guard case .token(let token) = configuration.forge.access else {
      Issue.record("access is not by token")
      return
    }
    #expect(token.text == "abc")
    #expect(configuration.forge.webhookSecrets.map(\.text) == ["old", "new"])
    #expect(configuration.forge.apiURL == "https://git.example.org/api/v3")
    #expect(configuration.forge.perJobStatus)
    #expect(!configuration.forge.checks)
    #expect(configuration.forge.reconcileSeconds == 0)
    #expect(configuration.pipeline.sarif == ["out/lint.sarif"])
    #expect(configuration.runner.addresses == ["http://a:4646", "https://b:4646"])
    #expect(configuration.runner.datacenters == ["dc1", "dc2"])
    #expect(configuration.runner.token?.text == "nomad-token")
    #expect(configuration.runner.certificateAuthorityFile?.hasSuffix("/key.pem") == true)
    #expect(configuration.runner.clientTLS?.certificate.hasSuffix("/key.pem") == true)
    #expect(configuration.storage.dataDirectory == "/var/lib/ci")
    #expect(configuration.storage.basePath == "/srv/artifacts")
    #expect(
      configuration.pipeline.artifacts == [
        .init(path: "out/report.txt", name: "report.txt", type: nil, condition: .success),
        .init(path: "build/app", name: "app-linux", type: "build", condition: .always),
      ])
    #expect(configuration.pipeline.releaseAssets == ["build/app"])
    let limits = configuration.limits
    #expect([limits.jobSeconds, limits.stepSeconds, limits.runSeconds] == [60, 30, 90])
    #expect([limits.dispatchSeconds, limits.pingSeconds, limits.leaseSeconds] == [5, 2, 9])
    #expect([limits.graceSeconds, limits.idleOutputSeconds] == [3, 20])
    #expect([limits.logBytes, limits.spoolMemoryBytes, limits.spoolFileBytes] == [1_000, 65_536, 0])
    #expect([limits.concurrentJobs, limits.concurrentJobsPerRepository] == [8, 2])
    #expect(limits.supersede == .pullRequest)
    #expect(limits.infrastructureRetries == 2)
    #expect(configuration.release.waitSeconds == 7)
  }

  @Test
  func `secrets have the user's own names, and come from the file, from files and from the environment`()
    async throws
  {
    let yaml = required + "secrets: {NPM_TOKEN: abc, KEY: {file: \"{folder}/key\"}, OTHER: in the file}"
    let loaded = try await load(
      yaml, environment: ["MISE_CI_SECRETS_OTHER": "from outside"], files: ["key": "one\ntwo\n"])
    let secrets = loaded.configuration.secrets.mapValues(\.text)
    #expect(secrets == ["NPM_TOKEN": "abc", "KEY": "one\ntwo", "OTHER": "from outside"])
    #expect(loaded.warnings == [])
  }

  @Test func `the environment alone is enough`() async throws {
    let configuration = try await load(
      "",
      environment: [
        "MISE_CI_JWT_SECRET": "0123456789abcdef0123456789abcdef", "GITHUB_APP_ID": "7",
        "GITHUB_APP_PRIVATE_KEY_PEM": pem.replacing("\n", with: "\\n"),
        "MISE_CI_FORGE_WEBHOOK_SECRET": "one, two", "MISE_CI_RUNNER_ADDR": "http://a:1,http://b:2",
        "MISE_CI_RUNNER_JOB_TEMPLATE": "{folder}/job.hcl", "MISE_CI_PIPELINE_ARTIFACTS": "a.txt,b/c.txt",
      ]
    ).configuration
    guard case .app(let id, let key) = configuration.forge.access else {
      Issue.record("access is not by app")
      return
    }
    #expect(id == 7)
    #expect(key.text == pem)
    #expect(configuration.forge.webhookSecrets.map(\.text) == ["one", "two"])
    #expect(configuration.runner.addresses == ["http://a:1", "http://b:2"])
    #expect(configuration.pipeline.artifacts.map(\.name) == ["a.txt", "c.txt"])
  }

  @Test(
    arguments: [
      (["MISE_CI_FORGE_APP_ID": "1", "GITHUB_APP_ID": "2"], 1),
      (["GITHUB_APP_ID": "2"], 12345),
      (["MISE_CI_FORGE_APP_ID": ""], 12345),
    ] as [([String: String], Int64)])
  func `a variable of ours wins over the file, and the file over others`(
    environment: [String: String], id: Int64
  ) async throws {
    let configuration = try await load(required, environment: environment).configuration
    guard case .app(id, _) = configuration.forge.access else {
      Issue.record("the id is not \(id)")
      return
    }
  }

  @Test func `a secret may stand in a file of its own`() async throws {
    let yaml = required.replacing(
      "secret: 0123456789abcdef0123456789abcdef", with: "secret_file: \"{folder}/jwt\"")
    let secret = String(repeating: "s", count: 32)
    let configuration = try await load(yaml, files: ["jwt": secret + "\n"]).configuration
    #expect(configuration.jwt.secret.text == secret)
  }

  @Test func `the token secret may be the path of a file`() async throws {
    let yaml = required.replacing("0123456789abcdef0123456789abcdef", with: "\"{folder}/jwt\"")
    let secret = String(repeating: "s", count: 40)
    let configuration = try await load(yaml, files: ["jwt": secret]).configuration
    #expect(configuration.jwt.secret.text == secret)
  }

  @Test func `a token secret that looks like a path is warned of`() async throws {
    let yaml = required.replacing("secret: 0", with: "secret: /no/such/file/0")
    #expect(try await load(yaml).warnings.count == 1)
  }

  @Test(arguments: [
    ("MISE_CI_SERVER_HTTP_ADR", 1), ("MISE_CI_NO_SUCH", 1), ("MISE_CI_URL", 0), ("MISE_CI_TOKEN", 0),
    ("MISE_CI_SHA", 0), ("OTHER", 0),
  ])
  func `an unknown variable of ours is a warning`(name: String, count: Int) async throws {
    let warnings = try await load(required, environment: [name: "x"]).warnings
    #expect(warnings.count == count)
    #expect(warnings.allSatisfy { $0.contains("'\(name)'") })
  }

  @Test func `a secret is never printed`() async throws {
    let configuration = try await load(required).configuration
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in ["\(configuration)", String(reflecting: configuration), dumped] {
      #expect(!text.contains("0123456789abcdef"))
      #expect(!text.contains("PRIVATE KEY"))
      #expect(text.contains("<secret>"))
    }
  }
}
