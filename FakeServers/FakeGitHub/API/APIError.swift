import HTTP

/// A refusal in GitHub's form: status, `message`, perhaps `errors`, and where it is documented.
struct APIError: Error, Sendable {
  let status: Int
  let message: String
  var errors: [JSONValue] = []
  var headers: HTTPHeaders = [:]

  static let notFound = APIError(status: 404, message: "Not Found")
  static let badCredentials = APIError(status: 401, message: "Bad credentials")
  static let requiresAuthentication = APIError(status: 401, message: "Requires authentication")
  static let undecodableToken = APIError(
    status: 401, message: "A JSON web token could not be decoded")
  static let unparsableBody = APIError(status: 400, message: "Problems parsing JSON")

  /// The token is good, but may not do this; GitHub says in a header what it would take.
  static func forbidden(needs permission: String, _ level: PermissionLevel) -> APIError {
    APIError(
      status: 403, message: "Resource not accessible by integration",
      headers: ["X-Accepted-GitHub-Permissions": "\(permission)=\(level)"])
  }

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
    var response = HTTPServerResponse.json(.object(body), status: status)
    for (name, value) in headers { response.headers[name] = value }
    return response
  }
}
