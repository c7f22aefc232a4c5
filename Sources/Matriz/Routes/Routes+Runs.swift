import ArtifactStore
import HTTP
import Platform
import RunModel

extension Routes {
  /// The most of a log that one answer has.
  static let maximumLogBytes: Int64 = 64 * 1_024 * 1_024

  func addRuns(to router: inout HTTPRouter) {
    // GET /api/v1/runs?cursor=&limit=: newest first.
    onGuarded(&router, "GET", "/api/v1/runs") { [conductor] request in
      let page = try Page(request)
      let runs = try await conductor.list(before: page.cursor, limit: page.limit)
      return try .json(
        Listing(items: runs.map(RunView.init), next: runs.count == page.limit ? runs.last?.id : nil))
    }

    // GET /api/v1/runs/{run}
    onGuarded(&router, "GET", "/api/v1/runs/{run}") { request in
      try .json(RunView(try await run(of: request)))
    }

    // GET /api/v1/runs/{run}/jobs/{job}/log?attempt=&offset=&limit=: the bytes as they came.
    onGuarded(&router, "GET", "/api/v1/runs/{run}/jobs/{job}/log") { request in
      try await log(for: request)
    }

    // GET /api/v1/runs/{run}/artifacts
    onGuarded(&router, "GET", "/api/v1/runs/{run}/artifacts") { [artifacts] request in
      let run = try await run(of: request)
      return try .json(
        Listing(items: try await artifacts.list(run: run.id).map(ArtifactView.init), next: nil))
    }

    // GET /api/artifacts/{id}/download: the artifact's bytes.
    onGuarded(&router, "GET", "/api/artifacts/{id}/download") { request in
      try await download(request)
    }
  }

  /// The run that the path names; 404 when there is none.
  func run(of request: HTTPServerRequest) async throws -> Run {
    guard let id = request.parameters["run"], UUIDv7.isValid(id), let run = try await conductor.run(id) else {
      throw HTTPServerError(.notFound, "there is no such run")
    }
    return run
  }

  private func log(for request: HTTPServerRequest) async throws -> HTTPServerResponse {
    let run = try await run(of: request)
    guard let job = run.job(request.parameters["job"] ?? "") else {
      throw HTTPServerError(.notFound, "the run has no such job")
    }
    let attempt = try number("attempt", in: request, default: Int64(job.attempt))
    guard (1...Int64(job.attempt)).contains(attempt) else {
      throw HTTPServerError(.notFound, "the job has no attempt \(attempt)")
    }
    let offset = try number("offset", in: request, default: 0)
    let limit = min(try number("limit", in: request, default: .max), Self.maximumLogBytes)
    let size = try await logs.size(run: run.id, job: job.id, attempt: Int(attempt))
    let end = limit < size - min(offset, size) ? offset + limit : size
    let isOver = attempt < job.attempt || job.state.isFinal
    let content = try await logs.read(
      run: run.id, job: job.id, attempt: Int(attempt), range: min(offset, end)..<end)
    return HTTPServerResponse(
      headers: [
        "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store", "X-Log-Size": "\(size)", "X-Log-Complete": isOver ? "true" : "false",
      ],
      body: .stream(content))
  }

  private func number(
    _ name: String, in request: HTTPServerRequest, default value: Int64
  ) throws(HTTPServerError) -> Int64 {
    guard let text = request.query(name) else { return value }
    guard let number = Int64(text), number >= 0 else {
      throw HTTPServerError(.badRequest, "\(name) is a whole number from 0 on, not '\(text)'")
    }
    return number
  }

  private func download(_ request: HTTPServerRequest) async throws -> HTTPServerResponse {
    guard let id = request.parameters["id"], let (artifact, content) = try? await artifacts.get(id: id) else {
      return .json(.object(["error": "Artifact not found"]), status: 404)
    }
    return HTTPServerResponse(
      headers: [
        "Content-Type": artifact.contentType, "X-Content-Type-Options": "nosniff",
        "Content-Disposition": ContentDisposition.attachment(artifact.name), "ETag": "\"\(artifact.sha256)\"",
      ],
      body: .stream(content))
  }
}

/// An artifact as the API shows it.
private struct ArtifactView: Encodable {
  let id: String
  let number: Int64
  let job: String
  let name: String
  @ExplicitNull var type: String?
  let size: Int64
  let contentType: String
  let checksum: String
  let createdAt: Timestamp

  init(_ artifact: Artifact) {
    id = artifact.id
    number = artifact.number
    job = artifact.job
    name = artifact.name
    type = artifact.type
    size = artifact.size
    contentType = artifact.contentType
    checksum = artifact.sha256
    createdAt = artifact.createdAt
  }
}

/// The header that names a download's file (RFC 6266).
enum ContentDisposition {
  static func attachment(_ name: String) -> String {
    let plain = String(
      name.unicodeScalars.map {
        $0.isASCII && $0.value >= 32 && !"\"\\%".unicodeScalars.contains($0) && $0.value != 127
          ? Character($0) : "_"
      })
    return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(percentEncoded(name))"
  }

  private static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { result, byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "-._~".unicodeScalars.contains(scalar)
      result += isPlain ? String(scalar) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
  }
}
