import Crypto
import HTTP
import Platform

/// Writes the model as GitHub's JSON, with every address on the fake itself.
///
/// The addresses are laid out as those of an Enterprise Server: the API under `/api/v3`, uploads under `/api/uploads`.
struct Representation: Sendable {
  /// `http://host:port`.
  let origin: String

  var api: String { "\(origin)/api/v3" }
  var uploads: String { "\(origin)/api/uploads" }

  /// GitHub's opaque second id: of a kind, such as `R` for a repository, and a number.
  func nodeID(_ kind: String, _ id: Int64) -> JSONValue {
    .string("\(kind)_\(Base64URL.encode(Array("\(kind):\(id)".utf8)))")
  }

  /// RFC 3339 in seconds, as GitHub writes times.
  static func time(_ time: Timestamp) -> String {
    String(time.rfc3339.prefix(19)) + "Z"
  }

  func time(_ time: Timestamp) -> JSONValue { .string(Self.time(time)) }

  /// A user or an organization, as `simple-user` in GitHub's description of its API.
  func account(_ account: Account) -> JSONValue {
    let url = "\(api)/users/\(QueryText.escaped(account.login))"
    let web =
      switch account.kind {
      // Such as `mise-ci[bot]`: its page is the App's.
      case .bot: "\(origin)/github-apps/\(account.login.split(separator: "[").first ?? "")"
      case .organization, .user: "\(origin)/\(account.login)"
      }
    return [
      "login": .string(account.login), "id": .integer(account.id),
      "node_id": nodeID("U", account.id), "avatar_url": .string("\(origin)/avatars/u/\(account.id)"),
      "gravatar_id": "", "url": .string(url), "html_url": .string(web),
      "followers_url": .string("\(url)/followers"),
      "following_url": .string("\(url)/following{/other_user}"),
      "gists_url": .string("\(url)/gists{/gist_id}"),
      "starred_url": .string("\(url)/starred{/owner}{/repo}"),
      "subscriptions_url": .string("\(url)/subscriptions"),
      "organizations_url": .string("\(url)/orgs"), "repos_url": .string("\(url)/repos"),
      "events_url": .string("\(url)/events{/privacy}"),
      "received_events_url": .string("\(url)/received_events"),
      "type": .string(account.kind.rawValue), "site_admin": false,
    ]
  }

  func permissions(_ permissions: [String: String]) -> JSONValue {
    .object(permissions.mapValues { .string($0) })
  }
}

extension JSONValue {
  /// The object with further or other members.
  func merging(_ members: [String: JSONValue]) -> JSONValue {
    .object((object ?? [:]).merging(members, uniquingKeysWith: { $1 }))
  }

  /// A text, or null.
  init(_ text: String?) {
    self = text.map { .string($0) } ?? .null
  }
}
