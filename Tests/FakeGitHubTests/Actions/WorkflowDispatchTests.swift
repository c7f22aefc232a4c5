import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct WorkflowDispatchTests {
  @Test func `Workflows are what lies in the folder, with ids that stay`() async throws {
    try await ActionsClient.with { actions in
      let first = try await actions.call("GET", "/workflows")
      let names = first.json["workflows"]?.array?.map {
        "\($0["path"]?.string ?? ""): \($0["name"]?.string ?? "")"
      }
      #expect(
        names == [
          ".github/workflows/broken.yml: .github/workflows/broken.yml", ".github/workflows/ci.yml: CI",
          ".github/workflows/plain.yaml: .github/workflows/plain.yaml",
          ".github/workflows/push.yml: Push only",
        ])
      #expect(first.json["total_count"]?.integer == 4)
      try await actions.client.repository.commit(files: [
        ".github/workflows/ci.yml": "name: New\non: push\njobs: {}\n"
      ])
      let again = try await actions.call("GET", "/workflows/ci.yml")
      #expect(again.json["id"] == first.json["workflows"]?[1]?["id"])
      #expect(again.json["name"]?.string == "New")
      let id = again.json["id"]?.integer ?? 0
      #expect(try await actions.call("GET", "/workflows/\(id)").json == again.json)
      #expect(try await actions.call("GET", "/workflows/none.yml").status == 404)
    }
  }

  /// A dispatch that GitHub refuses: workflow, ref, inputs, and the message.
  @Test(
    arguments: [
      (
        "ci.yml", "main", ["ticket": "1", "no": "x", "an": "y"],
        "Unexpected inputs provided: [\"an\", \"no\"]"
      ),
      ("ci.yml", "main", [:], "Required input 'ticket' not provided"),
      ("ci.yml", "main", ["ticket": ""], "Required input 'ticket' not provided"),
      (
        "ci.yml", "main", ["ticket": "1", "target": "moon"],
        "Provided value 'moon' for input 'target' not in the list of allowed values"
      ),
      (
        "ci.yml", "main", ["ticket": "1", "dry": "maybe"],
        "Provided value 'maybe' for input 'dry' not a valid boolean"
      ),
      ("plain.yaml", "main", ["x": "1"], "Unexpected inputs provided: [\"x\"]"),
      ("plain.yaml", "nowhere", [:], "No ref found for: nowhere"),
      ("plain.yaml", "SHA", [:], "No ref found for: SHA"),
      ("plain.yaml", "old", [:], "Workflow does not have 'workflow_dispatch' trigger"),
      ("push.yml", "main", [:], "Workflow does not have 'workflow_dispatch' trigger"),
    ] as [(String, String, JSONValue, String)])
  func `What GitHub refuses is refused in its words`(
    _ workflow: String, _ ref: String, _ inputs: JSONValue, _ message: String
  ) async throws {
    try await ActionsClient.with { actions in
      try await actions.client.repository.tag("old", at: actions.client.sha)
      let ref = ref == "SHA" ? actions.sha : ref
      let answer = try await actions.dispatch(workflow, ref: ref, inputs: inputs)
      #expect(answer.status == 422)
      #expect(answer.message == message.replacing("SHA", with: actions.sha))
      #expect(try actions.client.repository.workflowRuns.isEmpty)
    }
  }

  @Test func `A body without ref, a broken file, a disabled workflow and an unknown one are refused`()
    async throws
  {
    try await ActionsClient.with { actions in
      let noRef = try await actions.call("POST", "/workflows/plain.yaml/dispatches", json: [:])
      #expect(noRef.status == 422)
      #expect(noRef.message?.contains("\"ref\" wasn't supplied.") == true)
      #expect(try await actions.dispatch("broken.yml").status == 422)
      #expect(try await actions.dispatch("none.yml").status == 404)
      #expect(try await actions.call("PUT", "/workflows/plain.yaml/disable").status == 204)
      #expect(
        try await actions.call("GET", "/workflows/plain.yaml").json["state"]?.string == "disabled_manually")
      #expect(try await actions.dispatch().status == 422)
      #expect(try await actions.call("PUT", "/workflows/plain.yaml/enable").status == 204)
      #expect(try await actions.dispatch().status == 204)
    }
  }

  @Test func `A token that may only read cannot dispatch, another repository's sees nothing`() async throws {
    try await ActionsClient.with { actions in
      let path = "\(ActionsClient.path)/workflows/plain.yaml/dispatches"
      let reader = try await actions.client.token(["permissions": ["actions": "read"]])
      let answer = try await actions.client.call("POST", path, token: reader, json: ["ref": "main"])
      #expect(answer.status == 403)
      #expect(answer.message == "Resource not accessible by integration")
      let other = try await actions.client.github.addRepository("octo/other")
      let narrow = try actions.client.github.makeToken(for: other)
      #expect(try await actions.client.call("POST", path, token: narrow, json: ["ref": "main"]).status == 404)
      #expect(try await actions.client.call("POST", path, json: ["ref": "main"]).status == 404)
    }
  }

  /// What the field is answered by each of GitHub's versions, and how many runs there are then.
  @Test(arguments: [
    (ActionsOptions.DispatchAnswer.withRunDetails, 200, 1), (.silent, 204, 1), (.refusing, 400, 0),
  ]) func `Whether a dispatch names its run depends on the version`(
    _ version: ActionsOptions.DispatchAnswer, _ status: Int, _ runs: Int
  ) async throws {
    try await ActionsClient.with {
      $0.dispatchAnswer = version
    } _: { actions in
      let answer = try await actions.call(
        "POST", "/workflows/plain.yaml/dispatches", json: ["ref": "main", "return_run_details": true])
      #expect(answer.status == status)
      let made = try actions.client.repository.workflowRuns
      #expect(made.count == runs)
      if status == 200 {
        #expect(answer.json["workflow_run_id"]?.integer == made.first?.id)
        let run = try await actions.call("GET", try #require(answer.json["run_url"]?.string))
        #expect(run.json["html_url"] == answer.json["html_url"])
      }
    }
  }

  @Test func `A run knows what it was dispatched with`() async throws {
    try await ActionsClient.with { actions in
      let inputs: JSONValue = ["ticket": "T-1", "title": "Deploy", "dry": false]
      #expect(try await actions.dispatch("ci.yml", inputs: inputs).status == 204)
      let run = try #require(try actions.client.repository.workflowRuns.first)
      #expect(
        try run.state.inputs == ["ticket": "T-1", "title": "Deploy", "dry": "false", "target": "staging"])
      let shown = try await actions.call("GET", "/runs/\(run.id)").json
      #expect(shown["display_title"]?.string == "Deploy by mise-ci[bot] #1")
      #expect(shown["event"]?.string == "workflow_dispatch")
      #expect(shown["head_branch"]?.string == "main")
      #expect(shown["head_sha"]?.string == actions.sha)
      #expect(shown["status"]?.string == "queued")
      #expect(shown["conclusion"]?.isNull == true)
      #expect(shown["run_number"]?.integer == 1)
      #expect(shown["run_attempt"]?.integer == 1)
      #expect(shown["actor"]?["login"]?.string == "mise-ci[bot]")
      #expect(try await actions.run().state.displayTitle == "CI by mise-ci[bot] #2")
    }
  }

  /// A pushed ref, and the workflows that run for it.
  @Test(arguments: [
    ("main", ["CI", "Push only"]), ("release/1/2", ["CI", "Push only"]), ("release/old", ["Push only"]),
    ("other", ["Push only"]), ("TAG v1", ["CI", "Push only"]), ("TAG x1", ["Push only"]),
  ]) func `A push runs what wants its branch or tag`(_ ref: String, _ names: [String]) async throws {
    try await ActionsClient.with {
      $0.runsOnPush = true
    } _: { actions in
      let repository = actions.client.repository
      if ref.hasPrefix("TAG ") {
        try await repository.pushTag(String(ref.dropFirst(4)), at: actions.sha)
      } else {
        try await repository.push(files: ["a": "1"], message: "Change a\n\nat length", branch: ref)
      }
      let runs = try repository.workflowRuns.map { try $0.state }.filter { $0.conclusion == nil }
      #expect(runs.map(\.name).sorted() == names)
      #expect(runs.allSatisfy { $0.event == "push" })
      if ref == "other" { #expect(runs.first?.displayTitle == "Change a") }
      // The broken file's run fails before it begins.
      let broken = try repository.workflowRuns.map { try $0.state }.filter { $0.conclusion != nil }
      #expect(broken.map(\.conclusion) == [.startupFailure])
    }
  }

  @Test func `A push makes no runs unless the fake is told so`() async throws {
    try await ActionsClient.with { actions in
      try await actions.client.repository.push(files: ["a": "1"])
      #expect(try actions.client.repository.workflowRuns.isEmpty)
    }
  }
}
