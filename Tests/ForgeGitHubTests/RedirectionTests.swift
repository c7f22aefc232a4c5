import Crypto
import FakeGitHub
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// What was renamed answers at its old name, for as long as nothing else takes that name.
@Suite(.fewAtOnce)
struct RedirectionTests {
  static let statuses = [301, 302, 307, 308]

  /// The fake has `acme/widgets`; whoever asks for `acme/screws` is sent on to it.
  static func rename(_ harness: ForgeHarness, _ status: Int, base: String? = nil, to name: String = "widgets")
  {
    let base = base ?? harness.github.apiURL
    for (method, path) in [
      ("GET", "installation"), ("POST", "statuses/\(harness.sha)"), ("GET", "commits/\(harness.sha)"),
      ("POST", "check-runs"), ("GET", "commits/\(harness.sha)/check-runs"), ("GET", ""),
    ] {
      let end = path.isEmpty ? "" : "/\(path)"
      harness.github.plan(
        .respond(status: status, headers: ["Location": "\(base)/repos/acme/\(name)\(end)"]), method: method,
        path: "/repos/acme/screws\(end)", times: 20)
    }
  }

  @Test(
    "reads and writes go to where the repository is now, bodies as they are", arguments: statuses,
    [true, false])
  func renamed(status: Int, isAbsolute: Bool) async throws {
    try await withForge { harness in
      Self.rename(harness, status, base: isAbsolute ? nil : "/api/v3")
      try await harness.forge.updateStatus(
        repository: "acme/screws", sha: harness.sha, status: StatusTests.status)
      #expect(try harness.repository.statuses(of: harness.sha).map(\.context) == ["mise-ci"])
      let message = try await harness.forge.commitMessage(repository: "acme/screws", sha: harness.sha)
      #expect(try await harness.forge.commitMessage(repository: "acme/widgets", sha: harness.sha) == message)
      try await harness.forge.updateCheck(
        repository: "acme/screws", sha: harness.sha, check: CheckTests.check(.queued))
      #expect(try harness.repository.checkRuns(of: harness.sha).map(\.externalID) == ["run/1"])
    }
  }

  @Test("clone credentials for the old name read the repository that has another one now")
  func clone() async throws {
    try await withForge { harness in
      Self.rename(harness, 301)
      let credentials = try await harness.forge.cloneCredentials(repository: "acme/screws")
      #expect(try await Self.canRead("acme/widgets", credentials, harness))
    }
  }

  /// Whether the repository is given to somebody else, or only gets another name, and whether it is cloned first.
  @Test(
    "under its former name a repository is reported on and cloned as under its present one",
    arguments: [false, true], [false, true])
  func moved(isTransfer: Bool, isClonedFirst: Bool) async throws {
    try await withForge { harness in
      let forge = harness.forge
      // The app is installed there, too.
      try await harness.github.addRepository("globex/things")
      let report = { (state: Check.State) in
        try await CheckTests.update(harness, CheckTests.check(state))
        try await forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: StatusTests.status)
      }
      try await report(.queued)
      try await harness.repository.publishRelease(tag: "v1.0")
      let now =
        isTransfer
        ? try await harness.repository.transfer(to: "globex") : try await harness.repository.rename("gadgets")
      let clone = {
        let credentials = try await forge.cloneCredentials(repository: "acme/widgets")
        #expect(try await Self.canRead(now.fullName, credentials, harness))
      }
      if isClonedFirst { try await clone() }
      try await report(.completed(.success))
      if !isClonedFirst { try await clone() }
      #expect(try now.statuses(of: harness.sha).count == 2)
      #expect(try now.checkRuns(of: harness.sha).map(\.history) == [["queued", "success"]])
      try await forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: "a", content: .bytes([1, 2, 3]))
      #expect(try await now.assetContents("a", ofTag: "v1.0") == [1, 2, 3])
    }
  }

  private static func canRead(
    _ repository: String, _ credentials: CloneCredentials, _ harness: ForgeHarness
  ) async throws -> Bool {
    let client = HTTPClient()
    let basic = Base64.encode(Array("\(credentials.username):\(credentials.password)".utf8))
    let url = "\(harness.github.webURL)/\(repository).git/info/refs?service=git-upload-pack"
    let status = try await client.send(HTTPRequest("GET", url, headers: ["Authorization": "Basic \(basic)"]))
      .status
    await client.shutdown()
    return status == 200
  }

  @Test("credentials go to no other place", arguments: statuses)
  func elsewhere(status: Int) async throws {
    let seen = Watched<[String]>([])
    let server = try await HTTPServer.start(HTTPServerConfiguration(address: "127.0.0.1:0")) { request in
      seen.withLock { $0.append(request.target) }
      return .json([:] as JSONValue)
    }
    try await withForge { harness in
      let web = harness.github.webURL
      for base in [
        "http://127.0.0.1:\(server.port)/api/v3", "//127.0.0.1:\(server.port)/api/v3",
        "\(web)@127.0.0.1:\(server.port)/api/v3", "https://127.0.0.1:\(harness.github.port)/api/v3",
        "\(web)/login", "\(web)/api/v3/../login", "\(web)/api/v30", "elsewhere", "", "file:///etc",
      ] {
        Self.rename(harness, status, base: base)
        let error = await #expect(throws: ForgeError.self) {
          try await harness.forge.updateStatus(
            repository: "acme/screws", sha: harness.sha, status: StatusTests.status)
        }
        #expect(error?.code == .refused, "\(base)")
        harness.github.clearFaults()
      }
      #expect(seen.withLock { $0 } == [])
      #expect(harness.github.requests.allSatisfy { $0.path.hasSuffix("/acme/screws/installation") })
    }
    await server.shutdown(graceSeconds: 0)
  }

  @Test("what leads in circles ends")
  func circle() async throws {
    try await withForge { harness in
      Self.rename(harness, 301, to: "screws")
      let code = await refusal {
        try await harness.forge.updateStatus(
          repository: "acme/screws", sha: harness.sha, status: StatusTests.status)
      }
      #expect(code == .refused)
      #expect(harness.github.requests.count == 3)
    }
  }

  @Test("an upload is not sent twice")
  func upload() async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      harness.github.plan(
        .respond(status: 307, headers: ["Location": "\(harness.github.apiURL)/x"]), method: "POST",
        pathPrefix: "/uploads/")
      let code = await refusal {
        try await harness.forge.uploadReleaseAsset(
          repository: "acme/widgets", tag: "v1.0", name: "a", content: .bytes([1, 2, 3]))
      }
      #expect(code == .refused)
      #expect(harness.github.requests.last?.path.contains("/uploads/") == true)
    }
  }
}
