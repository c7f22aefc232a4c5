import Crypto
import HTTP
import Platform
import TestSupport
import Testing

@testable import Matriz

@Suite("Who may read", .fewAtOnce)
struct AccessTests {
  private func request(
    from host: String, headers: HTTPHeaders
  ) throws -> HTTPServerRequest {
    var request = try HTTPServerRequest(method: "GET", target: "/", headers: headers)
    request.peer = SocketAddress(host: host, port: 1)
    return request
  }

  @Test(
    "with a token, who has it; without one, this machine itself",
    arguments: [
      (nil, "127.0.0.1", [:], nil), (nil, "::1", [:], nil), (nil, "10.0.0.1", [:], 403),
      (nil, "127.0.0.1", ["X-Forwarded-For": "10.0.0.1"], 403), ("secret", "127.0.0.1", [:], 401),
      ("secret", "10.0.0.1", ["Authorization": "Bearer secret"], nil),
      ("secret", "10.0.0.1", ["Authorization": "bearer secret"], nil),
      ("secret", "10.0.0.1", ["Authorization": "Bearer secre"], 403),
      ("secret", "10.0.0.1", ["Authorization": "Bearer "], 401),
      ("secret", "10.0.0.1", ["Authorization": "Basic " + Base64.encode(Array("x:secret".utf8))], nil),
      ("secret", "10.0.0.1", ["Authorization": "Basic " + Base64.encode(Array("secret".utf8))], 401),
      ("secret", "10.0.0.1", ["Authorization": "Basic ???"], 401),
    ] as [(String?, String, [String: String], Int?)])
  func access(token: String?, host: String, headers: [String: String], status: Int?) throws {
    let fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
    #expect(Access(token: token).refusal(of: try request(from: host, headers: fields))?.status == status)
  }

  @Test(
    "a page of another site changes nothing, whoever looks at it",
    arguments: [
      ("POST", [:], nil), ("POST", ["Sec-Fetch-Site": "same-origin"], nil),
      ("POST", ["Sec-Fetch-Site": "none"], nil), ("POST", ["Sec-Fetch-Site": "cross-site"], 403),
      ("POST", ["Sec-Fetch-Site": "same-site"], 403),
      ("POST", ["Origin": "http://ci.test:8080", "Host": "ci.test:8080"], nil),
      ("POST", ["Origin": "https://ci.test", "Host": "ci.test"], nil),
      ("POST", ["Origin": "http://evil.test", "Host": "ci.test:8080"], 403),
      ("POST", ["Origin": "null", "Host": "ci.test:8080"], 403),
      ("DELETE", ["Origin": "http://evil.test", "Host": "ci.test:8080"], 403),
      ("GET", ["Origin": "http://evil.test", "Host": "ci.test:8080"], nil),
    ] as [(String, [String: String], Int?)])
  func otherSites(method: String, headers: [String: String], status: Int?) throws {
    let fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
    var request = try HTTPServerRequest(method: method, target: "/", headers: fields)
    request.peer = SocketAddress(host: "127.0.0.1", port: 1)
    #expect(Access(token: nil).refusal(of: request)?.status == status)
  }

  @Test("a worker's token names its job, and is nothing once it is old or changed")
  func workerToken() throws {
    let secret = [UInt8](repeating: 7, count: 32)
    let now = Timestamp(milliseconds: 1_000_000_000)
    let token = WorkerToken(runID: "r", jobID: "j", attempt: 2, at: now)
    let signed = try token.signed(secret: secret)
    #expect(try WorkerToken.verify(authorization: "Bearer \(signed)", secret: secret, at: now) == token)
    let later = Timestamp(milliseconds: now.milliseconds + 3_601_000)
    for (header, secret, time) in [
      ("Bearer \(signed)", secret, later), ("Bearer \(signed)x", secret, now), (signed, secret, now),
      ("Bearer \(signed)", [UInt8](repeating: 8, count: 32), now),
    ] {
      #expect(throws: (any Error).self) {
        try WorkerToken.verify(authorization: header, secret: secret, at: time)
      }
    }
    #expect(throws: (any Error).self) { try WorkerToken.verify(authorization: nil, secret: secret, at: now) }
  }
}
