import HTTP
import Platform

extension NomadAPI {
  func routeJobs(_ call: NomadCall) async throws -> HTTPServerResponse? {
    switch call.path.count {
    case 1: return call.method == "GET" ? try await listJobs(call) : try register(call, pathID: nil)
    case 2 where call.path.last == "parse": return try parse(call)
    default: return nil
    }
  }

  /// `GET /v1/jobs?prefix=&meta=`
  private func listJobs(_ call: NomadCall) async throws -> HTTPServerResponse {
    let withMeta = GoJSON.bool(call.request.query("meta") ?? "false") ?? false
    return try await answer(call, .jobs) { state in
      let jobs = state.jobs.values.filter {
        $0.key.id.hasPrefix(call.prefix) && call.asks(for: $0.key.namespace)
      }
      let stubs = jobs.sorted { $0.key.id < $1.key.id }.map {
        $0.stub(summary: state.summary(of: $0), withMeta: withMeta)
      }
      return QueryResult(json: .array(stubs), index: state.tables.jobs)
    }
  }

  /// `POST /v1/jobs/parse`
  private func parse(_ call: NomadCall) throws -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let body = try GoJSON.object(call.body, as: "api.JobsParseRequest")
    guard let text = body["JobHCL"]?.string, !text.isEmpty else {
      throw NomadError.badRequest("Job spec is empty")
    }
    let job = try JobDecoder.job(parsing: text)
    return .json(
      body["Canonicalize"] == true ? CanonicalJob.fill(job, region: cluster.options.region) : job)
  }

  /// `POST /v1/jobs` and, with the id in the path, `POST /v1/job/:id`
  func register(_ call: NomadCall, pathID: String?) throws -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let body = try GoJSON.object(call.body, as: "api.JobRegisterRequest")
    let job = try givenJob(in: body, pathID: pathID)
    let enforced = body["EnforceIndex"] == true ? body["JobModifyIndex"]?.integer ?? 0 : nil
    let registration = try cluster.change { (state) throws(NomadError) in
      try state.register(
        job, namespace: namespace(of: job, call), enforcedIndex: enforced.map { UInt64(clamping: $0) })
    }
    return .nomad(
      QueryResult(
        json: [
          "EvalID": .string(registration.evaluationID),
          "EvalCreateIndex": .integer(Int64(registration.evaluationIndex)),
          "JobModifyIndex": .integer(Int64(registration.jobModifyIndex)),
          "Index": .integer(Int64(registration.index)), "KnownLeader": false, "LastContact": 0,
          "Warnings": "",
        ], index: registration.index))
  }

  /// A job's own namespace wins over the parameter.
  func namespace(of job: JSONValue, _ call: NomadCall) -> String {
    if call.request.query("namespace") != nil { return call.namespace }
    return job["Namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
  }

  func givenJob(in body: [String: JSONValue], pathID: String?) throws(NomadError) -> JSONValue {
    guard let job = body["Job"], job.object != nil else { throw .badRequest("Job must be specified") }
    guard let id = job["ID"]?.string else { throw .badRequest("Job ID hasn't been provided") }
    if let pathID, pathID != id { throw .badRequest("Job ID does not match name") }
    return job
  }
}
