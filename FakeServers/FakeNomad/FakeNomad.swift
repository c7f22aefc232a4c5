import HTTP
import Platform

/// A small model of Nomad behind a real HTTP server: jobs are parsed, registered, dispatched and stopped,
/// evaluations place their groups on one node, and the tasks really run.
///
/// It refuses what Nomad refuses, with Nomad's status and text. `raw_exec` and `exec` tasks are processes of this
/// machine, `docker` tasks do what `FakeNomadOptions` plans. A job's group is not rescheduled when it fails.
/// Under `/_fake/` tests in other languages seed it and look at it.
///
/// What starts it stops it: `withFakeNomad` does both.
public final class FakeNomad: Sendable {
  public let port: Int
  /// `http://host:port`
  public let url: String

  private let service: Service
  private let server: HTTPServer
  private let folder: String

  private init(service: Service, server: HTTPServer, host: String, folder: String) {
    self.service = service
    self.server = server
    self.folder = folder
    port = server.port
    url = "http://\(host):\(server.port)"
  }

  /// Starts a fake. What it starts ends with `stop`.
  ///
  /// - Throws: `FakeNomadError`.
  public static func start(_ options: FakeNomadOptions = FakeNomadOptions()) async throws -> FakeNomad {
    do {
      let folder = try makeTemporaryDirectory(prefix: "fake-nomad")
      let service = Service(options, folder: folder)
      let server = try await HTTPServer.start(HTTPServerConfiguration(address: options.address)) {
        await service.respond(to: $0)
      }
      let host = options.address.split(separator: ":").dropLast().joined(separator: ":")
      return FakeNomad(
        service: service, server: server, host: host.isEmpty ? "127.0.0.1" : host, folder: folder)
    } catch {
      throw FakeNomadError(.system, "the fake cannot start on \(options.address)", cause: error)
    }
  }

  /// Cuts open requests, kills every task that runs and waits for its end.
  public func stop() async {
    await server.shutdown(graceSeconds: 0)
    await service.cluster.endAll()
    try? await removeTree(folder)
  }

  /// Kills all tasks and forgets jobs, allocations, logs, faults and requests.
  public func reset() async {
    await service.reset()
  }

  /// Has a fault happen to the next `times` requests whose path begins so (as it came, percent-encoded).
  public func plan(_ fault: Fault, method: String? = nil, pathPrefix: String = "/", times: Int = 1) {
    let planned = PlannedFault(method: method, pathPrefix: pathPrefix, remaining: times, fault: fault)
    service.record.withLock { $0.faults.append(planned) }
  }

  /// Drops the faults that are still planned.
  public func clearFaults() {
    service.record.withLock { $0.faults = [] }
  }

  /// What becomes of `docker` tasks of this image from now on.
  public func plan(_ outcome: FakeNomadOptions.ImageOutcome, forImage image: String) {
    service.cluster.setImageOutcome(outcome, of: image)
  }

  /// The requests that came, oldest first; without those to `/_fake/`.
  public var requests: [RecordedRequest] { service.record.withLock(\.requests) }

  /// The allocations of a job, or of all, oldest first.
  public func allocations(ofJob jobID: String? = nil) -> [AllocationView] {
    service.cluster.state.withLock { state in
      state.allocations.values.filter { jobID == nil || $0.job.id == jobID }
        .sorted { $0.createIndex < $1.createIndex }.map(AllocationView.init)
    }
  }

  /// Waits until a job has an allocation in this state.
  ///
  /// - Throws: `FakeNomadError` (`timedOut`).
  public func allocation(
    ofJob jobID: String, reaching status: AllocationView.Status, timeoutSeconds: Double = 20
  ) async throws -> AllocationView {
    let wanted = Allocation.ClientStatus(status)
    do {
      return try await service.cluster.state.value(
        timeoutSeconds: timeoutSeconds, waitingFor: "an allocation of \(jobID) to be \(status)"
      ) { state in
        state.allocations.values.first { $0.job.id == jobID && $0.clientStatus == wanted }
          .map(AllocationView.init)
      }
    } catch {
      throw FakeNomadError(.timedOut, "no allocation of \(jobID) is \(status)", cause: error)
    }
  }

  /// Sets an allocation's end from outside, such as `lost` for a machine that is gone, and kills what runs of it.
  ///
  /// - Throws: `FakeNomadError` (`notFound`).
  public func settle(
    _ allocationID: String, as status: AllocationView.Status, description: String = ""
  ) throws {
    do {
      try service.settle(allocationID, as: Allocation.ClientStatus(status), description: description)
    } catch {
      throw FakeNomadError(.notFound, error.message)
    }
  }

  /// What a task has printed, as far as it is kept.
  public func log(allocation: String, task: String, isError: Bool = false) -> [UInt8] {
    service.cluster.logs[
      TaskLogKey(allocation: allocation, task: task, stream: isError ? .stderr : .stdout)
    ].bytes
  }

  /// Waits until a task's standard output has this text in it, and answers all of it.
  ///
  /// - Throws: `FakeNomadError` (`timedOut`).
  public func log(
    allocation: String, task: String, containing text: String, timeoutSeconds: Double = 20
  ) async throws -> String {
    let key = TaskLogKey(allocation: allocation, task: task, stream: .stdout)
    do {
      let bytes = try await service.cluster.logs.bytes(
        of: key, containing: text, timeoutSeconds: timeoutSeconds)
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      throw FakeNomadError(.timedOut, "task \(task) has not printed '\(text)'", cause: error)
    }
  }
}

/// Gives `body` a fake of its own, and stops it on every path.
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
