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

  /// Whom the App belongs to.
  static let appOwner = Account(id: 1, login: "app-owner", kind: .organization)
}
