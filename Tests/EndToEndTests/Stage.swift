import Configuration
import Crypto
import FakeGitHub
import FakeNomad
import Glibc
import HTTP
import LoopbackWorker
import Matriz
import Platform
import TestKit

/// What an end-to-end test plays on: GitHub with one repository, Nomad, a folder, and a mise for the workers.
struct Stage: Sendable {
  static let repositoryName = "acme/widgets"
  static let webhookSecret = "the webhook's own secret"
  static let tokenSecret = "0123456789abcdef0123456789abcdef"
  /// Long enough for a busy machine: a wait that takes so long has failed.
  static let patienceSeconds = 60.0

  /// One key for all: making one takes longer than many a test.
  private static let appKey = Result { try RSAPrivateKey.generate().pkcs1PEM }

  let folder: String
  let github: FakeGitHub
  let nomad: FakeNomad
  let repository: FakeRepository
  let client: HTTPClient
  /// The `PATH` of workers and of what they start.
  let searchPath: String

  /// How a worker is started.
  enum WorkerKind {
    /// In this process.
    case loopback
    /// As the program that is deployed.
    case program
  }

  var template: String { "\(folder)/job.nomad.hcl" }

  /// The configuration of a matriz on this stage, on free ports.
  var configuration: MatrizConfiguration {
    var configuration = MatrizConfiguration(
      jwt: MatrizConfiguration.JWT(secret: Secret(Self.tokenSecret)),
      forge: MatrizConfiguration.Forge(
        access: .app(id: github.appID, privateKey: Secret(github.appPrivateKeyPEM)),
        webhookSecrets: [Secret(Self.webhookSecret)], apiURL: github.apiURL, uploadsURL: github.uploadsURL,
        webURL: github.webURL),
      runner: MatrizConfiguration.Runner(addresses: [nomad.url], jobTemplate: template))
    configuration.server.httpAddress = Endpoint(host: "127.0.0.1", port: 0)
    configuration.server.grpcAddress = Endpoint(host: "127.0.0.1", port: 0)
    configuration.storage = MatrizConfiguration.Storage(dataDirectory: "\(folder)/data")
    return configuration
  }

  fileprivate static func build(
    in folder: String, workers: WorkerKind, _ githubOptions: FakeGitHubOptions,
    _ nomadOptions: FakeNomadOptions
  ) async throws -> Stage {
    let mise = try MiseStandIn.choose(installingInto: "\(folder)/bin")
    let searchPath = mise.pathPrefix + (ProcessEnvironment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
    var nomadOptions = nomadOptions
    nomadOptions.hostEnvironment.merge(try OrphanWatch.environment) { $1 }
    if workers == .loopback, nomadOptions.loopback == nil {
      nomadOptions.loopback = { environment, _ in await LoopbackWorker().run(environment: environment) }
    }
    var githubOptions = githubOptions
    githubOptions.appPrivateKeyPEM = try appKey.get()
    let github = try await FakeGitHub.start(githubOptions)
    do {
      let repository = try await github.addRepository(repositoryName)
      let nomad = try await FakeNomad.start(nomadOptions)
      let stage = Stage(
        folder: folder, github: github, nomad: nomad, repository: repository, client: HTTPClient(),
        searchPath: searchPath)
      try await stage.writeTemplate()
      return stage
    } catch {
      await github.stop()
      throw error
    }
  }

  /// Writes the job template, with more for the workers' environment; read when a matriz starts.
  func writeTemplate(environment: [String: String] = [:]) async throws {
    try await WorkerJobTemplate.write(
      to: template, worker: BuiltProducts.path("mise-ci") ?? "mise-ci", searchPath: searchPath,
      environment: environment.merging(["HOME": folder, "TMPDIR": folder]) { $1 })
  }

  fileprivate func strike() async {
    await nomad.stop()
    await github.stop()
    await client.shutdown()
    // A worker that a test killed could not end what it had started.
    for process in (try? await processes()) ?? [] { process.signal(SIGKILL) }
  }
}

/// Gives `body` a stage of its own; nothing of it is left afterwards, on every path.
func withStage<T>(
  workers: Stage.WorkerKind = .loopback, github: FakeGitHubOptions = FakeGitHubOptions(),
  nomad: FakeNomadOptions = FakeNomadOptions(),
  _ body: (Stage) async throws -> T
) async throws -> T {
  try await withTemporaryDirectory(prefix: "mise-ci-stage") { folder in
    let stage = try await Stage.build(in: folder, workers: workers, github, nomad)
    do {
      let result = try await body(stage)
      await stage.strike()
      return result
    } catch {
      await stage.strike()
      throw error
    }
  }
}

extension Stage {
  /// Runs a matriz in this process, to which GitHub sends its webhooks.
  func withMatriz<T>(
    _ configuration: MatrizConfiguration? = nil, observer: any MatrizObserver = NoObserver(),
    _ body: (Site) async throws -> T
  ) async throws -> T {
    try await Matriz.run(configuration ?? self.configuration, observer: observer, logger: .disabled) {
      matriz in
      try await body(site(origin: matriz.externalURL, grpcAddress: matriz.grpcAddress))
    }
  }

  /// The matriz at `origin`, to which GitHub sends its webhooks from now on.
  func site(origin: String, grpcAddress: String = "") -> Site {
    github.setWebhook(url: "\(origin)/webhooks/github", secret: Self.webhookSecret)
    return Site(origin: origin, grpcAddress: grpcAddress, client: client)
  }
}

/// A stage and a matriz in this process on it.
func withMatriz<T>(
  nomad: FakeNomadOptions = FakeNomadOptions(),
  _ adjust: (inout MatrizConfiguration) -> Void = { _ in },
  _ body: (Stage, Site) async throws -> T
) async throws -> T {
  try await withStage(nomad: nomad) { stage in
    var configuration = stage.configuration
    adjust(&configuration)
    return try await stage.withMatriz(configuration) { site in try await body(stage, site) }
  }
}
