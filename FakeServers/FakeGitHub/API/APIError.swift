import HTTP

/// A refusal in GitHub's form: status, `message`, perhaps `errors`, and where it is documented.
struct APIError: Error, Sendable {
  let status: Int
  let message: String
  var errors: [JSONValue] = []

  static let notFound = APIError(status: 404, message: "Not Found")
  static let badCredentials = APIError(status: 401, message: "Bad credentials")
  static let requiresAuthentication = APIError(status: 401, message: "Requires authentication")
  static let undecodableToken = APIError(
    status: 401, message: "A JSON web token could not be decoded")
  static let unparsableBody = APIError(status: 400, message: "Problems parsing JSON")
  static let noObject = APIError(status: 400, message: "Body should be a JSON object")
  static let suspended = APIError(status: 403, message: "This installation has been suspended")

  /// The token is good, but may not do this.
  static let forbidden = APIError(status: 403, message: "Resource not accessible by integration")

  /// 422 for one field: `code` is GitHub's word for what is wrong with it.
  static func invalid(
    resource: String, field: String, code: String, message: String? = nil
  ) -> APIError {
    var detail: [String: JSONValue] = [
      "resource": .string(resource), "field": .string(field), "code": .string(code),
    ]
    if let message { detail["message"] = .string(message) }
    return APIError(status: 422, message: "Validation Failed", errors: [.object(detail)])
  }

  static func unprocessable(_ message: String) -> APIError {
    APIError(status: 422, message: message)
  }

  func response(documentation: String) -> HTTPServerResponse {
    var body: [String: JSONValue] = [
      "message": .string(message), "documentation_url": .string(documentation),
      "status": .string(String(status)),
    ]
    if !errors.isEmpty { body["errors"] = .array(errors) }
    return .json(.object(body), status: status)
  }
}
