import Crypto
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct ReleaseAssetTests {
  /// The release's upload address, without the template.
  private func uploadURL(_ client: GitHubClient, token: String) async throws -> String {
    try await client.repository.publishRelease(tag: "v1")
    let release = try await client.call("GET", "/repos/octo/app/releases/tags/v1", token: token)
    let template = release.json["upload_url"]?.string ?? ""
    return String(template.prefix { $0 != "{" })
  }

  @Test func `A release that is not there is not found`() async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call(
        "GET", "/repos/octo/app/releases/tags/v1", token: try await client.token())
      #expect(answer.status == 404)
      #expect(answer.message == "Not Found")
    }
  }

  @Test func `A draft is not found by its tag`() async throws {
    try await GitHubClient.with { client in
      try await client.repository.publishRelease(tag: "v1", isDraft: true)
      let token = try await client.token()
      #expect(try await client.call("GET", "/repos/octo/app/releases/tags/v1", token: token).status == 404)
      let list = try await client.call("GET", "/repos/octo/app/releases", token: token)
      #expect(list.json.array?.count == 1)
    }
  }

  @Test func `An upload is kept byte for byte, with its digest`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let url = try await uploadURL(client, token: token)
      let bytes = RandomBytes.generate(700_000)
      let answer = try await client.call(
        "POST", url + "?name=app.tar.gz&label=The%20app", token: token, body: .bytes(bytes),
        headers: ["Content-Type": "application/gzip"])
      #expect(answer.status == 201)
      #expect(answer.json["state"]?.string == "uploaded")
      #expect(answer.json["digest"]?.string == "sha256:\(SHA256.hexadecimal(of: bytes))")
      #expect(try await client.repository.assetContents("app.tar.gz", ofTag: "v1") == bytes)
      let asset = try await client.github.waitForAsset(repo: "octo/app", tag: "v1", name: "app.tar.gz")
      let download = try await client.call(
        "GET", "/repos/octo/app/releases/assets/\(asset.id)", token: token,
        headers: ["Accept": "application/octet-stream"])
      #expect(download.bytes == bytes)
    }
  }

  @Test func `A name that exists is a conflict`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let url = try await uploadURL(client, token: token) + "?name=a.txt"
      _ = try await client.call("POST", url, token: token, body: .text("one"))
      let answer = try await client.call("POST", url, token: token, body: .text("two"))
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?[0]?["code"]?.string == "already_exists")
      #expect(try await client.repository.assetContents("a.txt", ofTag: "v1") == Array("one".utf8))
    }
  }

  @Test(arguments: [
    ("plain-1.0_x.tar.gz", "plain-1.0_x.tar.gz"), ("my%20file.txt", "my.file.txt"),
    ("a%20(1).zip", "a.1.zip"), (".hidden", "default.hidden"), ("gr%C3%BC%C3%9Fe.txt", "gr.e.txt"),
    ("a%2Fb", "a.b"), ("v1~rc1-(2)-x.deb", "v1.rc1-.2.-x.deb"),
  ]) func `GitHub renames odd names`(_ given: String, _ expected: String) async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let url = try await uploadURL(client, token: token) + "?name=\(given)"
      let answer = try await client.call("POST", url, token: token, body: .text("x"))
      #expect(answer.json["name"]?.string == expected)
    }
  }

  @Test func `An upload without its length is refused`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let url = try await uploadURL(client, token: token) + "?name=a"
      let rest = Watched([Array("bytes".utf8)])
      let body = ByteStream { rest.withLock { $0.popLast() } }
      let answer = try await client.call("POST", url, token: token, body: .stream(body))
      #expect(answer.status == 400)
    }
  }

  @Test func `A token that may only read uploads nothing`() async throws {
    try await GitHubClient.with { client in
      let url = try await uploadURL(client, token: try await client.token()) + "?name=a"
      let reader = try await client.token(["permissions": ["contents": "read"]])
      let answer = try await client.call("POST", url, token: reader, body: .text("x"))
      #expect(answer.status == 403)
    }
  }

  @Test func `An upload that breaks off leaves a starter, which can be deleted`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let url = try await uploadURL(client, token: token) + "?name=a.bin"
      client.github.plan(.abandonUpload(afterBytes: 10), pathPrefix: "/uploads/")
      await #expect(throws: (any Error).self) {
        try await client.call(
          "POST", url, token: token, body: .bytes(RandomBytes.generate(100_000)), onNewConnection: true)
      }
      let asset = try #require(try client.repository.releases.first?.assets.first)
      #expect(asset.state == "starter")
      let again = try await client.call("POST", url, token: token, body: .text("x"))
      #expect(again.status == 422)
      let path = "/repos/octo/app/releases/assets/\(asset.id)"
      #expect(try await client.call("DELETE", path, token: token).status == 204)
      #expect(try await client.call("POST", url, token: token, body: .text("x")).status == 201)
    }
  }

  @Test func `A release made over the API makes its tag and tells the webhook`() async throws {
    try await WebhookReceiver.with { receiver in
      try await GitHubClient.with(webhookURL: receiver.url) { client in
        let answer = try await client.call(
          "POST", "/repos/octo/app/releases", token: try await client.token(),
          json: ["tag_name": "v2", "target_commitish": "main"])
        #expect(answer.status == 201)
        #expect(try await client.repository.sha(of: "v2") == client.sha)
        let delivery = try await client.github.waitForDelivery { $0.action == "published" }
        #expect(delivery.event == "release")
        let again = try await client.call(
          "POST", "/repos/octo/app/releases", token: try await client.token(), json: ["tag_name": "v2"])
        #expect(again.json["errors"]?[0]?["code"]?.string == "already_exists")
      }
    }
  }
}
