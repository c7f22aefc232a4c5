import Crypto
import FakeGitHub
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct ReleaseAssetTests {
  static let content = Array("the bytes of an asset".utf8)

  @Test(
    "an asset is uploaded to its release and can be looked up", arguments: ["v1.0", "release/1.0", "v1+b#2"])
  func upload(tag: String) async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: tag)
      let uploaded = try await harness.forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: tag, name: "widget-1.0.tar.gz", content: .bytes(Self.content),
        contentType: "application/gzip")
      let expected = ReleaseAsset(
        name: "widget-1.0.tar.gz", sizeBytes: Int64(Self.content.count),
        sha256: SHA256.hexadecimal(of: Self.content))
      #expect(uploaded == expected)
      #expect(try await harness.repository.assetContents("widget-1.0.tar.gz", ofTag: tag) == Self.content)
      #expect(try harness.repository.releases.last?.assets.last?.contentType == "application/gzip")
      let found = try await harness.forge.releaseAsset(
        repository: "acme/widgets", tag: tag, name: "widget-1.0.tar.gz")
      #expect(found == expected)
    }
  }

  @Test("a large asset is streamed with its length", arguments: [0, 5_000_000])
  func stream(size: Int) async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      let uploaded = try await harness.forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: "large", content: Self.pattern(size))
      #expect(uploaded.sizeBytes == Int64(size))
      #expect(uploaded.sha256 == SHA256.hexadecimal(of: [UInt8](repeating: 7, count: size)))
      let request = try #require(harness.github.requests.last { $0.path.contains("/uploads/") })
      #expect(request.headers.first { $0.key.lowercased() == "content-length" }?.value == String(size))
      #expect(!request.headers.contains { $0.key.lowercased() == "transfer-encoding" })
    }
  }

  /// Bytes that are made as they are asked for.
  static func pattern(_ size: Int) -> ByteStream {
    let rest = Watched(size)
    return ByteStream(length: Int64(size)) {
      rest.withLock { rest in
        let count = min(rest, 64 * 1_024)
        rest -= count
        return count == 0 ? nil : [UInt8](repeating: 7, count: count)
      }
    }
  }

  @Test("a release that does not exist is not made")
  func missingRelease() async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      let upload = await #expect(throws: ForgeError.self) {
        try await harness.forge.uploadReleaseAsset(
          repository: "acme/widgets", tag: "v2.0", name: "a", content: .bytes(Self.content))
      }
      let lookup = await #expect(throws: ForgeError.self) {
        try await harness.forge.releaseAsset(repository: "acme/widgets", tag: "v2.0", name: "a")
      }
      for error in [upload, lookup] {
        #expect(error?.code == .notFound)
        #expect(error?.message == "release with tag 'v2.0' not found")
      }
      #expect(try harness.repository.releases.map(\.tag) == ["v1.0"])
    }
  }

  @Test(
    "a name that is taken is a conflict, and what is there stays",
    arguments: ["notes.txt", "my notes (1).txt", ".env"])
  func conflict(name: String) async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      let first = try await harness.forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: name, content: .bytes(Self.content))
      let error = await #expect(throws: ForgeError.self) {
        try await harness.forge.uploadReleaseAsset(
          repository: "acme/widgets", tag: "v1.0", name: name, content: .bytes([1, 2, 3]))
      }
      #expect(error?.code == .conflict)
      #expect(error?.message == "release 'v1.0' already has an asset named '\(name)'")
      let found = try await harness.forge.releaseAsset(repository: "acme/widgets", tag: "v1.0", name: name)
      #expect(found == first)
    }
  }

  @Test("an asset that is not there is not found, without an error")
  func absent() async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      let found = try await harness.forge.releaseAsset(repository: "acme/widgets", tag: "v1.0", name: "a")
      #expect(found == nil)
    }
  }

  @Test("what an upload that broke off left behind counts as absent and makes room for the next")
  func starter() async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      harness.github.plan(.abandonUpload(afterBytes: 100_000), method: "POST", pathPrefix: "/uploads/")
      let first = await #expect(throws: ForgeError.self) {
        try await harness.forge.uploadReleaseAsset(
          repository: "acme/widgets", tag: "v1.0", name: "a b.bin", content: Self.pattern(2_000_000))
      }
      #expect(first?.code == .unavailable)
      #expect(first?.isTransient == true)
      #expect(try harness.repository.releases.last?.assets.map(\.state) == ["starter"])
      let absent = try await harness.forge.releaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: "a b.bin")
      #expect(absent == nil)

      let second = try await harness.forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: "a b.bin", content: Self.pattern(2_000_000))
      #expect(second.sizeBytes == 2_000_000)
      #expect(try harness.repository.releases.last?.assets.map(\.state) == ["uploaded"])
    }
  }

  @Test("limits and failures of an upload are passed on")
  func failures() async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      for (fault, code) in [
        (FakeGitHub.Fault.respond(status: 403, headers: ["Retry-After": "9"]), ForgeError.Code.rateLimited),
        (.respond(status: 429), .rateLimited), (.respond(status: 403), .refused),
        (.respond(status: 502), .unavailable),
        (.respond(status: 401), .unauthorized), (.respond(status: 201, body: "{}"), .unavailable),
        (
          .respond(
            status: 422,
            body: #"{"message":"Validation Failed","errors":[{"code":"already_exists","field":"name"}]}"#),
          .conflict
        ),
      ] {
        harness.github.plan(fault, method: "POST", pathPrefix: "/uploads/")
        let found = await refusal {
          try await harness.forge.uploadReleaseAsset(
            repository: "acme/widgets", tag: "v1.0", name: "a", content: .bytes(Self.content))
        }
        #expect(found == code, "\(fault)")
        harness.github.clearFaults()
        // Limits are over by then.
        harness.pass(seconds: 61)
      }
    }
  }

  @Test("a token goes to no place that was not configured")
  func strangeUploadURL() async throws {
    try await withForge { harness in
      harness.github.plan(
        .respond(
          status: 200, headers: ["Content-Type": "application/json"],
          body: #"{"id":1,"upload_url":"http://127.0.0.1:1/assets{?name,label}"}"#),
        method: "GET", pathPrefix: "/repos/acme/widgets/releases/tags/")
      harness.github.plan(
        .respond(status: 200, body: "[]"), method: "GET", pathPrefix: "/repos/acme/widgets/releases/1/assets")
      let code = await refusal {
        try await harness.forge.uploadReleaseAsset(
          repository: "acme/widgets", tag: "v1.0", name: "a", content: .bytes(Self.content))
      }
      #expect(code == .refused)
    }
  }

  @Test("an asset on a later page is found")
  func pages() async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      let others = (1...100).map { #"{"id":\#($0),"name":"other-\#($0)","state":"uploaded","size":1}"# }
      let last = #"[{"id":101,"name":"a","state":"uploaded","size":5,"digest":"sha256:AB"}]"#
      let link = #"<https://elsewhere.example/assets?per_page=100&page=2>; rel="next""#
      for (body, headers) in [("[\(others.joined(separator: ","))]", ["Link": link]), (last, [:])] {
        harness.github.plan(
          .respond(status: 200, headers: headers, body: body), method: "GET",
          pathPrefix: "/repos/acme/widgets/releases/\(try harness.repository.releases[0].id)/assets")
      }
      let found = try await harness.forge.releaseAsset(repository: "acme/widgets", tag: "v1.0", name: "a")
      #expect(found == ReleaseAsset(name: "a", sizeBytes: 5, sha256: "ab"))
      #expect(harness.github.requests.last?.query?.contains("page=2") == true)
    }
  }

  @Test("what cannot be uploaded is refused without a request")
  func malformed() async throws {
    try await withForge { harness in
      let unbounded = ByteStream { nil }
      for (repository, name, content) in [
        ("acme", "a", ByteStream.bytes(Self.content)), ("acme/widgets", "", .bytes(Self.content)),
        ("acme/widgets", String(repeating: "x", count: 256), .bytes(Self.content)),
        ("acme/widgets", "a", unbounded),
      ] {
        let code = await refusal {
          try await harness.forge.uploadReleaseAsset(
            repository: repository, tag: "v1.0", name: name, content: content)
        }
        #expect(code == .malformed)
      }
      #expect(harness.github.requests.isEmpty)
    }
  }
}
