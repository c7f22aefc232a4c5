import Crypto
import FakeNomad
import HTTP
import TestSupport
import Testing

/// A wrong request and Nomad's answer to it.
struct Refusal: Sendable, CustomTestStringConvertible {
  var name: String
  var method = "POST"
  /// `{dispatched}` and `{allocation}` stand for a dispatched job's id and its allocation's.
  var path: String
  var body: JSONValue?
  var text: String?
  var status: Int
  var answer: String

  var testDescription: String { name }
}

@Suite(.fewAtOnce) struct RefusalTests {
  private static let meta: JSONValue = ["callback_url": "http://here", "token": "t"]
  private static let nobody = "00000000-0000-4000-8000-000000000000"
  private static let logs = "/v1/client/fs/logs/{allocation}"
  private static let job = Jobs.shell("true", id: "other")

  private static func job(_ changes: [String: JSONValue]) -> JSONValue {
    ["Job": .object((job.object ?? [:]).merging(changes) { $1 })]
  }

  @Test(
    "a path that is none is 404 without a body, a wrong method is 405",
    arguments: [
      Refusal(name: "no such path", method: "GET", path: "/v1/nothing", status: 404, answer: ""),
      Refusal(name: "outside of v1", method: "GET", path: "/metrics", status: 404, answer: ""),
      Refusal(name: "leader", path: "/v1/status/leader", status: 405, answer: "Invalid method"),
      Refusal(name: "parse", method: "GET", path: "/v1/jobs/parse", status: 405, answer: "Invalid method"),
      Refusal(
        name: "dispatch", method: "GET", path: "/v1/job/ours/dispatch", status: 405, answer: "Invalid method"),
      Refusal(name: "job", method: "PATCH", path: "/v1/job/ours", status: 405, answer: "Invalid method"),
    ])
  func wrongPaths(_ row: Refusal) async throws { try await check(row) }

  @Test(
    "a job file that is wrong is refused with its place",
    arguments: [
      Refusal(
        name: "unfinished", path: "/v1/jobs/parse", body: ["JobHCL": "job \"a\" {"], status: 400,
        answer: "input.hcl:1,10-10: Argument or block definition required; "
          + "An argument or block definition is required here."),
      Refusal(
        name: "no job", path: "/v1/jobs/parse", body: ["JobHCL": "abc = 1"], status: 400,
        answer: "input.hcl:1,1-4: Unsupported argument; An argument named \"abc\" is not expected here."),
      Refusal(
        name: "two jobs", path: "/v1/jobs/parse", body: ["JobHCL": "job \"a\" {}\njob \"b\" {}"], status: 400,
        answer: "input.hcl:2,1-8: Duplicate job block; Only one block of type \"job\" is allowed. "
          + "Previous definition was at input.hcl:1,1-8."),
      Refusal(
        name: "wrong type", path: "/v1/jobs/parse", body: ["JobHCL": "job \"a\" { priority = \"much\" }"],
        status: 400,
        answer: "input.hcl:1,23-27: Unsuitable value type; Unsuitable value: a number is required"),
      Refusal(
        name: "empty", path: "/v1/jobs/parse", body: ["JobHCL": ""], status: 400, answer: "Job spec is empty"),
      Refusal(name: "missing", path: "/v1/jobs/parse", body: [:], status: 400, answer: "Job spec is empty"),
      Refusal(
        name: "half a body", path: "/v1/jobs/parse", text: "{\"JobHCL\": \"jo", status: 400,
        answer: "unexpected EOF"),
      Refusal(
        name: "a list", path: "/v1/jobs/parse", body: [], status: 400,
        answer: "json: cannot unmarshal array into Go value of type api.JobsParseRequest"),
    ])
  func wrongJobFiles(_ row: Refusal) async throws { try await check(row) }

