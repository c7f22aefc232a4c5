import Configuration
import Crypto
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// The path of a push, from the webhook to the final status.
@Suite(.fewAtOnce) struct PushTests {
  @Test func `A push becomes a run, and its commit's status goes from pending to success`() async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "echo built")
      let final = try await stage.end(of: pushed)
      #expect(final.state == .success)
      #expect(final.targetURL == "\(site.origin)/runs/\(pushed.run)")
      let statuses = try stage.statuses(of: pushed)
      #expect(statuses.first?.state == .pending)
      #expect(statuses.last == final, "nothing comes after the final status")
      #expect(statuses.allSatisfy { $0.context == "mise-ci" })
    }
  }

  @Test func `The log has every byte that the task printed, and any part of it can be read`() async throws {
    let printed = Array("begin\n".utf8) + RandomBytes.generate(700_000) + Array("\nend".utf8)
    try await withMatriz { stage, site in
      // To standard error like mise's own words: between two pipes there is no order.
      let pushed = try await stage.push(task: "cat data.bin >&2", ["data.bin": FakeFile(printed)])
      #expect(try await stage.end(of: pushed).state == .success)
      let log = try await site.log(of: pushed.run)
      #expect(log.headers["X-Log-Complete"] == "true")
      #expect(log.headers["X-Log-Size"] == "\(log.bytes.count)")
      #expect(log.headers["Content-Type"]?.hasPrefix("text/plain") == true)
      let range = try #require(log.bytes.firstRange(of: printed))
      let part = try await site.log(of: pushed.run, "?offset=\(range.lowerBound + 1)&limit=1000")
      #expect(part.bytes == Array(printed[1...1_000]))
      let rest = try await site.log(of: pushed.run, "?offset=\(log.bytes.count)")
      #expect(rest.bytes.isEmpty)
      let file = "\(stage.folder)/data/logs/\(pushed.run)/\(try await site.job(of: pushed.run))/1.log"
      #expect(try await ByteStream.file(file).collect(upTo: 2 << 20) == log.bytes)
    }
  }

  @Test func `Artifacts are what the task built, byte for byte, with their digests`() async throws {
    let image = RandomBytes.generate(1_500_000)
    try await withMatriz {
      $0.pipeline.artifacts = [
        .init(path: "dist/image.bin", type: "build"), .init(path: "empty", name: "nothing.txt"),
      ]
    } _: { stage, site in
      let pushed = try await stage.push(
        task: "mkdir dist; cp image.bin dist; : > empty", ["image.bin": FakeFile(image)])
      #expect(try await stage.end(of: pushed).state == .success)
      let artifacts = try await site.artifacts(of: pushed.run)
      #expect(Set(artifacts.keys) == ["image.bin", "nothing.txt"])
      for (name, bytes) in [("image.bin", image), ("nothing.txt", [])] {
        let artifact = try #require(artifacts[name])
        #expect(artifact["size"]?.integer == Int64(bytes.count))
        #expect(artifact["checksum"]?.string == SHA256.hexadecimal(of: bytes))
        let download = try await site.download(artifact)
        #expect(download.bytes == bytes)
        #expect(download.headers["ETag"] == "\"\(SHA256.hexadecimal(of: bytes))\"")
      }
      #expect(artifacts["image.bin"]?["type"] == "build")
    }
  }

  @Test func `The API tells of a run all that is promised`() async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "true")
      _ = try await stage.end(of: pushed)
      let run = try await site.run(pushed.run)
      let expected: JSONValue = [
        "id": .string(pushed.run), "number": 1, "repository": "acme/widgets", "event": "push",
        "ref": "refs/heads/main", "sha": .string(pushed.sha), "title": "Change it", "state": "succeeded",
        "attempt": 1,
      ]
      for (key, value) in expected.object ?? [:] { #expect(run[key] == value, "\(key)") }
      for key in ["createdAt", "startedAt", "finishedAt"] {
        #expect(run[key]?.string.flatMap(Timestamp.init(rfc3339:)) != nil, "\(key)")
      }
      let job = try #require(run["jobs"]?[0])
      #expect(job["state"] == "succeeded")
      #expect(job["attempt"] == 1)
      let steps = job["steps"]?.array ?? []
      #expect(steps.map { $0["name"] } == ["clone", "mise trust", "mise install", "mise run ci"])
      #expect(steps.allSatisfy { $0["state"] == "succeeded" && $0["exitCode"] == 0 })
    }
  }

  @Test func `Runs are listed newest first, in pages, and counted for their repository`() async throws {
    try await withMatriz { stage, site in
      var pushed: [PushedRun] = []
      for _ in 1...3 { pushed.append(try await stage.push(task: "true # \(pushed.count)")) }
      for push in pushed { _ = try await stage.end(of: push) }
      let first = try await site.get("/api/v1/runs?limit=2").json
      #expect(first["items"]?.array?.map { $0["id"]?.string } == [pushed[2].run, pushed[1].run])
      let cursor = try #require(first["next"]?.string)
      let second = try await site.get("/api/v1/runs?limit=2&cursor=\(cursor)").json
      #expect(second["items"]?.array?.map { $0["number"]?.integer } == [1])
      #expect(second["next"] == .null)
    }
  }

  @Test func `The page that the status links to shows state, steps, artifacts and the log`() async throws {
    try await withMatriz {
      $0.pipeline.artifacts = [.init(path: "report.txt")]
    } _: { stage, site in
      let pushed = try await stage.push(
        task: #"printf '\033[32mgreen\033[0m <script>\n'; echo fine > report.txt"#)
      let final = try await stage.end(of: pushed)
      let path = try #require(final.targetURL?.dropFirst(site.origin.count))
      let page = try await site.get(String(path))
      #expect(page.status == 200)
      #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
      for text in ["succeeded", "acme/widgets #1", "mise run ci", "report.txt", pushed.sha] {
        #expect(page.text.contains(text), "\(text)")
      }
      #expect(page.text.contains("<span class=\"c2\">green</span> &lt;script&gt;"))
    }
  }

  @Test func `The task finds what CI is about in its environment, and nothing of the worker's own`()
    async throws
  {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "env")
      #expect(try await stage.end(of: pushed).state == .success)
      let log = try await site.log(of: pushed.run).text
      let job = try await site.job(of: pushed.run)
      for line in [
        "CI=true", "MISE_YES=1", "MISE_CI_RUN_ID=\(pushed.run)", "MISE_CI_JOB_ID=\(job)",
        "MISE_CI_REPOSITORY=acme/widgets", "MISE_CI_REF=refs/heads/main", "MISE_CI_SHA=\(pushed.sha)",
        "MISE_CI_EVENT=push",
      ] {
        #expect(log.split(separator: "\n").contains { $0 == line }, "\(line)")
      }
      for text in ["MISE_CI_TOKEN", "MISE_CI_CALLBACK", site.origin] + (try stage.dispatchedTokens()) {
        #expect(!log.contains(text), "\(text)")
      }
    }
  }

  @Test func `Each commit is built as it was pushed, whatever came after it`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      try await stage.withMatriz { site in
        let first = try await stage.push(task: "\(gate.script); cat note >&2", ["note": "first"])
        try await gate.waitUntilReached()
        let second = try await stage.push(task: "cat note >&2", ["note": "second"])
        #expect(try await stage.end(of: second).state == .success)
        try await gate.pass()
        #expect(try await stage.end(of: first).state == .success)
        #expect(try await site.log(of: first.run).text.hasSuffix("first"))
        #expect(try await site.log(of: second.run).text.hasSuffix("second"))
      }
    }
  }

  @Test func `While a job runs its log can be read, and the log says that it is not complete`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      try await stage.withMatriz { site in
        let pushed = try await stage.push(task: "echo early; \(gate.script)")
        try await gate.waitUntilReached()
        #expect(try await site.run(pushed.run)["state"] == "running")
        #expect(try stage.statuses(of: pushed).allSatisfy { $0.state == .pending })
        let log = try await site.log(of: pushed.run)
        #expect(log.headers["X-Log-Complete"] == "false")
        try await gate.pass()
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.log(of: pushed.run).text.contains("early\n"))
      }
    }
  }
}
