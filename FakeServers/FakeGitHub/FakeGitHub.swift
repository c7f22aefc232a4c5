import Crypto
import Glibc
import HTTP
import Platform

/// A small model of GitHub behind a real HTTP server: an App and its installations, repositories in real git, commit
/// statuses, checks, releases and their assets, pull requests, workflow runs, webhooks.
///
/// One server has it all, laid out as an Enterprise Server: the API under `/api/v3` (and at the root, as on
/// api.github.com), uploads under `/api/uploads`, git under `/{owner}/{repo}.git`, and under `/_fake/` what tests in other
/// languages seed and look at it with. It refuses what GitHub refuses, with GitHub's status and body.
///
/// What starts it stops it: `withFakeGitHub` does both.
public final class FakeGitHub: Sendable {
  /// The App's private key, to be given to what is tested.
  public var appPrivateKeyPEM: String { service.appPrivateKeyPEM }

  public var appID: Int64 { service.options.appID }

  /// `http://host:port`: the web address, below which git finds repositories.
  public let webURL: String

  public let port: Int

  let service: Service
  private let server: HTTPServer
  private let ownsFolder: Bool

  private init(service: Service, server: HTTPServer, webURL: String, ownsFolder: Bool) {
    self.service = service
    self.server = server
    self.webURL = webURL
    self.port = server.port
    self.ownsFolder = ownsFolder
  }

  /// The API's base address, without a slash at its end.
  public var apiURL: String { "\(webURL)/api/v3" }

  /// The uploads' base address, without a slash at its end.
  public var uploadsURL: String { "\(webURL)/api/uploads" }

  /// Starts a fake. Its repositories and deliveries end with `stop`.
  public static func start(_ options: FakeGitHubOptions = FakeGitHubOptions()) async throws -> FakeGitHub {
    let key = try privateKey(options)
    let folder: String
    do {
      folder = try options.folder ?? makeTemporaryDirectory(prefix: "fake-github")
      for name in ["", "/repositories", "/assets", "/spool"] where mkdir(folder + name, 0o755) != 0 {
        if errno != EEXIST { throw SystemError.last("make folder \(folder)\(name)") }
      }
    } catch {
      throw FakeGitHubError(.system, "there is no folder for repositories", cause: error)
    }
    let service = try Service(options: options, key: key, folder: folder)
    let routes = service.makeRoutes()
    let control = service.makeControlRoutes()
    var configuration = HTTPServerConfiguration(address: options.address)
    configuration.logger = service.logger
    do {
      let server = try await HTTPServer.start(configuration) { request in
        await service.respond(to: request, routes: routes, control: control)
      }
      let host = options.address.split(separator: ":").dropLast().joined(separator: ":")
      let origin = "http://\(host.isEmpty ? "127.0.0.1" : host):\(server.port)"
      service.model.withLock { $0.origin = origin }
      return FakeGitHub(
        service: service, server: server, webURL: origin, ownsFolder: options.folder == nil)
    } catch {
      await service.stop()
      if options.folder == nil { try? await removeTree(folder) }
      throw FakeGitHubError(.system, "the fake cannot listen on \(options.address)", cause: error)
    }
  }

  /// Ends open requests and deliveries, and removes the temporary folder.
  public func stop() async {
    await server.shutdown(graceSeconds: 1)
    await service.stop()
    if ownsFolder { try? await removeTree(service.folder) }
  }

  private static func privateKey(_ options: FakeGitHubOptions) throws -> RSAPrivateKey {
    do {
      guard let pem = options.appPrivateKeyPEM else { return try RSAPrivateKey.generate() }
      return try RSAPrivateKey(pem: pem)
    } catch {
      throw FakeGitHubError(.invalidArgument, "the App's private key cannot be used", cause: error)
    }
  }
}

/// Gives `body` a fake of its own, and stops it on every path.
///
/// ```swift
/// try await withFakeGitHub { github in
///   let repository = try await github.addRepository("octo/app")
///   github.setWebhook(url: "http://127.0.0.1:8080/webhooks/github", secret: "a secret")
///   // What is tested is given github.apiURL, github.appID and github.appPrivateKeyPEM.
///   let push = try await repository.push(files: ["mise.toml": "[tasks.ci]\nrun = 'true'\n"])
///   let status = try await github.waitForFinalStatus(repo: "octo/app", sha: push.sha)
///   #expect(status.state == .success)
/// }
/// ```
public func withFakeGitHub<T>(
  _ options: FakeGitHubOptions = FakeGitHubOptions(), _ body: (FakeGitHub) async throws -> T
) async throws -> T {
  let github = try await FakeGitHub.start(options)
  do {
    let result = try await body(github)
    await github.stop()
    return result
  } catch {
    await github.stop()
    throw error
  }
}