  @Test(
    "a job that cannot be is not registered",
    arguments: [
      Refusal(
        name: "no datacenters", path: "/v1/jobs", body: job(["Datacenters": nil]), status: 500,
        answer: "1 error occurred:\n\t* Missing job datacenters\n\n"),
      Refusal(
        name: "payload mode", path: "/v1/jobs", body: job(["ParameterizedJob": ["Payload": "perhaps"]]),
        status: 500,
        answer:
          "1 error occurred:\n\t* 1 error occurred:\n\t* Unknown payload requirement: \"perhaps\"\n\n\n\n"),
      Refusal(
        name: "meta twice", path: "/v1/jobs",
        body: job(["ParameterizedJob": ["MetaRequired": ["a", "b"], "MetaOptional": ["b"]]]), status: 500,
        answer:
          "1 error occurred:\n\t* 1 error occurred:\n\t* Required and optional meta keys should be disjoint. "
          + "Following keys exist in both: [b]\n\n\n\n"),
      Refusal(name: "no job", path: "/v1/jobs", body: [:], status: 400, answer: "Job must be specified"),
      Refusal(
        name: "null", path: "/v1/jobs", body: ["Job": nil], status: 400, answer: "Job must be specified"),
      Refusal(
        name: "no id", path: "/v1/jobs", body: ["Job": [:]], status: 400,
        answer: "Job ID hasn't been provided"),
      Refusal(
        name: "only an id", path: "/v1/jobs", body: ["Job": ["ID": "x"]], status: 500,
        answer: "2 errors occurred:\n\t* Missing job datacenters\n\t* Missing job task groups\n\n"),
      Refusal(
        name: "type", path: "/v1/jobs", body: ["Job": ["ID": "x", "Type": "odd", "Datacenters": ["dc1"]]],
        status: 500,
        answer: "2 errors occurred:\n\t* Invalid job type: \"odd\"\n\t* Missing job task groups\n\n"),
      Refusal(
        name: "blank in id", path: "/v1/jobs", body: job(["ID": "a b"]), status: 500,
        answer: "1 error occurred:\n\t* Job ID contains a space\n\n"),
      Refusal(
        name: "another id in the path", path: "/v1/job/that", body: job([:]), status: 400,
        answer: "Job ID does not match name"),
      Refusal(name: "half a body", path: "/v1/jobs", text: "{", status: 400, answer: "unexpected EOF"),
      Refusal(
        name: "a list", path: "/v1/jobs", body: [], status: 400,
        answer: "json: cannot unmarshal array into Go value of type api.JobRegisterRequest"),
      Refusal(
        name: "index of an unknown job", path: "/v1/jobs",
        body: ["Job": job, "EnforceIndex": true, "JobModifyIndex": 3], status: 500,
        answer: "Enforcing job modify index 3: job does not exist"),
    ])
  func wrongJobs(_ row: Refusal) async throws { try await check(row) }

  @Test(
    "a dispatch that the job does not allow is refused",
    arguments: [
      Refusal(
        name: "one meta key missing", path: "/v1/job/ours/dispatch", body: ["Meta": ["callback_url": "x"]],
        status: 500, answer: "Dispatch did not provide required meta keys: [token]"),
      Refusal(
        name: "all missing", path: "/v1/job/ours/dispatch", body: [:], status: 500,
        answer: "Dispatch did not provide required meta keys: [callback_url token]"),
      Refusal(
        name: "null", path: "/v1/job/ours/dispatch", body: ["Meta": nil], status: 500,
        answer: "Dispatch did not provide required meta keys: [callback_url token]"),
      Refusal(
        name: "unknown keys before missing ones", path: "/v1/job/ours/dispatch",
        body: ["Meta": ["zz": "1", "yy": "2"]], status: 500,
        answer: "Dispatch request included unpermitted metadata keys: [yy zz]"),
      Refusal(
        name: "payload forbidden", path: "/v1/job/ours/dispatch", body: ["Meta": meta, "Payload": "aGk="],
        status: 500, answer: "Payload provided but forbidden by parameterized job"),
      Refusal(
        name: "payload is no base64", path: "/v1/job/ours/dispatch", body: ["Meta": meta, "Payload": "!!"],
        status: 400, answer: "illegal base64 data at input byte 0"),
      Refusal(
        name: "a number as meta", path: "/v1/job/ours/dispatch", body: ["Meta": ["token": 1]], status: 400,
        answer: "json: cannot unmarshal number into Go struct field JobDispatchRequest.Meta of type string"),
      Refusal(
        name: "half a body", path: "/v1/job/ours/dispatch", text: "{\"Me", status: 400,
        answer: "unexpected EOF"),
      Refusal(
        name: "no body", path: "/v1/job/ours/dispatch", status: 400, answer: "Request body is empty"),
      Refusal(
        name: "unknown job", path: "/v1/job/none/dispatch", body: ["Meta": meta], status: 500,
        answer: "parameterized job not found"),
      Refusal(
        name: "not parameterized", path: "/v1/job/plain/dispatch", body: [:], status: 500,
        answer: "Specified job \"plain\" is not a parameterized job"),
      Refusal(
        name: "dispatched itself", path: "/v1/job/{dispatched}/dispatch", body: ["Meta": meta], status: 500,
        answer: "Specified job \"{dispatched}\" is not a parameterized job"),
      Refusal(
        name: "stopped", path: "/v1/job/stopped/dispatch", body: [:], status: 500,
        answer: "Specified job \"stopped\" is stopped"),
      Refusal(
        name: "payload required", path: "/v1/job/payload/dispatch", body: [:], status: 500,
        answer: "Payload is not provided but required by parameterized job"),
      Refusal(
        name: "payload too long", path: "/v1/job/payload/dispatch",
        body: ["Payload": .string(Base64.encode([UInt8](repeating: 7, count: 16_385)))], status: 500,
        answer: "Payload exceeds maximum size; 16385 > 16384"),
      Refusal(
        name: "another job in the body", path: "/v1/job/ours/dispatch", body: ["JobID": "x", "Meta": meta],
        status: 400, answer: "Job ID does not match"),
      Refusal(
        name: "namespace", path: "/v1/job/ours/dispatch?namespace=else", body: ["Meta": meta], status: 500,
        answer: "parameterized job not found"),
      Refusal(
        name: "region", path: "/v1/job/ours/dispatch?region=mars", body: ["Meta": meta], status: 500,
        answer: "No path to region"),
    ])
  func wrongDispatches(_ row: Refusal) async throws { try await check(row) }

