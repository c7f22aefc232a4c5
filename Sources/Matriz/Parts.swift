import ArtifactStore
import Configuration
import Crypto
import Database
import Forge
import ForgeGitHub
import HTTP
import Platform
import RunModel
import Runner
import RunnerLocalProcess
import RunnerNomad

/// The parts of a matriz that do not depend on where it listens: storage, and the ways to the forge and the runner.
struct Parts: Sendable {
  let lock: DataFolderLock
  let database: Database
  let artifacts: ArtifactStore
  let logs: JobLogs
  let client: HTTPClient
  let forge: any Forge
  let runner: any Runner
  let logger: Logger

  static func open(_ configuration: MatrizConfiguration, logger: Logger) async throws -> Parts {
    let folder = configuration.storage.dataDirectory
    try await BlockingExecutor.files.run { try makeDirectories(folder) }
    let lock = try await DataFolderLock.acquire(folder: folder)
    let database = try await Database.open(
      path: "\(folder)/mise-ci.db", migrations: Migrations.matriz + ArtifactStore.migrations)
    let client = HTTPClient()
    do {
      let artifacts = try await ArtifactStore.open(
        database: database, basePath: configuration.storage.basePath)
      return Parts(
        lock: lock, database: database, artifacts: artifacts, logs: JobLogs(folder: "\(folder)/logs"),
        client: client,
        forge: try gitHub(configuration.forge, client),
        runner: try runner(configuration, logger),
        logger: logger)
    } catch {
      await client.shutdown()
      await database.close()
      throw error
    }
  }

  func close() async {
    await runner.shutdown()
    await client.shutdown()
    await database.close()
    _ = lock
  }

  private static func gitHub(_ settings: MatrizConfiguration.Forge, _ client: HTTPClient) throws
    -> GitHubForge
  {
    let identity: GitHubConfiguration.Identity =
      switch settings.access {
      case .app(let id, let key): .app(id: "\(id)", privateKey: try RSAPrivateKey(pem: key.text))
      case .token(let token): .token(token.text)
      }
    return GitHubForge(
      GitHubConfiguration(
        identity: identity, webhookSecrets: settings.webhookSecrets.map(\.text), apiURL: settings.apiURL,
        uploadsURL: settings.uploadsURL, webURL: settings.webURL),
      client: client)
  }

  private static func runner(_ configuration: MatrizConfiguration, _ logger: Logger) throws -> any Runner {
    switch configuration.runner.kind {
    case .local:
      LocalProcessRunner(try local(configuration), logger: logger.labelled("local"))
    case .nomad:
      try NomadRunner(nomad(configuration.runner), logger: logger.labelled("nomad"))
    }
  }

  private static func local(_ configuration: MatrizConfiguration) throws -> LocalProcessConfiguration {
    let settings = configuration.runner
    guard let program = settings.workerProgram ?? ProcessEnvironment.executablePath else {
      throw MatrizError(.misconfigured, "the path of this program, which workers are to run, cannot be read")
    }
    var local = LocalProcessConfiguration(
      program: program, folder: try absolutePath("\(configuration.storage.dataDirectory)/workers"),
      maximumWorkers: settings.maximumLocalJobs,
      environment: LocalProcessConfiguration.inherited(from: ProcessEnvironment.current()))
    local.limits = settings.localLimits
    return local
  }

  private static func nomad(_ settings: MatrizConfiguration.Runner) -> NomadConfiguration {
    var configuration = NomadConfiguration(addresses: settings.addresses, jobTemplate: settings.jobTemplate)
    configuration.defaultImage = settings.defaultImage
    configuration.datacenters = settings.datacenters
    configuration.namespace = settings.namespace
    configuration.region = settings.region
    configuration.token = settings.token?.text
    configuration.certificateAuthorityFile = settings.certificateAuthorityFile
    configuration.clientCertificateFile = settings.clientTLS?.certificate
    configuration.clientKeyFile = settings.clientTLS?.key
    return configuration
  }
}
