import Platform

/// The App on one account, with what it may do there.
struct Installation: Sendable {
  let id: Int64
  let account: Account
  var permissions: [String: String]
  let createdAt: Timestamp
  /// Since when it may do nothing, and who saw to that.
  var suspendedAt: Timestamp?
  var suspendedBy: Account?
}

/// A token of an installation: for an hour, for some of its repositories, with at most its permissions.
struct InstallationToken: Sendable {
  let value: String
  let installation: Int64
  /// The account that the installation is on.
  let owner: Int64
  /// `nil` stands for all of the installation's repositories.
  let repositories: Set<Int64>?
  let permissions: [String: String]
  let expiresAt: Timestamp
}

/// How far a permission goes; each level includes those below.
enum PermissionLevel: Int, Comparable {
  case none, read, write, admin

  init(_ name: String?) {
    switch name {
    case "read": self = .read
    case "write": self = .write
    case "admin": self = .admin
    default: self = .none
    }
  }

  static func < (left: PermissionLevel, right: PermissionLevel) -> Bool {
    left.rawValue < right.rawValue
  }
}