  @Test(
    "a read of what is not there, or not so, is refused",
    arguments: [
      Refusal(name: "job", method: "GET", path: "/v1/job/none", status: 404, answer: "job not found"),
      Refusal(
        name: "summary", method: "GET", path: "/v1/job/none/summary", status: 404, answer: "job not found"),
      Refusal(
        name: "allocation", method: "GET", path: "/v1/allocation/\(nobody)", status: 404,
        answer: "alloc not found"),
      Refusal(
        name: "allocation by prefix", method: "GET", path: "/v1/allocation/0000", status: 500,
        answer: "alloc lookup failed: index error: UUID must be 36 characters"),
      Refusal(
        name: "purge", method: "DELETE", path: "/v1/job/ours?purge=so", status: 500,
        answer: "Failed to parse value of \"purge\" (so) as a bool: "
          + "strconv.ParseBool: parsing \"so\": invalid syntax"),
      Refusal(
        name: "log type", method: "GET", path: logs + "?task=run&type=other", status: 400,
        answer: "must provide log type (stdout/stderr)"),
      Refusal(
        name: "no log type", method: "GET", path: logs + "?task=run", status: 400,
        answer: "must provide log type (stdout/stderr)"),
      Refusal(
        name: "no task", method: "GET", path: logs + "?type=stdout", status: 400,
        answer: "must provide task name"),
      Refusal(
        name: "unknown task", method: "GET", path: logs + "?task=jog&type=stdout", status: 400,
        answer: "unknown task name \"jog\""),
      Refusal(
        name: "origin", method: "GET", path: logs + "?task=run&type=stdout&origin=there", status: 400,
        answer: "origin must be start or end"),
      Refusal(
        name: "offset", method: "GET", path: logs + "?task=run&type=stdout&offset=far", status: 400,
        answer: "error parsing offset: strconv.ParseInt: parsing \"far\": invalid syntax"),
      Refusal(
        name: "follow", method: "GET", path: logs + "?task=run&type=stdout&follow=maybe", status: 400,
        answer:
          "failed to parse follow field to boolean: strconv.ParseBool: parsing \"maybe\": invalid syntax"),
      Refusal(
        name: "logs of nobody", method: "GET",
        path: "/v1/client/fs/logs/\(nobody)?task=run&type=stdout", status: 404,
        answer: "Unknown allocation \"\(nobody)\""),
      Refusal(
        name: "logs of nothing", method: "GET", path: "/v1/client/fs/logs/?task=run&type=stdout", status: 400,
        answer: "must provide a valid alloc id"),
    ])
  func wrongReads(_ row: Refusal) async throws { try await check(row) }

  private func check(_ row: Refusal) async throws {
    try await withNomad { nomad in
      try await nomad.register(
        Jobs.shell("true", id: "ours", required: ["callback_url", "token"]))
      try await nomad.register(Jobs.shell("true", id: "payload", payload: "required"))
      try await nomad.register(Jobs.shell("true", id: "plain", isParameterized: false))
      try await nomad.register(Jobs.shell("true", id: "stopped"))
      _ = try await nomad.call("DELETE", "/v1/job/stopped")
      let dispatched = try await nomad.dispatch("ours", ["callback_url": "http://here", "token": "t"])
      let allocation = try #require(nomad.nomad.allocations(ofJob: dispatched).first?.id)
      func filled(_ text: String) -> String {
        text.replacing("{dispatched}", with: dispatched).replacing("{allocation}", with: allocation)
      }
      let answer = try await nomad.call(row.method, filled(row.path), row.body, text: row.text)
      #expect(answer.status == row.status)
      #expect(answer.text == filled(row.answer))
    }
  }

  @Test("a job that changed in the meantime is not overwritten when its index is enforced")
  func enforcedIndex() async throws {
    try await withNomad { nomad in
      try await nomad.register(Self.job)
      let index = try await nomad.call("GET", "/v1/job/other").json["JobModifyIndex"]?.integer ?? 0
      let wrong = try await nomad.call(
        "POST", "/v1/jobs", ["Job": Self.job, "EnforceIndex": true, "JobModifyIndex": 1])
      #expect(
        wrong.text
          == "Enforcing job modify index 1: job exists with conflicting job modify index: \(index)")
      let right = try await nomad.call(
        "POST", "/v1/jobs", ["Job": Self.job, "EnforceIndex": true, "JobModifyIndex": .integer(index)])
      #expect(right.status == 200)
    }
  }
}
