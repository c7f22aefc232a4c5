import Glibc
import HTTP
import Platform
import Synchronization

/// `git http-backend`, which speaks git's smart HTTP as a CGI program (RFC 3875).
enum GitBackend {
  static let maximumHeadBytes = 64 << 10

  /// Runs the program for one request and gives its answer, streamed.
  ///
  /// - Parameters:
  ///   - service: `info/refs`, `git-upload-pack` or `git-receive-pack`.
  ///   - body: the request's body in a file: the program may answer before it has read everything, and a
  ///     client of ours reads nothing before it has sent everything; over a pipe the two could wait for each other.
  ///   - onEnd: called when all was answered, before the client sees the end.
  static func answer(
    _ request: HTTPServerRequest, service: String, repository: GitRepository,
    body: (file: ReceivedFile, bytes: Int64)?, onEnd: @escaping @Sendable () async -> Void
  ) async throws -> HTTPServerResponse {
    var options = ProcessOptions(
      executable: "git", arguments: ["http-backend"],
      environment: environment(request, service: service, repository: repository, bodyBytes: body?.bytes),
      output: .pipe)
    let process: ChildProcess
    if let body {
      process = try body.file.withDescriptorAtStart { descriptor in
        options.input = .descriptor(descriptor)
        return try ChildProcess.spawn(options)
      }
    } else {
      process = try ChildProcess.spawn(options)
    }
    let run = Run(process: process, onEnd: onEnd)
    let (head, rest) = try await run.readHead()
    return response(head: head, rest: rest, run: run)
  }

  private static func environment(
    _ request: HTTPServerRequest, service: String, repository: GitRepository, bodyBytes: Int64?
  ) -> [String: String] {
    var environment = Git.environment
    environment["GIT_HTTP_EXPORT_ALL"] = "1"
    environment["GIT_PROJECT_ROOT"] = repository.path
    environment["PATH_INFO"] = "/\(service)"
    environment["REQUEST_METHOD"] = request.method
    environment["QUERY_STRING"] = request.query("service").map { "service=\($0)" } ?? ""
    environment["REMOTE_ADDR"] = "127.0.0.1"
    environment["CONTENT_TYPE"] = request.headers["Content-Type"]
    environment["HTTP_CONTENT_ENCODING"] = request.headers["Content-Encoding"]
    environment["GIT_PROTOCOL"] = request.headers["Git-Protocol"]
    environment["CONTENT_LENGTH"] = bodyBytes.map { String($0) }
    return environment
  }

  private static func response(head: Substring, rest: [UInt8], run: Run) -> HTTPServerResponse {
    var response = HTTPServerResponse(status: 200)
    for line in head.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let value = parts[1].drop { $0 == " " }
      if parts[0] == "Status" {
        response.status = value.split(separator: " ").first.flatMap { Int($0) } ?? 500
      } else {
        response.headers.add(String(parts[0]), String(value))
      }
    }
    let first = Mutex(Optional(rest))
    response.body = .stream(
      ByteStream {
        let begin = first.withLock { first in
          defer { first = nil }
          return first
        }
        if let begin, !begin.isEmpty { return begin }
        return try await run.next()
      })
    return response
  }

  /// One running program; it is killed when nobody reads its answer any more.
  private final class Run: Sendable {
    private let process: ChildProcess
    private let onEnd: @Sendable () async -> Void

    init(process: ChildProcess, onEnd: @escaping @Sendable () async -> Void) {
      self.process = process
      self.onEnd = onEnd
    }

    deinit {
      process.signal(SIGKILL)
    }

    /// The CGI head, and what came behind it.
    func readHead() async throws -> (head: Substring, rest: [UInt8]) {
      var bytes: [UInt8] = []
      while let part = try await process.output?.read() {
        bytes += part
        if let end = Self.endOfHead(bytes) {
          return (
            Substring(decoding: bytes[..<end.lowerBound], as: UTF8.self), Array(bytes[end.upperBound...])
          )
        }
        guard bytes.count <= GitBackend.maximumHeadBytes else { break }
      }
      throw FakeGitHubError(.git, "git http-backend gave no answer: \(await process.wait())")
    }

    func next() async throws -> [UInt8]? {
      if let part = try await process.output?.read() { return part }
      _ = await process.wait()
      await onEnd()
      return nil
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Range<Int>? {
      guard bytes.count >= 4 else { return nil }
      let end = bytes.indices.dropLast(3).first { bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
      return end.map { $0..<$0 + 4 }
    }
  }
}
