import Crypto
import HTTP
import Platform

/// The web pages that answers name: plain ones, that only say what they are of; and files and archives.
extension Service {
  func addWebRoutes(_ routes: inout Routes) {
    routes.on("GET", "/avatars/{rest...}") { _ in
      HTTPServerResponse(headers: ["Content-Type": "image/svg+xml"], body: .text(Self.avatar))
    }
    routes.on("GET", "/") { _ in Self.page("Fake GitHub") }
    for pattern in [
      "/github-apps/{slug}", "/settings/installations/{id}",
      "/organizations/{org}/settings/installations/{id}",
    ] {
      routes.on("GET", pattern) { request in Self.page(request.http.path.joined(separator: " / ")) }
    }
    routes.on("GET", "/{login}") { [self] request in Self.page(try account(request, "login").login) }
    routes.on("GET", "/{owner}/{repo}", getPage)
    routes.on("GET", "/{owner}/{repo}/{rest...}", getPage)
    routes.on("GET", "/{owner}/{repo}/raw/{rest...}", getRawFile)
    routes.on("GET", "/{owner}/{repo}/legacy.{form}/{ref...}", downloadArchive)
  }

  private func getPage(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "metadata", .read)
    return Self.page("\(repository.fullName) \(request.parameter("rest"))")
  }

  /// `GET /{owner}/{repo}/raw/{ref}/{path}`: the ref may have slashes.
  private func getRawFile(_ request: APIRequest) async throws -> HTTPServerResponse {
    let git = try repository(request, "contents", .read).git
    let parts = request.parameter("rest").split(separator: "/")
    for count in parts.indices.dropFirst() {
      guard let commit = try await git.commit(parts[..<count].joined(separator: "/")),
        let entry = try await git.entry(at: parts[count...].joined(separator: "/"), of: commit),
        let bytes = try await git.blob(entry.sha)
      else { continue }
      return HTTPServerResponse(headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(bytes))
    }
    throw APIError.notFound
  }

  /// `GET /{owner}/{repo}/legacy.tar.gz/{ref}`, `GET /{owner}/{repo}/legacy.zip/{ref}`: all in one folder, named
  /// after repository and commit.
  private func downloadArchive(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let form = request.parameter("form")
    let given = request.parameter("ref")
    let ref = given.hasPrefix("refs/") ? String(given.dropFirst("refs/".count)) : given
    guard ["tar.gz", "zip"].contains(form), let sha = try await repository.git.commit(ref) else {
      throw APIError.notFound
    }
    let folder = "\(repository.owner.login)-\(repository.name)-\(sha.prefix(7))"
    let archive = try await repository.git.run(["archive", "--format=\(form)", "--prefix=\(folder)/", sha])
    return HTTPServerResponse(
      headers: [
        "Content-Type": form == "zip" ? "application/zip" : "application/x-gzip",
        "Content-Disposition": "attachment; filename=\(folder).\(form)",
      ], body: .bytes(archive.output))
  }

  private static func page(_ title: String) -> HTTPServerResponse {
    let text = title.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return HTTPServerResponse(
      headers: ["Content-Type": "text/html; charset=utf-8"],
      body: .text("<!doctype html>\n<meta charset=\"utf-8\">\n<title>\(text)</title>\n<h1>\(text)</h1>\n"))
  }

  private static let avatar =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"40\"><rect width=\"40\" height=\"40\"/></svg>\n"
}
