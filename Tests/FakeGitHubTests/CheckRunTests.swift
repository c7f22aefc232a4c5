import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct CheckRunTests {
  /// What a request asks for, beside name and sha, and what comes of it.
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    var body: [String: JSONValue]
    var status = 422
    /// The rule that is broken, or the message that is not about a rule.
    var message: String?

    var testDescription: String { what }
  }

  static let long = JSONValue.string(String(repeating: "x", count: 65_536))
  static let annotation: JSONValue = [
    "path": "a.txt", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m",
  ]
  static func output(_ members: [String: JSONValue]) -> [String: JSONValue] {
    let least: [String: JSONValue] = ["title": "t", "summary": "s"]
    return ["output": .object(least.merging(members, uniquingKeysWith: { $1 }))]
  }
  static func annotated(_ members: [String: JSONValue]) -> [String: JSONValue] {
    let object = (annotation.object ?? [:]).merging(members, uniquingKeysWith: { $1 })
    return output(["annotations": [.object(object)]])
  }
  static func action(_ label: String, _ description: String, _ identifier: String) -> JSONValue {
    ["label": .string(label), "description": .string(description), "identifier": .string(identifier)]
  }

  static let rows: [Row] = [
    Row(what: "nothing more", body: [:], status: 201),
    Row(
      what: "a start", body: ["status": "in_progress", "started_at": "2026-01-02T03:04:05.678Z"], status: 201),
    Row(what: "a conclusion alone", body: ["conclusion": "skipped"], status: 201),
    Row(
      what: "50 annotations", body: output(["annotations": .array(Array(repeating: annotation, count: 50))]),
      status: 201),
    Row(
      what: "three actions", body: ["actions": .array((1...3).map { action("l", "d", "\($0)") })], status: 201
    ),
    Row(what: "no name", body: ["name": nil], message: "For 'properties/name', nil is not a string."),
    Row(
      what: "an unknown status", body: ["status": "done"],
      message: #"done is not a member of ["queued", "in_progress", "completed"]."#),
    Row(
      what: "completed without a conclusion", body: ["status": "completed"],
      message: "Validation Failed"),
    Row(
      what: "a conclusion of what goes on", body: ["status": "queued", "conclusion": "success"],
      message: #"queued is not a member of ["completed"]."#),
    Row(
      what: "no time", body: ["completed_at": "yesterday"], message: "yesterday is not a valid date-time."),
    Row(
      what: "an output without a summary", body: ["output": ["title": "t"]],
      message: "\"summary\" wasn't supplied."),
    Row(
      what: "too long a summary", body: output(["summary": long]),
      message: "Only 65535 characters are allowed; 65536 were supplied."),
    Row(
      what: "too long a text", body: output(["text": long]),
      message: "Only 65535 characters are allowed; 65536 were supplied."),
    Row(
      what: "51 annotations", body: output(["annotations": .array(Array(repeating: annotation, count: 51))]),
      message: "No more than 50 items are allowed; 51 were supplied."),
    Row(
      what: "an unknown level", body: annotated(["annotation_level": "error"]),
      message: #"error is not a member of ["failure", "notice", "warning"]."#),
    Row(
      what: "an end before the start", body: annotated(["start_line": 2]), message: "Validation Failed"),
    Row(
      what: "columns over lines", body: annotated(["end_line": 2, "start_column": 1]),
      message: "Validation Failed"),
    Row(
      what: "four actions", body: ["actions": .array((1...4).map { action("l", "d", "\($0)") })],
      message: "No more than 3 items are allowed; 4 were supplied."),
    Row(
      what: "too long a label", body: ["actions": [action(String(repeating: "l", count: 21), "d", "i")]],
      message: "Only 20 characters are allowed; 21 were supplied."),
    Row(
      what: "too long a description",
      body: ["actions": [action("l", String(repeating: "d", count: 41), "i")]],
      message: "Only 40 characters are allowed; 41 were supplied."),
    Row(
      what: "too long an identifier",
      body: ["actions": [action("l", "d", String(repeating: "i", count: 21))]],
      message: "Only 20 characters are allowed; 21 were supplied."),
    Row(what: "details nowhere", body: ["details_url": "ftp://x"], message: "Validation Failed"),
    Row(
      what: "an unknown sha", body: ["head_sha": .string(String(repeating: "1", count: 40))],
      message: "No commit found for SHA: \(String(repeating: "1", count: 40))"),
    Row(what: "a branch", body: ["head_sha": "main"], message: "No commit found for SHA: main"),
  ]

  @Test(arguments: rows) func `A check run is taken or refused as on GitHub`(_ row: Row) async throws {
    try await GitHubClient.with { client in
      let least: [String: JSONValue] = ["name": "mise-ci", "head_sha": .string(client.sha)]
      let answer = try await client.call(
        "POST", "/repos/octo/app/check-runs", token: try await client.token(),
        json: .object(least.merging(row.body, uniquingKeysWith: { $1 })))
      #expect(answer.status == row.status)
      if let message = row.message {
        #expect([message, "Invalid request.\n\n\(message)"].contains(answer.message))
      }
      #expect(client.github.checkRuns("octo/app", client.sha).count == (row.status == 201 ? 1 : 0))
    }
  }

  @Test func `Only an App with the permission writes checks`() async throws {
    try await GitHubClient.with(personalAccessToken: "ghp_person") { client in
      let body: JSONValue = ["name": "mise-ci", "head_sha": .string(client.sha)]
      let reader = try await client.token(["permissions": ["checks": "read"]])
      for (token, message) in [
        ("ghp_person", "You must authenticate via a GitHub App."),
        (reader, "Resource not accessible by integration"),
      ] {
        let answer = try await client.call("POST", "/repos/octo/app/check-runs", token: token, json: body)
        #expect(answer.status == 403)
        #expect(answer.message == message)
      }
    }
  }

  @Test func `An update adds annotations and keeps what it does not name`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let made = try await client.call(
        "POST", "/repos/octo/app/check-runs", token: token,
        json: [
          "name": "mise-ci", "head_sha": .string(client.sha), "external_id": "r/1", "status": "in_progress",
          "output": ["title": "t", "summary": "s", "text": "x", "annotations": [Self.annotation]],
        ])
      let url = try #require(made.json["url"]?.string)
      let changed = try await client.call(
        "PATCH", url, token: token,
        json: ["conclusion": "failure", "output": ["summary": "s2", "annotations": [Self.annotation]]])
      #expect(changed.status == 200)
      #expect(changed.json["status"] == "completed")
      #expect(changed.json["external_id"] == "r/1")
      #expect(changed.json["completed_at"]?.string != nil)
      let output = changed.json["output"]
      #expect(output?["annotations_count"] == 2)
      #expect(output?["title"] == "t" && output?["summary"] == "s2" && output?["text"] == "x")
      let annotations = try await client.call(
        "GET", try #require(output?["annotations_url"]?.string), token: token)
      #expect(annotations.json.array?.count == 2)
      #expect(annotations.json[0]?["annotation_level"] == "warning")
      let again = try await client.call("PATCH", url, token: token, json: ["status": "queued"])
      #expect(again.json["status"] == "completed" && again.json["conclusion"] == "failure")
      #expect(
        client.github.checkRuns("octo/app", client.sha).map(\.history) == [["in_progress", "failure"]])
    }
  }

  /// What of `a` (completed), `b` (completed, then again in progress) a query finds.
  static let queries: [(String, [String])] = [
    ("", ["b in_progress", "a completed"]), ("filter=latest&check_name=b", ["b in_progress"]),
    ("filter=all", ["b in_progress", "b completed", "a completed"]),
    ("status=completed", ["a completed"]), ("check_name=c", []),
    ("app_id=4711&check_name=a", ["a completed"]),
    ("app_id=1", []), ("per_page=1&page=2", ["a completed"]),
  ]

  @Test(arguments: queries) func `A commit's check runs are listed by name, status and App`(
    _ query: String, _ expected: [String]
  ) async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      for body: JSONValue in [
        ["name": "a", "conclusion": "success"], ["name": "b", "conclusion": "failure"],
        ["name": "b", "status": "in_progress"],
      ] {
        var members = body.object ?? [:]
        members["head_sha"] = .string(client.sha)
        _ = try await client.call("POST", "/repos/octo/app/check-runs", token: token, json: .object(members))
      }
      let answer = try await client.call(
        "GET", "/repos/octo/app/commits/main/check-runs?\(query)", token: token)
      let runs = answer.json["check_runs"]?.array ?? []
      #expect(runs.map { "\($0["name"]?.string ?? "") \($0["status"]?.string ?? "")" } == expected)
      #expect(
        answer.json["total_count"] == (query.hasPrefix("per_page") ? 2 : .integer(Int64(expected.count))))
    }
  }

  @Test func `Checks and the buttons beside them are delivered`() async throws {
    try await WebhookReceiver.with { receiver in
      try await GitHubClient.with(webhookURL: receiver.url, webhookSecret: "s") { client in
        let sha = try await client.repository.push(files: ["a": "1"]).sha
        let requested = try #require(try await receiver.deliveries("check_suite").first).json
        #expect(requested["action"] == "requested")
        #expect(requested["check_suite"]?["head_branch"] == "main")
        #expect(requested["check_suite"]?["before"]?.string == client.sha)
        let token = try await client.token()
        let made = try await client.call(
          "POST", "/repos/octo/app/check-runs", token: token,
          json: [
            "name": "mise-ci", "head_sha": .string(sha), "external_id": "r/1",
            "actions": [Self.action("Re-run failed", "Only the failed jobs", "rerun_failed")],
          ])
        let id = try #require(made.json["id"]?.integer)
        _ = try await client.call(
          "PATCH", "/repos/octo/app/check-runs/\(id)", token: token, json: ["conclusion": "failure"])
        #expect(
          try await receiver.deliveries("check_suite", count: 2)[1].json["check_suite"]?["conclusion"]
            == "failure")
        try await client.repository.rerun(checkRun: id, by: "bob")
        try await client.repository.press("rerun_failed", ofCheckRun: id)
        try await client.repository.rerunChecks(of: sha)
        let events = try await receiver.deliveries("check_run", count: 4).map(\.json)
        #expect(
          events.map { $0["action"]?.string } == ["created", "completed", "rerequested", "requested_action"])
        #expect(events.allSatisfy { $0["check_run"]?["external_id"] == "r/1" })
        #expect(events[2]["sender"]?["login"] == "bob")
        #expect(events[2]["check_run"]?["check_suite"]?["status"] == "completed")
        #expect(events[3]["requested_action"]?["identifier"] == "rerun_failed")
        #expect(try await receiver.deliveries("check_suite", count: 3)[2].json["action"] == "rerequested")
        await #expect(throws: FakeGitHubError.self) {
          try await client.repository.press("approve", ofCheckRun: id)
        }
      }
    }
  }

  @Test(arguments: ["check-runs", "check-suites"]) func `An App asks for a check again itself`(
    _ kind: String
  ) async throws {
    try await WebhookReceiver.with { receiver in
      try await GitHubClient.with(webhookURL: receiver.url) { client in
        let token = try await client.token()
        let made = try await client.call(
          "POST", "/repos/octo/app/check-runs", token: token,
          json: ["name": "mise-ci", "head_sha": .string(client.sha), "conclusion": "success"])
        let object = kind == "check-runs" ? made.json : made.json["check_suite"]
        let id = try #require(object?["id"]?.integer)
        let answer = try await client.call("POST", "/repos/octo/app/\(kind)/\(id)/rerequest", token: token)
        #expect(answer.status == 201)
        let event = kind == "check-runs" ? "check_run" : "check_suite"
        let count = kind == "check-runs" ? 3 : 2
        #expect(try await receiver.deliveries(event, count: count).last?.json["action"] == "rerequested")
        let suites = try await client.call("GET", "/repos/octo/app/commits/main/check-suites", token: token)
        #expect(suites.json["check_suites"]?[0]?["status"] == "queued")
      }
    }
  }
}
