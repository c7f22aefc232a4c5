/// Who makes a request.
enum Principal: Sendable {
  case anonymous
  /// The App itself, by its JWT.
  case app
  /// The App on one account, by an installation's token.
  case installation(InstallationToken)
  /// A user, by a personal token.
  case user

  /// Whether the repository can be seen at all.
  func canSee(_ repository: Repository) -> Bool {
    !repository.isPrivate || reaches(repository)
  }

  /// How far this permission goes for that repository. Everybody may read what is public.
  func level(of permission: String, for repository: Repository) -> PermissionLevel {
    let floor: PermissionLevel = repository.isPrivate ? .none : .read
    guard reaches(repository) else { return floor }
    switch self {
    case .user: return .admin
    case .installation(let token): return max(floor, PermissionLevel(token.permissions[permission]))
    case .anonymous, .app: return floor
    }
  }

  private func reaches(_ repository: Repository) -> Bool {
    switch self {
    case .user: true
    case .installation(let token):
      repository.isInstalled && (token.repositories?.contains(repository.id) ?? true)
        && token.owner == repository.owner.id
    case .anonymous, .app: false
    }
  }

  /// Whose hourly limit the request counts against.
  var rateKey: String {
    switch self {
    case .anonymous: "anonymous"
    case .app: "app"
    case .installation(let token): "installation \(token.installation)"
    case .user: "user"
    }
  }
}
