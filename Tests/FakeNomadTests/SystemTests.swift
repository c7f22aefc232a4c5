import FakeNomad
import HTTP
import TestSupport
import Testing

/// Namespaces, search, garbage, tokens: what stands beside jobs.
@Suite(.fewAtOnce) struct SystemTests {
  @Test("a namespace is made, looked at, and goes only while nothing is in it")
  func namespaces() async throws {
    try await withNomad { nomad in
      #expect(try await nomad.call("POST", "/v1/namespace/team", ["Name": "team"]).status == 200)
      let names = try await nomad.call("GET", "/v1/namespaces").json.array?.map { $0["Name"] }
      #expect(names == ["default", "team"])
      let prefixed = try await nomad.call("GET", "/v1/namespaces?prefix=te").json
      #expect(prefixed.array?.count == 1)
      let job = Jobs.shell("true", id: "shell")
      #expect(try await nomad.call("POST", "/v1/jobs?namespace=team", ["Job": job]).status == 200)
      let used = try await nomad.call("DELETE", "/v1/namespace/team")
      #expect(used.status == 500 && used.text.contains("has non-terminal jobs"))
      _ = try await nomad.call("DELETE", "/v1/job/shell?namespace=team&purge=true")
      #expect(try await nomad.call("DELETE", "/v1/namespace/team").status == 200)
      let gone = try await nomad.call("GET", "/v1/namespace/team")
      #expect(gone.status == 404 && gone.text == "Namespace not found")
    }
  }

  @Test(
    "a wrong request about namespaces is refused",
    arguments: [
      ("POST", "/v1/namespace/a", ["Name": "b"], 400, "Namespace name does not match request path"),
      (
        "POST", "/v1/namespaces", ["Name": "a b"], 500,
        "Invalid namespace: 1 error occurred:\n\t* invalid name \"a b\". "
          + "Must match regex ^[a-zA-Z0-9-]{1,128}$\n\n"
      ),
      ("DELETE", "/v1/namespace/default", nil, 500, "can not delete default namespace"),
      ("DELETE", "/v1/namespace/none", nil, 500, "namespace \"none\" not found"),
      ("PATCH", "/v1/namespaces", nil, 405, "Invalid method"),
    ] as [(String, String, JSONValue?, Int, String)])
  func refusedNamespaces(
    _ method: String, _ path: String, _ body: JSONValue?, _ status: Int, _ message: String
  ) async throws {
    try await withNomad { nomad in
      let answer = try await nomad.call(method, path, body)
      #expect(answer.status == status && answer.text == message)
    }
  }

  @Test("ids are found by how they begin")
  func search() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("true")
      let allocation = try #require(nomad.nomad.allocations(ofJob: id).first?.id)
      let jobs = try await nomad.call("POST", "/v1/search", ["Prefix": "she", "Context": "jobs"]).json
      #expect(jobs["Matches"]?["jobs"] == ["shell", .string(id)])
      #expect(jobs["Truncations"]?["jobs"] == false)
      let prefix = JSONValue.string(String(allocation.prefix(8)))
      let all = try await nomad.call("POST", "/v1/search", ["Prefix": prefix, "Context": "all"]).json
      #expect(all["Matches"]?["allocs"] == [.string(allocation)])
      let wrong = try await nomad.call("POST", "/v1/search", ["Prefix": "a", "Context": "moons"])
      #expect(wrong.status == 500)
    }
  }

  @Test("garbage collection forgets what has ended, and nothing that runs or may be dispatched")
  func garbage() async throws {
    try await withNomad { nomad in
      let ended = try await nomad.run("true")
      _ = try await nomad.nomad.allocation(ofJob: ended, reaching: .complete)
      try await nomad.register(Jobs.shell("exec sleep 600", id: "plain", isParameterized: false))
      let running = try await nomad.nomad.allocation(ofJob: "plain", reaching: .running)
      #expect(try await nomad.call("PUT", "/v1/system/gc").status == 200)
      let listed = try await nomad.call("GET", "/v1/jobs").json.array?.map { $0["ID"] }
      #expect(listed == ["plain", "shell"])
      #expect(nomad.nomad.allocations().map(\.id) == [running.id])
      #expect(try await nomad.call("PUT", "/v1/system/reconcile/summaries").status == 200)
      #expect(try await nomad.call("GET", "/v1/system/gc").status == 405)
    }
  }

  @Test("a token can ask who it is, where there are tokens")
  func token() async throws {
    let without = try await withNomad { try await $0.call("GET", "/v1/acl/token/self") }
    #expect(without.status == 400 && without.text == "ACL support disabled")
    var options = FakeNomadOptions()
    options.token = "management"
    try await withNomad(options) { nomad in
      let answer = try await nomad.call(
        "GET", "/v1/acl/token/self", headers: ["Authorization": "Bearer management"])
      #expect(answer.json["Type"] == "management")
    }
  }

  @Test("what is not there says so, and waits for it when it is asked to")
  func absent() async throws {
    try await withNomad { nomad in
      let nobody = "00000000-0000-4000-8000-000000000000"
      for (path, text) in [
        ("/v1/evaluation/\(nobody)", "eval not found"), ("/v1/deployment/\(nobody)", "deployment not found"),
        ("/v1/job/shell/versions", "job versions not found"),
        ("/v1/evaluation/x", "eval lookup failed: index error: UUID must be 36 characters"),
      ] { #expect(try await nomad.call("GET", path).text == text) }
      let first = try await nomad.call("GET", "/v1/job/shell")
      #expect(first.status == 404 && first.index > 0)
      async let later = nomad.call("GET", "/v1/job/shell?index=\(first.index)&wait=30s")
      try await nomad.register(Jobs.shell("true", id: "shell"))
      #expect(try await later.json["ID"] == "shell")
    }
  }
}
