/// A user, an organization, or the App's own bot user.
struct Account: Sendable {
  enum Kind: String, Sendable {
    case bot = "Bot"
    case organization = "Organization"
    case user = "User"
  }

  let id: Int64
  let login: String
  let kind: Kind
}
