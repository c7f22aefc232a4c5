import Crypto
import FoundationEssentials
import HTTP
import Platform

extension Service {
  /// GitHub's limit on a JWT's life.
  static let maximumJWTSeconds: Int64 = 600

  /// Who the `Authorization` header says this is. Throws 401 for credentials that are none.
  func principal(_ headers: HTTPHeaders) throws -> Principal {
    guard let header = headers["Authorization"] else { return .anonymous }
    guard let credential = Self.credential(header) else { throw APIError.badCredentials }
    if credential.split(separator: ".", omittingEmptySubsequences: false).count == 3 {
      try checkJWT(credential)
      return .app
    }
    if let token = options.personalAccessToken, constantTimeEquals(token, credential) { return .user }
    let found = model.withLock { model -> (InstallationToken, Installation)? in
      guard let token = model.tokens[credential],
        let installation = model.installations.first(where: { $0.id == token.installation })
      else { return nil }
      return (token, installation)
    }
    guard let (token, installation) = found, token.expiresAt > .now() else {
      throw APIError.badCredentials
    }
    guard installation.suspendedAt == nil else { throw APIError.suspended }
    return .installation(token)
  }

  /// `Bearer T`, `token T`, or Basic with the token as password (or as name, without a password).
  static func credential(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer", "token": return String(parts[1])
    case "basic":
      guard let bytes = Base64.decode(parts[1]) else { return nil }
      let pair = String(decoding: bytes, as: UTF8.self).split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = pair.first, let password = pair.last, pair.count == 2 else { return nil }
      return String(password.isEmpty || password == "x-oauth-basic" ? name : password)
    default: return nil
    }
  }

  /// Checks the App's JWT as GitHub does: RS256 by the App's own key, issued in the past, ending within ten minutes.
  private func checkJWT(_ token: String) throws {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
      let signature = Base64URL.decode(parts[2]), header["alg"]?.string == "RS256",
      appKey.isValid(signature, for: Array("\(parts[0]).\(parts[1])".utf8))
    else { throw APIError.undecodableToken }
    let now = Timestamp.now().milliseconds / 1_000
    for (claim, name) in [("iss", "issuer"), ("iat", "issued at"), ("exp", "expiration time")]
    where claims[claim]?.isNull ?? true {
      throw APIError(status: 401, message: "Missing '\(name)' claim ('\(claim)') in assertion")
    }
    try checkIssuer(claims["iss"])
    guard let issuedAt = claims["iat"]?.number, issuedAt <= Double(now) else {
      throw APIError(
        status: 401,
        message:
          "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
    }
    guard let expiry = claims["exp"]?.number, expiry > Double(now) else {
      throw APIError(
        status: 401,
        message:
          "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
      )
    }
    guard expiry <= Double(now + Self.maximumJWTSeconds) else {
      throw APIError(status: 401, message: "'Expiration time' claim ('exp') is too far in the future")
    }
  }

  /// The App's id as a number or text, or its client id.
  private func checkIssuer(_ issuer: JSONValue?) throws {
    if issuer?.string == options.clientID { return }
    guard let id = issuer?.integer ?? issuer?.string.flatMap({ Int64($0) }) else {
      throw APIError(status: 401, message: "'Issuer' claim ('iss') must be an Integer")
    }
    // A key belongs to one App: with another App's id it proves nothing.
    guard id == options.appID else { throw APIError(status: 404, message: "Integration not found") }
  }

  private static func json(_ part: Substring) -> JSONValue? {
    Base64URL.decode(part).flatMap { try? JSONValue(parsing: $0) }
  }
}
