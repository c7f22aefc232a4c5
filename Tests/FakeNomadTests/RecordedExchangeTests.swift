import FakeNomad
import HTTP
import TestSupport
import Testing

/// The life of jobs as a real server was recorded to tell it: each answer of the fake has the same fields.
@Suite(
  .fewAtOnce,
  .enabled(if: ContractData.folder != nil, "set MISE_CI_CONTRACT_DATA to a folder with recorded answers"))
struct RecordedExchangeTests {
  @Test("a job file becomes the job that a real server makes of it, to the last field")
  func parse() async throws {
    let exchanges = try ContractData.read("exchanges.json")
    try await withNomad { nomad in
      for name in ["parse seed canonicalized", "parse register parameterized"] {
        let exchange = try #require(exchanges[name])
        let answer = try await nomad.call("POST", "/v1/jobs/parse", exchange["request"]?["body"])
        #expect(answer.json == exchange["json"], "\(name)")
      }
    }
  }

  @Test("every answer in the life of a job has the fields that a real server's has, and no others")
  func life() async throws {
    let exchanges = try ContractData.read("exchanges.json")
    try await withNomad { nomad in
      var recorded = Recorded(nomad: nomad, exchanges: exchanges)
      try await recorded.compare("leader")
      try await recorded.compare("register parameterized")
      try await recorded.compare("get job")
      try await recorded.compare("job summary")
      try await recorded.compare("job evaluations")

      recorded.dispatched = try await recorded.compare("dispatch ok")["DispatchedJobID"]?.string ?? ""
      recorded.allocation = try await nomad.nomad.allocation(
        ofJob: recorded.dispatched, reaching: .complete
      ).id
      for name in [
        "get dispatched job", "allocations of dispatched", "evaluations of dispatched",
        "parent summary after dispatch", "get alloc", "logs stdout plain", "logs stdout framed",
      ] { try await recorded.compare(name) }

      recorded.dispatched = try await recorded.run("exit 3", id: "fail-SFX")
      recorded.allocation = try await nomad.nomad.allocation(
        ofJob: recorded.dispatched, reaching: .failed
      ).id
      try await recorded.compare("get failed alloc")

      recorded.dispatched = try await recorded.run("echo started; sleep 600", id: "slp-SFX")
      _ = try await nomad.nomad.allocation(ofJob: recorded.dispatched, reaching: .running)
      for name in ["get running dispatched job", "stop dispatched", "get stopped job", "stop unknown job"] {
        try await recorded.compare(name)
      }
    }
  }
}

/// Repeats recorded requests, with the ids that the fake has given.
private struct Recorded {
  let nomad: NomadConnection
  let exchanges: [String: JSONValue]
  var dispatched = ""
  var allocation = ""

  @discardableResult
  func compare(_ name: String) async throws -> JSONValue {
    let exchange = try #require(exchanges[name], "nothing was recorded as '\(name)'")
    let request = try #require(exchange["request"])
    var path = try #require(request["path"]?.string).replacing("<uuid>", with: allocation)
    if let place = dispatched.firstRange(of: "dispatch-") {
      path = path.replacing("dispatch-<n>", with: dispatched[place.lowerBound...])
    }
    let parameters = request["params"]?.object ?? [:]
    let query = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.string ?? "")" }
    if !query.isEmpty { path += "?" + query.joined(separator: "&") }
    let body = request["body"].flatMap { $0.isNull ? nil : $0 }
    let answer = try await nomad.call(request["method"]?.string ?? "GET", path, body)
    #expect(answer.status == exchange["status"]?.integer.map { Int($0) }, "\(name): \(answer.text)")
    for header in (exchange["headers"]?.object ?? [:]).keys {
      #expect(answer.headers[header] != nil, "\(name) has no \(header)")
    }
    let expected = exchange["json"] ?? .null
    if expected.isNull { return .null }
    let differences = ShapeDifference(expected: expected, actual: answer.json).texts
    #expect(differences.isEmpty, "\(name): \(differences.joined(separator: "; "))")
    return answer.json
  }

  /// Registers the recorded job with another script and without meta, and dispatches it.
  func run(_ script: String, id: String) async throws -> String {
    var job = exchanges["register parameterized"]?["request"]?["body"]?["Job"]?.object ?? [:]
    var group = job["TaskGroups"]?[0]?.object ?? [:]
    var task = group["Tasks"]?[0]?.object ?? [:]
    task["Config"] = ["command": "/bin/sh", "args": ["-c", .string(script)]]
    group["Tasks"] = [.object(task)]
    job["TaskGroups"] = [.object(group)]
    job["ParameterizedJob"] = ["MetaOptional": nil, "MetaRequired": nil, "Payload": "forbidden"]
    job["ID"] = .string(id)
    job["Name"] = .string(id)
    try await nomad.register(.object(job))
    return try await nomad.dispatch(id)
  }
}
