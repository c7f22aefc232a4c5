/// The head of a request, checked.
struct RequestHead {
  enum BodyLength: Equatable {
    case counted(Int64)
    case chunked
  }

  enum Expectation: Equatable {
    case none, continuation, unknown
  }

  var method: String
  var target: String
  /// 0 or 1, of HTTP/1.
  var minorVersion: Int
  var headers: HTTPHeaders
  /// What follows; `.counted(0)` is nothing.
  var bodyLength: BodyLength
  /// Whether the client wants to use the connection again.
  var keepsAlive: Bool
  var expectation: Expectation
}

/// What is wrong with a request, and the answer that says so.
struct RequestFailure: Error, Equatable {
  let status: Int
  let detail: String

  init(_ status: Int, _ detail: String) {
    self.status = status
    self.detail = detail
  }

  /// The same for who reads the request's body.
  var bodyError: HTTPServerError {
    switch status {
    case 408: HTTPServerError(.bodyTimedOut, detail)
    case 413: HTTPServerError(.bodyTooLarge, detail)
    default: HTTPServerError(.bodyCutOff, detail)
    }
  }
}
