import Crypto
import Platform

/// What a worker proves who it is with: a JWT (HS256) that names one attempt of one job. It is made when the
/// dispatch is carried out and never stored.
struct WorkerToken: Codable, Hashable, Sendable {
  /// Bounds the time until the worker's first connection.
  static let lifetimeSeconds: Int64 = 3_600
  /// How often connected workers are given a new one, in seconds.
  static let renewalSeconds: Int64 = 1_200

  let runID: String
  let jobID: String
  let attempt: Int
  /// Unix seconds.
  let issuedAt: Int64
  let expiresAt: Int64

  private enum CodingKeys: String, CodingKey {
    case runID = "run_id"
    case jobID = "job_id"
    case attempt
    case issuedAt = "iat"
    case expiresAt = "exp"
  }

  init(runID: String, jobID: String, attempt: Int, at now: Timestamp) {
    self.runID = runID
    self.jobID = jobID
    self.attempt = attempt
    issuedAt = now.milliseconds / 1_000
    expiresAt = issuedAt + Self.lifetimeSeconds
  }

  func signed(secret: [UInt8]) throws -> String {
    try JWT.signHS256(self, secret: secret)
  }

  /// Reads the value of an `Authorization` header; throws `JWTError` for anything but a good token of ours.
  static func verify(authorization: String?, secret: [UInt8], at now: Timestamp) throws -> WorkerToken {
    let parts = (authorization ?? "").split(separator: " ", maxSplits: 1)
    let token = parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : ""
    return try JWT.verifyHS256(token, secret: secret, clock: JWT.Clock(now))
  }
}
