import HTTP
package import Platform
package import Runner
import Synchronization

/// Starts workers as dispatches of a parameterized Nomad job. A handle is the dispatched job's id.
///
/// States: not prepared, then prepared with the registered job's id. `prepare` may be called again at any time; a
/// dispatch prepares when nobody did.
package final class NomadRunner: Runner {
  /// What a registered template is known by.
  struct Registered: Sendable {
    var jobID: String
    /// The template's own, unless the configuration names one.
    var namespace: String?
    var takesImage: Bool
  }

  let configuration: NomadConfiguration
  let client: NomadClient
  let logger: Logger
  let memory = DispatchMemory()
  /// Since when dispatches are known to be dead, on the monotonic clock in nanoseconds.
  let deadSince = Mutex<[String: Int64]>([:])
  private let registered = Mutex<Registered?>(nil)

  /// - Throws: `RunnerError` (`misconfigured`) for an address that is none.
  package init(
    _ configuration: NomadConfiguration, logger: Logger = Logger(label: "nomad")
  ) throws(RunnerError) {
    self.configuration = configuration
    self.logger = logger
    client = try NomadClient(configuration)
  }

  /// Closes the connections; what was dispatched goes on.
  package func shutdown() async {
    await client.shutdown()
  }

  /// Has Nomad parse the template, adds what it is silent about, and registers it unless the server has it so.
  package func prepare() async throws(RunnerError) {
    let registration = try await register()
    registered.withLock { $0 = registration }
  }

  func prepared() async throws(RunnerError) -> Registered {
    if let known = registered.withLock({ $0 }) { return known }
    let registration = try await register()
    registered.withLock { $0 = registration }
    return registration
  }

  package func dispatch(_ request: DispatchRequest) async throws(RunnerError) -> String {
    let job = try await prepared()
    let image = request.image ?? configuration.defaultImage ?? ""
    if image.isEmpty && job.takesImage {
      throw RunnerError(
        .misconfigured,
        "\(configuration.jobTemplate) takes an image, but neither the job nor runner.default_image names one")
    }
    let key = DispatchKey(runID: request.runID, jobID: request.jobID, attempt: request.attempt)
    // This may be a repetition: of a call whose answer was lost, or from before a restart.
    if let handle = try await find(key, of: job) { return handle }
    do {
      return try await dispatch(request, key, image: image, of: job)
    } catch  where error.isTransient {
      if let handle = try? await find(key, of: job) { return handle }
      throw error
    }
  }

  /// `POST /v1/job/:id/dispatch`
  private func dispatch(
    _ request: DispatchRequest, _ key: DispatchKey, image: String, of job: Registered
  ) async throws(RunnerError) -> String {
    let call = NomadCall(
      method: "POST", path: "job/\(PercentEncoding.encode(job.jobID))/dispatch",
      query: [(name: "idempotency_token", value: key.idempotencyToken)],
      body: [
        "Meta": [
          "callback_url": .string(request.callbackURL), "token": .string(request.token),
          "image": .string(image), "run_id": .string(key.runID), "job_id": .string(key.jobID),
          "attempt": .string(key.attempt),
        ]
      ], isRepeatable: false)
    let answer = try await client.send(call, namespace: job.namespace)
    guard answer.isSuccess else { throw dispatchError(answer, job) }
    let handle = try decode(DispatchAnswer.self, answer, of: call).jobID
    memory.note(handle, key)
    logger.info(
      "worker dispatched",
      ["handle": handle, "run": key.runID, "job": key.jobID, "attempt": key.attempt])
    return handle
  }

  private func dispatchError(_ answer: NomadAnswer, _ job: Registered) -> RunnerError {
    let text = answer.text
    if text.contains("parameterized job not found") || text.hasSuffix("is stopped") || answer.status == 404 {
      // Somebody purged or stopped it: the next dispatch registers it again.
      registered.withLock { $0 = nil }
      return RunnerError(.notFound, "Nomad does not have the job \"\(job.jobID)\" (any more): \(text)")
    }
    let isOurs =
      answer.status < 500 || text.hasPrefix("Dispatch ") || text.hasPrefix("Payload ")
      || text.contains("is not a parameterized job")
    return RunnerError(
      isOurs ? .misconfigured : .unavailable,
      "Nomad does not dispatch \"\(job.jobID)\": \(text) (\(answer.status))")
  }

  package func cancel(_ handle: String) async throws(RunnerError) {
    let call = NomadCall(method: "DELETE", path: "job/\(PercentEncoding.encode(handle))")
    let answer = try await client.send(call, namespace: namespace)
    guard answer.isSuccess || answer.status == 404 else { throw unexpected(answer, of: call) }
  }

  package func state(_ handle: String) async throws(RunnerError) -> RunnerJobState {
    let path = "job/\(PercentEncoding.encode(handle))"
    guard let job = try await get(JobDetail.self, path) else { return .gone }
    let allocations = try await get([AllocationStub].self, "\(path)/allocations") ?? []
    let evaluations =
      allocations.isEmpty ? try await get([EvaluationStub].self, "\(path)/evaluations") ?? [] : []
    let state = StateReading.state(of: job, allocations, evaluations)
    guard case .failed(let reason) = state, let (allocation, task) = StateReading.exited(allocations),
      let words = await lastWords(of: task, in: allocation)
    else { return state }
    return .failed(reason: "\(reason): \(words)")
  }

  /// The namespace of calls about handles.
  var namespace: String? {
    registered.withLock { $0?.namespace } ?? configuration.namespace
  }

  /// `nil` when nothing is there (404).
  func get<T: Decodable>(
    _ type: T.Type, _ path: String, query: [(name: String, value: String)] = [], namespace: String? = nil
  ) async throws(RunnerError) -> T? {
    let call = NomadCall(path: path, query: query)
    let answer = try await client.send(call, namespace: namespace ?? self.namespace)
    if answer.status == 404 { return nil }
    guard answer.isSuccess else { throw unexpected(answer, of: call) }
    return try decode(type, answer, of: call)
  }

  func decode<T: Decodable>(
    _ type: T.Type, _ answer: NomadAnswer, of call: NomadCall
  ) throws(RunnerError) -> T {
    do {
      return try answer.decode(type)
    } catch {
      throw RunnerError(
        .unavailable, "the answer to \(call.method) \(call.path) is not Nomad's", cause: error)
    }
  }

  func unexpected(_ answer: NomadAnswer, of call: NomadCall) -> RunnerError {
    RunnerError(
      answer.status >= 500 ? .unavailable : .refused,
      "Nomad answers \(call.method) \(call.path) with \(answer.status): \(answer.text)")
  }
}
