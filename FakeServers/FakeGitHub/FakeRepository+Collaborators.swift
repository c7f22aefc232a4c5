extension FakeRepository {
  /// What somebody may do with a repository.
  public enum Permission: String, Sendable {
    case read, write, admin
  }

  /// Lets somebody do so much. The owner is an admin and `alice`, who does what nobody else is named for, may write;
  /// everybody else may read what is public.
  public func addCollaborator(_ login: String, _ permission: Permission) throws {
    try service.addCollaborator(login, permission.rawValue, to: fullName)
  }
}
