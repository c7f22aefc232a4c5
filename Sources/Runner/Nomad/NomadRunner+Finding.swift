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

  /// `GET /v1/jobs?prefix=`: the dispatch with this meta. Older servers list jobs without their meta; then each that is
  /// not known yet is read.
  func find(_ key: DispatchKey, of job: Registered) async throws(RunnerError) -> String? {
    let stubs =
      try await get(
        [JobStub].self, "jobs",
        query: [(name: "prefix", value: "\(job.jobID)/dispatch-"), (name: "meta", value: "true")],
        namespace: job.namespace) ?? []
    for stub in stubs {
      if let meta = stub.meta { memory.note(stub.id, DispatchKey(meta: meta)) }
    }
    if let known = stubs.first(where: { memory[$0.id] == .some(key) }) { return known.id }
    let unknown = stubs.map(\.id).filter { memory[$0] == nil }
    for handle in unknown.sorted(by: >).prefix(Self.maximumReadDispatches) {
      let path = "job/\(PercentEncoding.encode(handle))"
      guard let detail = try await get(JobDetail.self, path, namespace: job.namespace) else { continue }
      let found = DispatchKey(meta: detail.meta ?? [:])
      memory.note(handle, found)
      if found == key { return handle }
    }
    return nil
  }
}
