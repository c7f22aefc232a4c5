package import Platform

/// A name and a password for git over HTTP, good for one repository and a while.
package struct CloneCredentials: Sendable, CustomStringConvertible, CustomReflectable {
  package let username: String
  package let password: String
  /// When the password ends; `nil` when that is not known.
  package let expiresAt: Timestamp?

  package init(username: String, password: String, expiresAt: Timestamp?) {
    self.username = username
    self.password = password
    self.expiresAt = expiresAt
  }

  /// Without the password: descriptions end up in logs.
  package var description: String { "credentials of \(username)" }

  package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
