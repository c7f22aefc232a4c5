import Crypto
import HTTP
import Platform

/// What stands behind the server: the model, git, files, and the sender of webhooks.
///
/// One endpoint group per extension, in `API/`, `Git/` and `Control/`.
final class Service: Sendable {
  let options: FakeGitHubOptions
  let model: Watched<Model>
  let appKey: RSAPublicKey
  let appPrivateKeyPEM: String
  /// Holds `repositories/`, `assets/` and `spool/`.
  let folder: String
  let startedAt = Timestamp.now()
  let sender: WebhookSender
  let background = SerialTasks()
  /// Workflow runs that advance by themselves.
  let advancing = SerialTasks()
  let logger = Logger(label: "fake-github")

  init(options: FakeGitHubOptions, key: RSAPrivateKey, folder: String) throws {
    self.options = options
    appKey = key.publicKey
    appPrivateKeyPEM = try key.pem
    self.folder = folder
    sender = WebhookSender(timeoutSeconds: options.webhookTimeoutSeconds)
    var model = Model()
    model.webhookURL = options.webhookURL
    model.webhookSecret = options.webhookSecret
    self.model = Watched(model)
  }

  var representation: Representation { Representation(origin: model.withLock { $0.origin }) }

  /// The user that the App acts as.
  var bot: Account {
    Account(id: options.appID, login: "\(options.appSlug)[bot]", kind: .bot)
  }

  func stop() async {
    await advancing.stop()
    await background.stop()
    await sender.stop()
  }

  /// A new path for a file that is being received.
  func newFile(in place: String) -> String {
    "\(folder)/\(place)/\(UUIDv7.generate())"
  }
}
