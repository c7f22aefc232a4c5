import Archive
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct ActionsDownloadTests {
  /// The archive's texts by name.
  private func unzip(_ bytes: [UInt8]) async throws -> [String: String] {
    let reader = ZipReader(.bytes(bytes))
    var texts: [String: String] = [:]
    while let entry = try await reader.next() {
      texts[entry.name] = String(decoding: try await reader.contents().collect(upTo: 1 << 20), as: UTF8.self)
    }
    return texts
  }

  private func finished(_ actions: ActionsClient) async throws -> FakeWorkflowRun {
    let run = try await actions.run()
    try run.finishStep(of: "build", log: ["one", "two"])
    try run.finishStep(.failure, of: "build", log: ["##[error]three"])
    try run.completeJob("build", .failure)
    try run.completeJob("lint")
    return run
  }

  @Test func `A run's logs are an archive laid out as GitHub's`() async throws {
    try await ActionsClient.with { actions in
      let run = try await finished(actions)
      let archive = try await actions.follow("/runs/\(run.id)/logs")
      #expect(archive.status == 200)
      #expect(archive.headers["Content-Type"] == "application/zip")
      let texts = try await unzip(archive.bytes)
      #expect(
        texts.keys.sorted() == [
          "0_Build  all.txt", "1_lint.txt", "Build  all/1_Set up job.txt",
          "Build  all/2_Run actionscheckout@v4.txt", "Build  all/system.txt", "lint/system.txt",
        ])
      let build = try #require(texts["0_Build  all.txt"])
      #expect(
        build.split(separator: "\n").map { $0.split(separator: " ").last } == [
          "one", "two", "##[error]three",
        ])
      #expect(build.contains(#/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z two$/#.anchorsMatchLineEndings()))
      let job = try run.state.jobs[0]
      let text = try await actions.follow("/jobs/\(job.id)/logs")
      #expect(String(decoding: text.bytes, as: UTF8.self) == build)
      #expect(text.headers["Content-Type"]?.hasPrefix("text/plain") == true)
    }
  }

  @Test func `Logs of what still runs are not found, deleted ones are gone`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      let job = try run.state.jobs[0]
      #expect(try await actions.call("GET", "/runs/\(run.id)/logs").status == 404)
      #expect(try await actions.call("GET", "/jobs/\(job.id)/logs").status == 404)
      #expect(try await actions.call("DELETE", "/runs/\(run.id)/logs").status == 403)
      try run.complete()
      #expect(try await actions.call("DELETE", "/runs/\(run.id)/logs").status == 204)
      #expect(try await actions.call("GET", "/runs/\(run.id)/logs").status == 410)
      #expect(try await actions.call("GET", "/jobs/\(job.id)/logs").status == 410)
    }
  }

  @Test func `An artifact is an archive of its files`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      let artifact = try await run.addArtifact(
        "dist", files: ["bin/tool": .executable("#!"), "a.txt": "text"])
      let list = try await actions.call("GET", "/runs/\(run.id)/artifacts").json
      #expect(list["total_count"]?.integer == 1)
      let shown = try #require(list["artifacts"]?[0])
      #expect(shown["name"]?.string == "dist")
      #expect(shown["digest"]?.string == "sha256:\(artifact.sha256)")
      #expect(shown["workflow_run"]?["id"]?.integer == run.id)
      let url = try #require(shown["archive_download_url"]?.string)
      let archive = try await actions.follow(url)
      #expect(Int64(archive.bytes.count) == shown["size_in_bytes"]?.integer)
      #expect(try await unzip(archive.bytes) == ["bin/tool": "#!", "a.txt": "text"])
      #expect(try await actions.call("GET", "/artifacts?name=other").json["total_count"]?.integer == 0)
      try actions.client.repository.expireArtifact(artifact.id)
      #expect(try await actions.call("GET", "/artifacts/\(artifact.id)").json["expired"]?.bool == true)
      let late = try await actions.call("GET", url)
      #expect(late.status == 410)
      #expect(late.message == "Artifact has expired")
      #expect(try await actions.call("DELETE", "/artifacts/\(artifact.id)").status == 204)
      #expect(try await actions.call("GET", "/artifacts/\(artifact.id)").status == 404)
    }
  }

  @Test func `A link is good for a while, for one thing, for whoever has it`() async throws {
    try await ActionsClient.with { actions in
      let run = try await finished(actions)
      let link = try #require(try await actions.call("GET", "/runs/\(run.id)/logs").headers["Location"])
      #expect(try await actions.client.call("GET", link).status == 200)
      let other = try await actions.client.call("GET", link.replacing("/logs/\(run.id)", with: "/logs/1"))
      #expect(other.status == 403)
      let longer = try await actions.client.call("GET", link.replacing("?se=", with: "?se=1"))
      #expect(longer.status == 403)
      #expect(String(decoding: longer.bytes, as: UTF8.self).contains("AuthenticationFailed"))
    }
    try await ActionsClient.with {
      $0.linkSeconds = 0
    } _: { actions in
      let run = try await finished(actions)
      #expect(try await actions.follow("/runs/\(run.id)/logs").status == 403)
    }
  }

  @Test func `A link to another host wants no credentials of this one`() async throws {
    try await ActionsClient.with {
      $0.linkHost = "localhost"
    } _: { actions in
      let run = try await finished(actions)
      let link = try #require(try await actions.call("GET", "/runs/\(run.id)/logs").headers["Location"])
      #expect(link.hasPrefix("http://localhost:"))
      #expect(try await actions.client.call("GET", link, token: actions.token).status == 400)
      #expect(try await actions.client.call("GET", link).status == 200)
    }
  }

  @Test func `Logs and artifacts of a public repository want a name`() async throws {
    try await ActionsClient.with { actions in
      let open = try await actions.client.github.addRepository("octo/open", isPrivate: false)
      try await open.commit(files: [".github/workflows/a.yml": ActionsClient.plain])
      let path = "/repos/octo/open/actions"
      _ = try await actions.client.call(
        "POST", "\(path)/workflows/a.yml/dispatches", token: try actions.client.github.makeToken(for: open),
        json: ["ref": "main"])
      let run = try #require(try open.workflowRuns.first)
      try run.complete()
      #expect(try await actions.client.call("GET", "\(path)/runs/\(run.id)").status == 200)
      #expect(try await actions.client.call("GET", "\(path)/runs/\(run.id)/logs").status == 401)
    }
  }
}
