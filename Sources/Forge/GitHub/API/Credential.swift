/// What a request proves its sender by, and whose limits it counts against.
struct Credential: Sendable {
  /// GitHub's limits, and what one may see, belong to these and not to a single token: an installation's next token
  /// goes on where the one before it was.
  enum Account: Hashable, Sendable {
    case app
    case installation(Int64)
    case token
  }

  let bearer: String
  let account: Account
}
