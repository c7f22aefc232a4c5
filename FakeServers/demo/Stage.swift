import Configuration
import FakeGitHub
import FakeNomad
import Matriz
import Platform
import TestKit

/// Everything that the demo plays on: the fakes, a repository, and the configuration of the matriz.
struct Stage: Sendable {
  let folder: String
  let github: FakeGitHub
  let nomad: FakeNomad
  let repository: FakeRepository
  let configuration: MatrizConfiguration
  let webhookSecret: String
  let narrator: Narrator

  static func build(folder given: String?, terminal: Terminal) async throws -> Stage {
    let folder = try given ?? makeTemporaryDirectory(prefix: "mise-ci-demo")
    try await BlockingExecutor.files.run { try makeDirectories(folder, mode: 0o755) }
    let mise = try MiseStandIn.choose(installingInto: "\(folder)/bin")
    terminal.heading("Setting the stage in \(folder)")
    terminal.line(mise.note)
    let template = "\(folder)/job.nomad.hcl"
    try await writeTemplate(to: template, mise: mise)

    let webhookSecret = UUIDv7.generate()
    let github = try await FakeGitHub.start()
    let nomad: FakeNomad
    do {
      nomad = try await FakeNomad.start()
    } catch {
      await github.stop()
      throw error
    }
    let repository = try await github.addRepository(DemoRepository.name)
    terminal.line("fake GitHub at \(github.webURL), fake Nomad at \(nomad.url)")
    return Stage(
      folder: folder, github: github, nomad: nomad, repository: repository,
      configuration: configuration(
        github, nomad, folder: folder, template: template, webhookSecret: webhookSecret),
      webhookSecret: webhookSecret, narrator: Narrator(terminal: terminal))
  }

  /// How long workers that were let go may take to clear up.
  private static let maximumFarewellSeconds = 10.0

  /// Ends the fakes, once the workers have removed what they worked on. The folder stays: it is what there is to look at.
  func strike() async {
    for allocation in nomad.allocations() where allocation.status == .running {
      _ = try? await nomad.allocation(
        ofJob: allocation.jobID, reaching: .complete, timeoutSeconds: Self.maximumFarewellSeconds)
    }
    await nomad.stop()
    await github.stop()
  }

  func printAddresses(_ matriz: Matriz, _ terminal: Terminal) {
    terminal.heading("All of it keeps running until Ctrl-C")
    terminal.line("matriz  \(matriz.externalURL) (HTTP), \(matriz.grpcAddress) (gRPC)")
    terminal.line("GitHub  \(github.webURL)/_fake/")
    terminal.line("Nomad   \(nomad.url)/_fake/")
    terminal.line("Push again:")
    terminal.line(
      "  curl -X POST \(github.webURL)/_fake/repos/\(repository.fullName)/commits -d '{\"files\":{\"note.txt\":\"again\"}}'"
    )
  }

  private static func configuration(
    _ github: FakeGitHub, _ nomad: FakeNomad, folder: String, template: String, webhookSecret: String
  ) -> MatrizConfiguration {
    var configuration = MatrizConfiguration(
      jwt: MatrizConfiguration.JWT(secret: Secret(UUIDv7.generate() + UUIDv7.generate())),
      forge: MatrizConfiguration.Forge(
        access: .app(id: github.appID, privateKey: Secret(github.appPrivateKeyPEM)),
        webhookSecrets: [Secret(webhookSecret)], apiURL: github.apiURL, uploadsURL: github.uploadsURL,
        webURL: github.webURL),
      runner: MatrizConfiguration.Runner(addresses: [nomad.url], jobTemplate: template))
    configuration.server.httpAddress = Endpoint(host: "127.0.0.1", port: 0)
    configuration.server.grpcAddress = Endpoint(host: "127.0.0.1", port: 0)
    configuration.storage = MatrizConfiguration.Storage(dataDirectory: "\(folder)/data")
    configuration.pipeline.artifacts = [
      MatrizConfiguration.ArtifactRule(path: DemoRepository.archive, type: "build"),
      MatrizConfiguration.ArtifactRule(path: DemoRepository.image),
    ]
    configuration.pipeline.releaseAssets = [DemoRepository.archive]
    return configuration
  }

  /// The demo's own job: the worker as a process of this machine.
  private static func writeTemplate(to path: String, mise: MiseStandIn.Choice) async throws {
    guard let worker = BuiltProducts.path("mise-ci") else {
      throw DemoError("the program mise-ci was not built beside this one: swift build")
    }
    try await WorkerJobTemplate.write(
      to: path, worker: worker,
      searchPath: mise.pathPrefix + (ProcessEnvironment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"))
  }
}
