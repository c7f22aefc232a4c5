import Crypto
import FakeGitHub
import FakeNomad
import HTTP
import TestSupport
import Testing

/// What the webhook's route answers to what may come.
@Suite(.fewAtOnce) struct WebhookTests {
  @Test func `A ping is answered, and is no run`() async throws {
    try await withMatriz { stage, site in
      let delivery = try #require(await stage.github.ping())
      #expect(delivery.status == 200)
      #expect(try JSONValue(parsing: delivery.responseBody)["ignored"] != nil)
      #expect(try await site.runs().isEmpty)
    }
  }

  @Test func `A branch that is deleted makes no run, neither do create and delete`() async throws {
    try await withMatriz { stage, site in
      try await stage.repository.commit(files: Stage.files(task: "true"))
      try await stage.repository.commit(files: ["x": "x"], branch: "topic")
      let push = try await stage.repository.pushDeletion(of: "heads/topic")
      #expect(push.delivery?.status == 200)
      let deleted = try await stage.github.waitForDelivery { $0.event == "delete" }
      #expect(deleted.status == 200)
      #expect(try await site.runs().isEmpty)
      let pushed = try await stage.pushTag("v1", at: try #require(try await stage.repository.sha(of: "main")))
      #expect(try await stage.github.waitForDelivery { $0.event == "create" }.status == 200)
      #expect(try await site.runs().count == 1)
      _ = try await stage.end(of: pushed)
    }
  }

  @Test func `An event that is not known is ignored`() async throws {
    try await withMatriz { _, site in
      let answer = try await site.deliver(Array(#"{"action":"starred"}"#.utf8), event: "watch")
      #expect(answer.status == 200)
      #expect(try answer.json["ignored"]?.string != nil)
    }
  }

  @Test func `A delivery that comes twice is one run`() async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "true")
      let first = try #require(stage.github.deliveries.first { $0.event == "push" })
      let again = try await stage.github.redeliver(first.id)
      #expect(again.status == 200)
      #expect(again.guid == first.guid)
      _ = try await stage.end(of: pushed)
      #expect(try await site.runs().count == 1)
      #expect(stage.nomad.requests.count { $0.path.hasSuffix("/dispatch") } == 1)
    }
  }

  @Test func `A delivery that comes many times at once is one run`() async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "true")
      let payload = try #require(stage.github.deliveries.first { $0.event == "push" }).payload
      let answers = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 1...8 {
          group.addTask { try await site.deliver(payload, id: "one-and-the-same").status }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count { $0 == 202 } == 1)
      #expect(answers.count { $0 == 200 } == 7)
      #expect(try await site.runs().count == 2)
      _ = try await stage.anyEnd(at: pushed.sha)
    }
  }

  /// Which secret signs; `nil` sends no signature.
  @Test(arguments: [nil, "another secret", ""])
  func `A wrong or missing signature is refused before anything is read`(_ secret: String?) async throws {
    try await withMatriz { _, site in
      for body in ["{}", "this is no JSON"] {
        let answer = try await site.deliver(Array(body.utf8), secret: secret)
        #expect(answer.status == 401)
        #expect(answer.headers["Content-Type"] == "application/problem+json")
      }
      #expect(try await site.get("/api/v1/deliveries").json["items"]?.array?.isEmpty == true)
    }
  }

  /// Signed bodies that are not what the event should be.
  @Test(arguments: ["", "{", "[]", "null", "{\"ref\":1}", "\u{0}\u{1}"])
  func `A signed body that cannot be read is a bad request`(_ body: String) async throws {
    try await withMatriz { _, site in
      let answer = try await site.deliver(Array(body.utf8))
      #expect(answer.status == 400)
    }
  }

  @Test func `A form with the payload in it is read like JSON`() async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "true")
      let payload = try #require(stage.github.deliveries.first { $0.event == "push" }).payload
      let form = "payload=" + payload.map { "%" + Hexadecimal.encode([$0]) }.joined()
      let answer = try await site.deliver(
        Array(form.utf8), contentType: "application/x-www-form-urlencoded")
      #expect(answer.status == 202, "\(answer.text)")
      _ = try await stage.anyEnd(at: pushed.sha)
    }
  }

  @Test func `Another content type is refused`() async throws {
    try await withMatriz { _, site in
      let answer = try await site.deliver(Array("{}".utf8), contentType: "text/plain")
      #expect(answer.status == 415)
    }
  }

  @Test func `A body of more than 25 MB is too large`() async throws {
    try await withMatriz { _, site in
      let body = [UInt8](repeating: 32, count: 25_000_001)
      let answer = try await site.deliver(body)
      #expect(answer.status == 413)
    }
  }
}
