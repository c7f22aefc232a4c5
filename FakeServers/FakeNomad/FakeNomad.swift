import HTTP
import Platform
import Synchronization

/// A small model of Nomad behind a real HTTP server: jobs are parsed, registered, dispatched and stopped, evaluations
/// place their groups on nodes, and the tasks really run.
///
/// ```swift
/// try await withFakeNomad { nomad in
///   nomad.plan(.noLeader, method: "POST", times: 2)
///   // ... a driver at nomad.url registers and dispatches a job ...
///   let allocation = try await nomad.allocation(ofJob: id, reaching: .running)
/// }
/// ```
///
/// It refuses what Nomad refuses, with Nomad's status and text. `raw_exec` and `exec` tasks are processes of this
/// machine, `docker` tasks do what `FakeNomadOptions` plans. Deployments, services, volumes, artifacts and templates of
/// tasks are kept as they are written, and nothing is done for them. Under `/_fake/` tests in other languages seed it
/// and look at it.
///
/// What starts it stops it: `withFakeNomad` does both.
public final class FakeNomad: Sendable {
  public let port: Int
  /// `http://host:port`
  public let url: String

  let service: Service
  let frontend: Frontend
  private let folder: String

  private init(service: Service, frontend: Frontend, host: String, folder: String) {
    self.service = service
    self.frontend = frontend
    self.folder = folder
    port = frontend.port
    url = "http://\(host):\(frontend.port)"
  }

  /// Starts a fake. What it starts ends with `stop`.
  ///
  /// - Throws: `FakeNomadError`.
  public static func start(_ options: FakeNomadOptions = FakeNomadOptions()) async throws -> FakeNomad {
    do {
      let folder = try makeTemporaryDirectory(prefix: "fake-nomad")
      let service = Service(options, folder: folder)
      let frontend = try await Frontend(address: options.address) { await service.respond(to: $0) }
      service.restartServer.withLock { $0 = { await frontend.restart(afterSeconds: $0) } }
      let host = options.address.split(separator: ":").dropLast().joined(separator: ":")
      return FakeNomad(
        service: service, frontend: frontend, host: host.isEmpty ? "127.0.0.1" : host, folder: folder)
    } catch {
      throw FakeNomadError(.system, "the fake cannot start on \(options.address)", cause: error)
    }
  }

  /// Cuts open requests, kills every task that runs and waits for its end.
  public func stop() async {
    await frontend.end()
    service.restartServer.withLock { $0 = nil }
    await service.cluster.endAll()
    try? await removeTree(folder)
  }

  /// Kills all tasks and forgets jobs, allocations, logs, faults and requests.
  public func reset() async {
    await service.reset()
  }

  /// The requests that came, oldest first; without those to `/_fake/`.
  public var requests: [RecordedRequest] { service.record.withLock(\.requests) }
}

/// Gives `body` a fake of its own, and stops it on every path; no process of a task is left then.
public func withFakeNomad<T>(
  _ options: FakeNomadOptions = FakeNomadOptions(), _ body: (FakeNomad) async throws -> T
) async throws -> T {
  let nomad = try await FakeNomad.start(options)
  do {
    let result = try await body(nomad)
    await nomad.stop()
    return result
  } catch {
    await nomad.stop()
    throw error
  }
}
