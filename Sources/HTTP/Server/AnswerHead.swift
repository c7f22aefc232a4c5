/// The head of an answer as it goes over the wire. The fields that frame the message are the server's own.
struct AnswerHead {
  let bytes: [UInt8]
  let framing: AnswerFraming
  let keepsAlive: Bool

  init(_ response: HTTPServerResponse, isHead: Bool, minorVersion: Int, keepsAlive: Bool) {
    let hasNoBody = response.status == 204 || response.status == 304
    var framing = AnswerFraming.none
    var length: Int64?
    if !hasNoBody {
      length = response.body.length
      if isHead {
        length = length == 0 ? response.headers["Content-Length"].flatMap { Int64($0) } ?? 0 : length
      } else if let length {
        framing = .counted(length)
      } else {
        framing = minorVersion == 1 ? .chunked : .untilClose
      }
    }
    self.framing = framing
    self.keepsAlive = keepsAlive && framing != .untilClose
    var text = "HTTP/1.1 \(response.status) \(HTTPStatus.reason(of: response.status))\r\n"
    for (name, value) in response.headers where !Self.isOwn(name) {
      text += "\(name): \(value)\r\n"
    }
    if !response.headers.contains("Date") { text += "Date: \(HTTPDate.now())\r\n" }
    if let length { text += "Content-Length: \(length)\r\n" }
    if framing == .chunked { text += "Transfer-Encoding: chunked\r\n" }
    if !self.keepsAlive {
      text += "Connection: close\r\n"
    } else if minorVersion == 0 {
      text += "Connection: keep-alive\r\n"
    }
    bytes = Array((text + "\r\n").utf8)
  }

  /// A whole answer that ends its connection.
  static func complete(_ response: HTTPServerResponse) -> [UInt8] {
    let head = AnswerHead(response, isHead: false, minorVersion: 1, keepsAlive: false)
    guard case .bytes(let body) = response.body else { return head.bytes }
    return head.bytes + body
  }

  /// Whether the response can be written as it is: a final status, names that are tokens, values without line ends.
  static func isValid(_ response: HTTPServerResponse) -> Bool {
    (200...599).contains(response.status)
      && response.headers.allSatisfy { HTTPSyntax.isToken($0.name) && HTTPSyntax.isFieldValue($0.value) }
  }

  private static func isOwn(_ name: String) -> Bool {
    ["Content-Length", "Transfer-Encoding", "Connection"].contains { HTTPHeaders.equal($0, name) }
  }
}
