import HTTP
import Platform
package import Runner

extension NomadRunner {
  /// At most this many dispatches are looked at one by one, the newest first.
  static let maximumReadDispatches = 500

  package func findDispatch(
    runID: String, jobID: String, attempt: Int
  ) async throws(RunnerError) -> String? {
    let job = try await prepared()
    return try await find(DispatchKey(runID: runID, jobID: jobID, attempt: attempt), of: job)
  }

  /// The dispatches of the registered job that are not dead.
  package func list() async throws(RunnerError) -> [RunnerJob] {
    let job = try await prepared()
    let live = try await dispatches(of: job).filter { $0.status != "dead" && $0.isStopped != true }
    var found: [RunnerJob] = []
    for stub in live.sorted(by: { $0.id > $1.id }).prefix(Self.maximumReadDispatches) {
      guard let key = try await key(of: stub.id, job), let attempt = Int(key.attempt) else { continue }
      found.append(RunnerJob(handle: stub.id, runID: key.runID, jobID: key.jobID, attempt: attempt))
    }
    return found
  }

  /// The dispatch with this meta.
  func find(_ key: DispatchKey, of job: Registered) async throws(RunnerError) -> String? {
    let stubs = try await dispatches(of: job)
    if let known = stubs.first(where: { memory[$0.id] == .some(key) }) { return known.id }
    let unknown = stubs.map(\.id).filter { memory[$0] == nil }
    for handle in unknown.sorted(by: >).prefix(Self.maximumReadDispatches) {
      if try await self.key(of: handle, job) == key { return handle }
    }
    return nil
  }

  /// `GET /v1/jobs?prefix=`: what was dispatched of the job and is not forgotten.
  func dispatches(of job: Registered) async throws(RunnerError) -> [JobStub] {
    let stubs =
      try await get(
        [JobStub].self, "jobs",
        query: [(name: "prefix", value: "\(job.jobID)/dispatch-"), (name: "meta", value: "true")],
        namespace: job.namespace) ?? []
    for stub in stubs {
      if let meta = stub.meta { memory.note(stub.id, DispatchKey(meta: meta)) }
    }
    return stubs
  }

  /// `GET /v1/job/:id` where it is not known: older servers list jobs without their meta. `nil` for a dispatch that is
  /// not ours, or is gone.
  private func key(of handle: String, _ job: Registered) async throws(RunnerError) -> DispatchKey? {
    if let known = memory[handle] { return known }
    let path = "job/\(PercentEncoding.encode(handle))"
    guard let detail = try await get(JobDetail.self, path, namespace: job.namespace) else { return nil }
    let found = DispatchKey(meta: detail.meta ?? [:])
    memory.note(handle, found)
    return found
  }
}
