import HTTP
import Platform
import Runner
import Synchronization

/// An answer of a Nomad server, whatever its status.
struct NomadAnswer: Sendable {
  var status: Int
  var bytes: [UInt8]

  var isSuccess: Bool { (200..<300).contains(status) }

  /// What the server said, for a person: at most 1,000 characters on one line.
  var text: String {
    let lines = String(decoding: bytes.prefix(4_096), as: UTF8.self).split(whereSeparator: \.isNewline)
    let words = lines.map { $0.drop { $0 == " " || $0 == "\t" || $0 == "*" } }.filter { !$0.isEmpty }
    return String(words.joined(separator: " ").prefix(1_000))
  }
}

/// One call of Nomad's API.
struct NomadCall: Sendable {
  var method = "GET"
  /// The path after `/v1/`, each segment percent-encoded.
  var path: String
  var query: [(name: String, value: String)] = []
  var body: JSONValue?
  /// Whether the call may be made again when nobody knows if it was carried out.
  var isRepeatable = true
}

/// Sends calls to one of several servers; the one that answered last is tried first.
final class NomadClient: Sendable {
  /// Answers may be this long; lists of jobs are the longest.
  static let maximumAnswerBytes = 32 << 20

  private let configuration: NomadConfiguration
  private let http: HTTPClient
  private let preferred = Mutex(0)

  /// - Throws: `RunnerError` (`misconfigured`) for an address that is none.
  init(_ configuration: NomadConfiguration, http: HTTPClient? = nil) throws(RunnerError) {
    var configuration = configuration
    configuration.addresses = try configuration.addresses.map { (address) throws(RunnerError) in
      guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
        throw RunnerError(.misconfigured, "runner.addr '\(address)' must begin with http:// or https://")
      }
      var trimmed = address
      while trimmed.hasSuffix("/") { trimmed.removeLast() }
      return trimmed
    }
    guard !configuration.addresses.isEmpty else {
      throw RunnerError(.misconfigured, "runner.addr is missing")
    }
    self.configuration = configuration
    var options = HTTPClientConfiguration()
    options.certificateAuthorityFile = configuration.certificateAuthorityFile
    options.clientCertificateFile = configuration.clientCertificateFile
    options.clientKeyFile = configuration.clientKeyFile
    self.http = http ?? HTTPClient(configuration: options)
  }

  func shutdown() async {
    await http.shutdown()
  }

  /// The answer of the first server that has one; a server that is away or without a leader has none.
  ///
  /// - Throws: `RunnerError` (`unavailable`, or `refused` for a token without the right). A call that is not
  ///   repeatable ends with the first server that may have carried it out.
  func send(_ call: NomadCall, namespace: String?) async throws(RunnerError) -> NomadAnswer {
    let addresses = configuration.addresses
    let first = preferred.withLock { $0 }
    var failure: RunnerError?
    for offset in addresses.indices {
      let index = (first + offset) % addresses.count
      do {
        let answer = try await send(call, to: addresses[index], namespace: namespace)
        preferred.withLock { $0 = index }
        return answer
      } catch {
        failure = error.failure
        if error.mayHaveBeenCarriedOut && !call.isRepeatable { break }
        if failure?.isTransient != true { break }
      }
    }
    throw failure ?? RunnerError(.misconfigured, "runner.addr is missing")
  }

  /// The body of an answer that goes on; of the first server that has one.
  func stream(
    _ call: NomadCall, namespace: String?, idleTimeoutSeconds: Double
  ) async throws(RunnerError) -> ByteStream {
    let addresses = configuration.addresses
    let first = preferred.withLock { $0 }
    var failure: RunnerError?
    for offset in addresses.indices {
      let address = addresses[(first + offset) % addresses.count]
      var request = request(for: call, to: address, namespace: namespace)
      request.timeoutSeconds = 0
      request.idleTimeoutSeconds = idleTimeoutSeconds
      do {
        let response = try await http.send(request)
        if response.isSuccess { return response.body }
        let text = NomadAnswer(
          status: response.status, bytes: try await response.bytes(upTo: Self.maximumAnswerBytes)
        ).text
        failure = RunnerError(
          .unavailable, "Nomad answers \(call.method) \(call.path) with \(response.status): \(text)")
      } catch {
        failure = RunnerError(.unavailable, "Nomad at \(address) does not answer", cause: error)
      }
    }
    throw failure ?? RunnerError(.misconfigured, "runner.addr is missing")
  }

  /// Why one server has no answer.
  private struct NoAnswer: Error {
    var failure: RunnerError
    var mayHaveBeenCarriedOut: Bool
  }

  private func send(
    _ call: NomadCall, to address: String, namespace: String?
  ) async throws(NoAnswer) -> NomadAnswer {
    let answer: NomadAnswer
    do {
      let response = try await http.send(request(for: call, to: address, namespace: namespace))
      answer = NomadAnswer(
        status: response.status, bytes: try await response.bytes(upTo: Self.maximumAnswerBytes))
    } catch {
      throw NoAnswer(
        failure: RunnerError(.unavailable, "Nomad at \(address) does not answer", cause: error),
        mayHaveBeenCarriedOut: Self.mayHaveArrived(error))
    }
    if answer.status == 403 {
      throw NoAnswer(
        failure: RunnerError(
          .refused, "Nomad refuses \(call.method) \(call.path): \(answer.text) (403); see runner.token"),
        mayHaveBeenCarriedOut: false)
    }
    if let isUndone = Self.isAway(answer) {
      throw NoAnswer(
        failure: RunnerError(.unavailable, "Nomad at \(address) says: \(answer.text) (\(answer.status))"),
        mayHaveBeenCarriedOut: !isUndone)
    }
    return answer
  }

  private func request(for call: NomadCall, to address: String, namespace: String?) -> HTTPRequest {
    var query = call.query
    if let namespace { query.append((name: "namespace", value: namespace)) }
    if let region = configuration.region { query.append((name: "region", value: region)) }
    let pairs = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
    let tail = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    var request = HTTPRequest(
      call.method, "\(address)/v1/\(call.path)\(tail)",
      timeoutSeconds: configuration.requestTimeoutSeconds)
    if let token = configuration.token { request.headers["X-Nomad-Token"] = token }
    if let body = call.body {
      request.headers["Content-Type"] = "application/json"
      request.body = .bytes(body.bytes())
    }
    return request
  }

  /// Whether a request that failed so may have reached the server.
  private static func mayHaveArrived(_ error: any Error) -> Bool {
    switch (error as? HTTPClientError)?.code {
    case .badURL, .badRequest, .resolveFailed, .connectFailed, .tls, .shutDown: false
    default: true
    }
  }

  /// Whether an answer is about the server and not about the call; then whether the call surely was not carried out.
  private static func isAway(_ answer: NomadAnswer) -> Bool? {
    switch answer.status {
    case 429: return true
    case 502, 503, 504: return false
    case 500:
      let text = String(decoding: answer.bytes.prefix(512), as: UTF8.self).lowercased()
      if text.contains("no cluster leader") || text.contains("not ready to serve") { return true }
      if text.contains("leadership lost") || text.hasPrefix("rpc error: ") { return false }
      return nil
    default: return nil
    }
  }
}
