import FakeGitHub
import Forge
import HTTP
import TestSupport
import Testing

@testable import ForgeGitHub

/// Answers that are kept by their tag.
@Suite(.fewAtOnce)
struct AnswerCacheTests {
  static func answer(_ bytes: Int, tag: String? = "\"1\"") -> APIAnswer {
    var headers: HTTPHeaders = ["Link": "<http://x?page=2>; rel=\"next\"", "X-Other": "1"]
    headers["ETag"] = tag
    return APIAnswer(headers: headers, bytes: [UInt8](repeating: 7, count: bytes), label: "GET /x")
  }

  static func key(_ account: Credential.Account, _ path: String) -> AnswerCache.Key {
    AnswerCache.Key(account: account, path: path)
  }

  @Test("an answer is given to the account that it was for, and to no other")
  func accounts() {
    let cache = AnswerCache()
    cache.keep(Self.answer(3), for: Self.key(.installation(1), "/x"))
    #expect(cache[Self.key(.installation(1), "/x")]?.bytes == [7, 7, 7])
    #expect(cache[Self.key(.installation(1), "/x")]?.tag == "\"1\"")
    #expect(cache[Self.key(.installation(1), "/x")]?.headers.map(\.name) == ["Link"])
    for account in [Credential.Account.installation(2), .app, .token] {
      #expect(cache[Self.key(account, "/x")] == nil)
    }
    #expect(cache[Self.key(.installation(1), "/x?page=2")] == nil)
  }

  @Test("an answer without a tag, or too long, takes what was kept away")
  func unkept() {
    for answer in [Self.answer(3, tag: nil), Self.answer(AnswerCache.maximumEntryBytes + 1)] {
      let cache = AnswerCache()
      cache.keep(Self.answer(3), for: Self.key(.app, "/x"))
      cache.keep(answer, for: Self.key(.app, "/x"))
      #expect(cache[Self.key(.app, "/x")] == nil)
      #expect(cache.size == (0, 0))
    }
  }

  @Test("what was not used for long goes when there are too many")
  func entries() {
    let cache = AnswerCache()
    for number in 0..<AnswerCache.maximumEntries {
      cache.keep(Self.answer(1), for: Self.key(.app, "/\(number)"))
    }
    #expect(cache[Self.key(.app, "/0")] != nil)
    cache.keep(Self.answer(1), for: Self.key(.app, "/new"))
    #expect(cache.size.entries <= AnswerCache.maximumEntries)
    #expect(cache.size.bytes == cache.size.entries)
    #expect(cache[Self.key(.app, "/1")] == nil)
    #expect(cache[Self.key(.app, "/0")] != nil && cache[Self.key(.app, "/new")] != nil)
  }

  @Test("the bytes of all together have a bound, too")
  func bytes() {
    let cache = AnswerCache()
    for number in 0..<40 {
      cache.keep(Self.answer(AnswerCache.maximumEntryBytes), for: Self.key(.app, "/\(number)"))
      #expect(cache.size.bytes <= AnswerCache.maximumBytes)
    }
    #expect(cache[Self.key(.app, "/39")] != nil && cache[Self.key(.app, "/0")] == nil)
  }

  @Test("what did not change is asked for with its tag, does not count, and is given again")
  func unchanged() async throws {
    try await withForge { harness in
      let update = { (state: CommitStatus.State) in
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha,
          status: CommitStatus(state: state, context: "mise-ci", description: "x"))
      }
      let look = {
        try await harness.forge.shownStatus(
          repository: "acme/widgets", sha: harness.sha, context: "mise-ci")?.state
      }
      try await update(.pending)
      #expect(try await look() == .pending)
      #expect(try await look() == .pending)
      // Another token of the same installation goes on with what was kept.
      harness.github.expireTokens()
      #expect(try await look() == .pending)
      try await update(.success)
      #expect(try await look() == .success)
      let answers = harness.requests("GET", "/repos/acme/widgets/commits/").compactMap(\.status)
      #expect(answers == [200, 304, 401, 304, 200])
    }
  }
}
