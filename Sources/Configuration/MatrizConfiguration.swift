/// Everything that a matriz is told at its start, checked.
///
/// It comes from `matriz.yaml` and the environment (`load`), or is made in code.
package struct MatrizConfiguration: Sendable {
  package var server: Server
  package var jwt: JWT
  package var forge: Forge
  package var runner: Runner
  package var storage: Storage
  package var pipeline: Pipeline
  package var limits: Limits
  package var release: Release
  /// What trusted jobs find in their environment, by name, and what is masked in their output.
  package var secrets: [String: Secret]

  package init(
    server: Server = Server(), jwt: JWT, forge: Forge, runner: Runner, storage: Storage = Storage(),
    pipeline: Pipeline = Pipeline(), limits: Limits = Limits(), release: Release = Release(),
    secrets: [String: Secret] = [:]
  ) {
    self.server = server
    self.jwt = jwt
    self.forge = forge
    self.runner = runner
    self.storage = storage
    self.pipeline = pipeline
    self.limits = limits
    self.release = release
    self.secrets = secrets
  }
}
