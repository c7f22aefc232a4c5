import Crypto
import FakeNomad
import HTTP
import TestSupport
import Testing

/// Wrong requests, by the names under which a real server's answers were recorded.
@Suite(
  .fewAtOnce,
  .enabled(if: ContractData.folder != nil, "set MISE_CI_CONTRACT_DATA to a folder with recorded answers"))
struct RecordedRefusalTests {
  @Test("every wrong request that was recorded is answered with the same status and text")
  func everyRefusal() async throws {
    let recorded = try ContractData.read("errors.json")
    let requests = Dictionary(WrongRequest.all.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    #expect(Set(requests.keys).symmetricDifference(recorded.keys) == [])
    try await withNomad { nomad in
      let stage = try await WrongRequest.Stage(nomad)
      for (name, expected) in recorded.sorted(by: { $0.key < $1.key }) {
        guard let request = requests[name] else { continue }
        let answer = try await stage.send(request)
        #expect(answer.status == expected["status"]?.integer.map { Int($0) }, "\(name)")
        #expect(answer.body == expected["body"]?.string, "\(name)")
      }
    }
  }
}

/// A request that is refused. In paths `{d}` is a dispatched job's id, `{a}` its allocation's, `{n}` an unknown one.
struct WrongRequest: Sendable {
  var name: String
  var method: String
  var path: String
  var body: JSONValue?
  var text: String?

  private init(
    _ name: String, method: String = "POST", _ path: String, _ body: JSONValue? = nil, text: String? = nil
  ) {
    self.name = name
    self.method = method
    self.path = path
    self.body = body
    self.text = text
  }

  private static let job: [String: JSONValue] = Jobs.shell("true", id: "r-SFX").object ?? [:]
  private static let meta: JSONValue = ["callback_url": "http://here", "token": "t"]

  private static func job(_ changes: [String: JSONValue]) -> JSONValue {
    ["Job": .object(job.merging(changes) { $1 })]
  }

  static let all = paths + files + jobs + dispatches + reads

  private static let paths = [
    WrongRequest("unknown route", method: "GET", "/v1/nothing"),
    WrongRequest("leader by POST", "/v1/status/leader"),
    WrongRequest("parse by GET", method: "GET", "/v1/jobs/parse"),
    WrongRequest("dispatch by GET", method: "GET", "/v1/job/p-SFX/dispatch"),
    WrongRequest("method PATCH on job", method: "PATCH", "/v1/job/p-SFX"),
  ]

  private static let files = [
    WrongRequest("parse invalid HCL", "/v1/jobs/parse", ["JobHCL": "job \"a\" {"]),
    WrongRequest("parse not a job", "/v1/jobs/parse", ["JobHCL": "foo = 1"]),
    WrongRequest("parse empty", "/v1/jobs/parse", ["JobHCL": ""]),
    WrongRequest("parse two jobs", "/v1/jobs/parse", ["JobHCL": "job \"a\" {}\njob \"b\" {}"]),
    WrongRequest("parse unknown attribute", "/v1/jobs/parse", ["JobHCL": "job \"a\" { colour = 1 }"]),
    WrongRequest("parse bad type", "/v1/jobs/parse", ["JobHCL": "job \"a\" { priority = \"high\" }"]),
    WrongRequest("parse without JobHCL", "/v1/jobs/parse", [:]),
    WrongRequest("parse malformed JSON", "/v1/jobs/parse", text: "{\"JobHCL\": "),
    WrongRequest("parse array", "/v1/jobs/parse", []),
  ]

  private static let jobs = [
    WrongRequest("register seed without datacenters", "/v1/jobs", job(["Datacenters": nil])),
    WrongRequest(
      "register bad payload mode", "/v1/jobs", job(["ParameterizedJob": ["Payload": "maybe"]])),
    WrongRequest(
      "register overlapping meta", "/v1/jobs",
      job(["ParameterizedJob": ["MetaRequired": ["token"], "MetaOptional": ["token"]]])),
    WrongRequest("register without Job", "/v1/jobs", [:]),
    WrongRequest("register empty Job", "/v1/jobs", ["Job": [:]]),
    WrongRequest("register only ID", "/v1/jobs", ["Job": ["ID": "x"]]),
    WrongRequest("register malformed JSON", "/v1/jobs", text: "{"),
    WrongRequest("register array", "/v1/jobs", []),
    WrongRequest(
      "register bad job type", "/v1/jobs", ["Job": ["ID": "x", "Type": "weird", "Datacenters": ["dc1"]]]),
    WrongRequest("register at job path, id mismatch", "/v1/job/another", job([:])),
    WrongRequest("register null Job", "/v1/jobs", ["Job": nil]),
    WrongRequest("register ID with blank", "/v1/jobs", job(["ID": "a b"])),
    WrongRequest(
      "register with EnforceIndex wrong", "/v1/jobs",
      ["Job": .object(job.merging(["ID": "p-SFX"]) { $1 }), "EnforceIndex": true, "JobModifyIndex": 1]),
  ]

