/// What a handler answers. The server adds `Date`, `Connection` and the fields that frame the body.
package struct HTTPServerResponse: Sendable {
  package var status: Int
  package var headers: HTTPHeaders
  package var body: HTTPBody
  /// Whether the connection is cut instead of an answer.
  var isReset = false

  package init(status: Int = 200, headers: HTTPHeaders = [:], body: HTTPBody = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// No answer: the connection is cut with a TCP reset, as a fault.
  package static var reset: HTTPServerResponse {
    var response = HTTPServerResponse(status: 500)
    response.isReset = true
    return response
  }

  package static func empty(_ status: Int, headers: HTTPHeaders = [:]) -> HTTPServerResponse {
    HTTPServerResponse(status: status, headers: headers)
  }

  package static func text(_ text: String, status: Int = 200) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .text(text))
  }

  /// The value as JSON with sorted keys.
  package static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: ["Content-Type": "application/json"], body: try .json(value))
  }

  package static func json(_ value: JSONValue, status: Int = 200) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: ["Content-Type": "application/json"], body: .bytes(value.bytes()))
  }

  /// An error as a problem document (RFC 9457); `detail` is for the person that reads it.
  package static func problem(
    status: Int, title: String? = nil, detail: String? = nil
  ) -> HTTPServerResponse {
    var problem: [String: JSONValue] = [
      "status": .integer(Int64(status)), "title": .string(title ?? HTTPStatus.reason(of: status)),
      "type": "about:blank",
    ]
    if let detail { problem["detail"] = .string(detail) }
    return HTTPServerResponse(
      status: status, headers: ["Content-Type": "application/problem+json"],
      body: .bytes(JSONValue.object(problem).bytes()))
  }
}
