import FakeNomad
import FoundationEssentials
import HTTP
import Platform
import Runner
import RunnerNomad
import Synchronization

/// A fake Nomad, a runner for it, and the lines that the runner logged.
struct RunnerFixture {
  let nomad: FakeNomad
  let runner: NomadRunner
  let log: LogLines

  /// The job that the template of the fixture registers.
  static let request = DispatchRequest(
    callbackURL: "http://127.0.0.1:8080", token: "secret.job.token", image: "some/image:1", runID: "run-1",
    jobID: "job-1", attempt: 1)

  let configuration: NomadConfiguration

  /// Does something to the server that the runner did not.
  func send(_ method: String, _ path: String) async throws {
    let client = HTTPClient()
    let response = try await client.send(HTTPRequest(method, nomad.url + path))
    await client.shutdown()
    guard response.isSuccess else { throw RunnerError(.refused, "the fake answers \(response.status)") }
  }
}

/// What a logger wrote.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var logger: Logger {
    Logger(label: "nomad", level: .debug) { line in self.lines.withLock { $0.append(line) } }
  }

  var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

/// Templates as users write them.
enum Template {
  /// A shell script as the worker; nothing is said about datacenters, restarts and optional meta.
  static func shell(_ script: String, id: String = "ci", group: String = "") -> String {
    """
    job "\(id)" {
      type = "batch"
      parameterized {
        payload       = "forbidden"
        meta_required = ["callback_url", "token"]
      }
      group "worker" {
        \(group)
        task "run" {
          driver = "raw_exec"
          config {
            command = "/bin/sh"
            args    = ["-c", "\(script)"]
          }
        }
      }
    }
    """
  }

  /// A file of `Fixtures/nomad`.
  static func fixture(_ name: String) throws -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = tests.deletingLastPathComponent().appending(path: "Fixtures/nomad/\(name)")
    return String(decoding: try Data(contentsOf: path), as: UTF8.self)
  }
}

extension NomadConfiguration {
  /// What a test changes; the fake's address and the template's file are added.
  static let none = NomadConfiguration(addresses: [], jobTemplate: "")
}

/// Gives `body` a runner with this template and a fake of its own.
func withRunner<T>(
  _ template: String, options: FakeNomadOptions = FakeNomadOptions(),
  settings: NomadConfiguration = .none, _ body: (RunnerFixture) async throws -> T
) async throws -> T {
  try await withTemporaryDirectory { folder in
    let path = "\(folder)/job.hcl"
    try Data(template.utf8).write(to: URL(filePath: path))
    return try await withFakeNomad(options) { nomad in
      var configuration = settings
      configuration.addresses.append(nomad.url)
      if configuration.jobTemplate.isEmpty { configuration.jobTemplate = path }
      let log = LogLines()
      let runner = try NomadRunner(configuration, logger: log.logger)
      do {
        let result = try await body(
          RunnerFixture(nomad: nomad, runner: runner, log: log, configuration: configuration))
        await runner.shutdown()
        return result
      } catch {
        await runner.shutdown()
        throw error
      }
    }
  }
}