  private static let dispatches = [
    WrongRequest("dispatch missing one meta", "/v1/job/p-SFX/dispatch", ["Meta": ["callback_url": "x"]]),
    WrongRequest("dispatch missing all meta", "/v1/job/p-SFX/dispatch", ["Meta": [:]]),
    WrongRequest("dispatch null meta", "/v1/job/p-SFX/dispatch", ["Meta": nil]),
    WrongRequest(
      "dispatch unknown meta", "/v1/job/p-SFX/dispatch",
      ["Meta": ["callback_url": "x", "token": "t", "colour": "red"]]),
    WrongRequest(
      "dispatch two unknown meta", "/v1/job/p-SFX/dispatch",
      ["Meta": ["callback_url": "x", "token": "t", "bb": "1", "aa": "2"]]),
    WrongRequest("dispatch missing and unknown", "/v1/job/p-SFX/dispatch", ["Meta": ["zzz": "1"]]),
    WrongRequest(
      "dispatch payload forbidden", "/v1/job/p-SFX/dispatch", ["Meta": meta, "Payload": "aGk="]),
    WrongRequest(
      "dispatch payload not base64", "/v1/job/p-SFX/dispatch", ["Meta": meta, "Payload": "!!!"]),
    WrongRequest("dispatch meta number", "/v1/job/p-SFX/dispatch", ["Meta": ["token": 1]]),
    WrongRequest("dispatch malformed JSON", "/v1/job/p-SFX/dispatch", text: "{\"Meta\""),
    WrongRequest("dispatch empty body", "/v1/job/p-SFX/dispatch"),
    WrongRequest("dispatch unknown job", "/v1/job/none-SFX/dispatch", ["Meta": meta]),
    WrongRequest("dispatch plain job", "/v1/job/plain-SFX/dispatch", ["Meta": nil]),
    WrongRequest("dispatch payload required, none", "/v1/job/payload-SFX/dispatch", ["Meta": nil]),
    WrongRequest(
      "dispatch payload 16 KiB + 1", "/v1/job/payload-SFX/dispatch",
      ["Payload": .string(Base64.encode([UInt8](repeating: 7, count: 16_385)))]),
    WrongRequest("dispatch JobID in body differs", "/v1/job/p-SFX/dispatch", ["JobID": "x", "Meta": meta]),
    WrongRequest("dispatch unknown namespace", "/v1/job/p-SFX/dispatch?namespace=none", ["Meta": meta]),
    WrongRequest("dispatch unknown region", "/v1/job/p-SFX/dispatch?region=none", ["Meta": meta]),
    WrongRequest("dispatch of a dispatched job", "/v1/job/{d}/dispatch", ["Meta": meta]),
    WrongRequest("dispatch of a stopped parent", "/v1/job/stopped-SFX/dispatch", ["Meta": meta]),
  ]

  private static let reads = [
    WrongRequest("get unknown job", method: "GET", "/v1/job/none-SFX"),
    WrongRequest("get purged job", method: "GET", "/v1/job/purged-SFX"),
    WrongRequest("summary of unknown job", method: "GET", "/v1/job/none-SFX/summary"),
    WrongRequest("stop bad purge value", method: "DELETE", "/v1/job/p-SFX?purge=maybe"),
    WrongRequest("get alloc by prefix", method: "GET", "/v1/allocation/abcd"),
    WrongRequest("get unknown alloc", method: "GET", "/v1/allocation/{n}"),
    WrongRequest("get alloc bad id", method: "GET", "/v1/allocation/no-such-id"),
    WrongRequest("logs bad type", method: "GET", "/v1/client/fs/logs/{a}?task=run&type=other"),
    WrongRequest("logs no type", method: "GET", "/v1/client/fs/logs/{a}?task=run"),
    WrongRequest("logs no task", method: "GET", "/v1/client/fs/logs/{a}?type=stdout"),
    WrongRequest("logs unknown task", method: "GET", "/v1/client/fs/logs/{a}?task=nope&type=stdout"),
    WrongRequest(
      "logs bad origin", method: "GET", "/v1/client/fs/logs/{a}?task=run&type=stdout&origin=middle"),
    WrongRequest("logs bad offset", method: "GET", "/v1/client/fs/logs/{a}?task=run&type=stdout&offset=x"),
    WrongRequest(
      "logs bad follow", method: "GET", "/v1/client/fs/logs/{a}?task=run&type=stdout&follow=perhaps"),
    WrongRequest("logs unknown alloc", method: "GET", "/v1/client/fs/logs/{n}?task=run&type=stdout"),
    WrongRequest("logs no alloc", method: "GET", "/v1/client/fs/logs/?task=run&type=stdout"),
  ]

  /// A fake with the jobs that the requests are about.
  struct Stage {
    private static let nobody = "00000000-0000-4000-8000-000000000000"

    let nomad: NomadConnection
    let dispatched: String
    let allocation: String

    init(_ nomad: NomadConnection) async throws {
      self.nomad = nomad
      for id in ["p-SFX", "stopped-SFX"] {
        try await nomad.register(Jobs.shell("true", id: id, required: ["callback_url", "token"]))
      }
      try await nomad.register(Jobs.shell("true", id: "payload-SFX", payload: "required"))
      try await nomad.register(Jobs.shell("true", id: "plain-SFX", isParameterized: false))
      try await nomad.register(Jobs.shell("true", id: "purged-SFX"))
      _ = try await nomad.call("DELETE", "/v1/job/stopped-SFX")
      _ = try await nomad.call("DELETE", "/v1/job/purged-SFX?purge=true")
      dispatched = try await nomad.dispatch("p-SFX", ["callback_url": "http://here", "token": "t"])
      allocation = try await nomad.nomad.allocation(ofJob: dispatched, reaching: .complete).id
    }

    /// The answer, with what differs each time named as in the recording.
    func send(_ request: WrongRequest) async throws -> (status: Int, body: String) {
      let path = request.path.replacing("{d}", with: dispatched).replacing("{a}", with: allocation)
        .replacing("{n}", with: Self.nobody)
      let answer = try await nomad.call(request.method, path, request.body, text: request.text)
      let body = answer.text.replacing(dispatched, with: "p-SFX/dispatch-<n>")
        .replacing(Self.nobody, with: "<uuid>").replacing("stopped-SFX", with: "p-SFX")
        .replacing(/index: [0-9]+/, with: "index: <i>")
      return (answer.status, body)
    }
  }
}
