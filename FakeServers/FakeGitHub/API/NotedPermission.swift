import Synchronization

/// The permission that an operation takes, noted where it is checked: every answer to an App names it in
/// `X-Accepted-GitHub-Permissions`.
final class NotedPermission: Sendable {
  private let noted = Mutex<String?>(nil)

  /// Such as `checks=write`; `nil` when none was asked for.
  var text: String? { noted.withLock { $0 } }

  func note(_ permission: String, _ level: PermissionLevel) {
    noted.withLock { $0 = "\(permission)=\(level)" }
  }
}
