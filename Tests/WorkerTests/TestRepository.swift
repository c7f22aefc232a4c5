import HTTP
import Platform
import TestKit
import Testing

/// A git repository in a folder: two commits on `main`, the older one tagged `v1`; a pull request's merge, and a commit
/// that only its own ref leads to.
struct TestRepository: Sendable {
  let folder: String
  let first: String
  let tip: String
  /// `refs/pull/7/merge`.
  let merge: String
  /// No branch has it any more.
  let forgotten: String

  var url: String { "file://\(folder)/.git" }

  init(in folder: String) async throws {
    self.folder = folder
    let script = """
      set -e
      mkdir -p '\(folder)'; cd '\(folder)'
      git init --quiet --initial-branch=main
      echo one > file; git add file; git commit --quiet -m one; git tag v1; git rev-parse HEAD
      echo two > file; git commit --quiet -am two; git rev-parse HEAD
      git checkout --quiet -b feature v1; echo pr > pr; git add pr; git commit --quiet -m pr
      git merge --quiet -m merge main; git rev-parse HEAD; git update-ref refs/pull/7/merge HEAD
      git checkout --quiet -b gone main; echo gone > gone; git add gone; git commit --quiet -m gone; git rev-parse HEAD
      git update-ref refs/hidden/gone HEAD
      git checkout --quiet main; git branch --quiet -D gone feature; git update-server-info
      """
    let result = try await runProcess("sh", ["-c", script], environment: isolatedGitEnvironment)
    let lines = result.outputText.split(separator: "\n").map(String.init)
    try #require(result.status.isSuccess && lines.count == 4, "\(result.errorText)")
    (first, tip, merge, forgotten) = (lines[0], lines[1], lines[2], lines[3])
  }

  /// Serves the repository's files over HTTP, as git's plain protocol reads them, to those who send this header.
  func serve(authorization: String) async throws -> HTTPServer {
    let root = "\(folder)/.git"
    return try await HTTPServer.start { request in
      guard request.headers["authorization"] == authorization else {
        return HTTPServerResponse(status: 401, headers: ["www-authenticate": "Basic realm=\"test\""])
      }
      let path = request.path.dropFirst().joined(separator: "/")
      guard !path.contains(".."), let file = try? await ByteStream.file("\(root)/\(path)") else {
        return .empty(404)
      }
      return HTTPServerResponse(body: .stream(file))
    }
  }
}
