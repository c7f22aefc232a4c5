import HTTP
import Platform
import Runner

extension NomadRunner {
  /// Reads, parses, completes and registers the template.
  func register() async throws(RunnerError) -> Registered {
    let template = try await JobTemplate.read(configuration.jobTemplate)
    let parsed: JSONValue
    if let job = try template.jsonJob() {
      parsed = job
    } else {
      parsed = try await parse(template)
    }
    var additions = try TemplateAdditions(to: parsed, path: template.path)
    if additions.needsDatacenters { additions.add(datacenters: try await datacenters()) }
    let templateNamespace = parsed["Namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    let namespace = configuration.namespace ?? templateNamespace
    var job = additions.job
    if let namespace { job["Namespace"] = .string(namespace) }
    let id = job["ID"]?.string ?? ""
    if try await isRegistered(job, id, namespace) {
      logger.info("job template is registered as it stands", ["job": id])
    } else {
      try await put(job, id, namespace)
      logger.info("job template registered", ["job": id, "template": template.path])
    }
    if !additions.additions.isEmpty {
      logger.info(
        "the template is silent about some things; added",
        ["additions": additions.additions.joined(separator: "; ")])
    }
    return Registered(jobID: id, namespace: namespace, takesImage: template.takesImage)
  }

  /// `POST /v1/jobs/parse`, without the defaults that would hide what the template does not say.
  private func parse(_ template: JobTemplate) async throws(RunnerError) -> JSONValue {
    let call = NomadCall(
      method: "POST", path: "jobs/parse",
      body: ["JobHCL": .string(template.text), "Canonicalize": false])
    let answer = try await client.send(call, namespace: configuration.namespace)
    guard answer.isSuccess else {
      let isTheirs = answer.status >= 500
      throw RunnerError(
        isTheirs ? .unavailable : .misconfigured,
        "Nomad does not understand \(template.path): " + placed(answer.text, in: template.path))
    }
    return try decode(JSONValue.self, answer, of: call)
  }

  /// Nomad calls every file that it is sent `input.hcl`.
  private func placed(_ text: String, in path: String) -> String {
    guard text.hasPrefix("input.hcl:") else { return text }
    return path + text.dropFirst("input.hcl".count)
  }

  /// `GET /v1/nodes`: the datacenters that have a node.
  private func datacenters() async throws(RunnerError) -> [String] {
    if !configuration.datacenters.isEmpty { return configuration.datacenters }
    let nodes = try await get([NodeStub].self, "nodes") ?? []
    let ready = nodes.filter { $0.status == nil || $0.status == "ready" }
    guard !ready.isEmpty else {
      throw RunnerError(
        .unavailable,
        "Nomad has no node that is ready, and neither the template nor runner.datacenters names one")
    }
    return Set(ready.map(\.datacenter)).sorted()
  }

  /// `POST /v1/job/:id/plan`: whether registering the job would change nothing. A server that cannot say is
  /// given the job: it keeps the version of one that is the same.
  private func isRegistered(
    _ job: [String: JSONValue], _ id: String, _ namespace: String?
  ) async throws(RunnerError) -> Bool {
    let call = NomadCall(
      method: "POST", path: "job/\(PercentEncoding.encode(id))/plan",
      body: ["Job": .object(job), "Diff": true])
    let answer = try await client.send(call, namespace: namespace)
    guard answer.isSuccess, let plan = try? answer.decode(JSONValue.self) else { return false }
    return plan["Diff"]?["Type"] == "None"
  }

  /// `POST /v1/jobs`
  private func put(
    _ job: [String: JSONValue], _ id: String, _ namespace: String?
  ) async throws(RunnerError) {
    let call = NomadCall(method: "POST", path: "jobs", body: ["Job": .object(job)])
    let answer = try await client.send(call, namespace: namespace)
    guard answer.isSuccess else {
      throw RunnerError(
        .misconfigured,
        "Nomad does not register job \"\(id)\" of \(configuration.jobTemplate): "
          + "\(answer.text) (\(answer.status))")
    }
  }
}
