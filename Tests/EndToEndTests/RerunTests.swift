import Configuration
import FakeGitHub
import HTTP
import TestSupport
import Testing

/// Runs that are done again.
@Suite(.fewAtOnce) struct RerunTests {
  private func rerun(_ site: Site, _ run: String, _ body: String = "") async throws -> Site.Answer {
    try await site.send("POST", "/api/v1/runs/\(run)/rerun", body: .bytes(Array(body.utf8)))
  }

  @Test func `A run is done again by its plan, as an attempt of its own with a log of its own`() async throws
  {
    try await withMatriz {
      $0.pipeline.artifacts = [.init(path: "out.txt")]
    } _: { stage, site in
      // The second time finds what the first has left.
      let mark = "\(stage.folder)/mark"
      let script = "if [ -e '\(mark)' ]; then echo second > out.txt; else touch '\(mark)'; exit 3; fi"
      let pushed = try await stage.push(task: "echo attempt >&2; \(script)")
      #expect(try await stage.end(of: pushed).state == .failure)

      let answer = try await rerun(site, pushed.run, #"{"by":"ann","failed":true}"#)
      #expect(answer.status == 202, "\(answer.text)")
      #expect(try answer.json["attempt"] == 2)
      let last = try await stage.github.waitForStatus(
        repo: stage.repository.fullName, sha: pushed.sha, timeoutSeconds: Stage.patienceSeconds
      ) { $0.state == .success }
      #expect(last.targetURL?.hasSuffix("/runs/\(pushed.run)") == true)
      #expect(try stage.statuses(of: pushed).last?.state == .success)

      let run = try await site.run(pushed.run)
      #expect(run["state"] == "succeeded")
      #expect(run["rerunBy"] == "ann")
      #expect(run["earlierAttempts"]?[0]?["reason"] == "mise run ci: exit code 3")
      #expect(run["jobs"]?[0]?["attempt"] == 2)
      #expect(run["jobs"]?[0]?["earlierAttempts"]?[0]?["state"] == "failed")
      for attempt in 1...2 {
        let log = try await site.log(of: pushed.run, "?attempt=\(attempt)")
        #expect(log.text.contains("attempt\n"))
        #expect(log.headers["X-Log-Complete"] == "true")
      }
      let artifact = try #require(try await site.artifacts(of: pushed.run)["out.txt"])
      #expect(try await site.download(artifact).text == "second\n")
      let page = try await site.get("/runs/\(pushed.run)").text
      #expect(page.contains("Attempt 1 failed"))
    }
  }

  @Test func `What is not over, or did not fail, is not done again`() async throws {
    try await withMatriz { stage, site in
      let gate = try Gate(in: stage.folder)
      let pushed = try await stage.push(task: gate.script)
      try await gate.waitUntilReached()
      let early = try await rerun(site, pushed.run)
      #expect(early.status == 409)
      #expect(early.text.contains("the run is not over: it is running"))
      try await gate.pass()
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await rerun(site, pushed.run, #"{"failed":true}"#).status == 409)
      #expect(try await rerun(site, pushed.run, #"{"failed":"yes"}"#).status == 400)
      #expect(try await rerun(site, pushed.run, "[1]").status == 400)
      #expect(try await rerun(site, "0199f3a1-7b00-7000-8000-000000000001").status == 404)
      #expect(try await site.send("POST", "/api/v1/runs/\(pushed.run)/cancel").status == 409)
      #expect(try await site.run(pushed.run)["attempt"] == 1)
    }
  }
}
