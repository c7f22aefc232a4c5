import Database

/// Repositories that get another name: what is kept of them goes with it. Parts of a write that somebody else opened.
struct RepositoryStore: Sendable {
  /// Has the numbers of a repository's runs go up.
  func raiseNumbers(of repository: String, by offset: Int, in db: borrowing DatabaseConnection) throws {
    // In two steps: on the way no two runs have the same number.
    try db.execute(
      """
      UPDATE runs SET
        number = -(number + :offset),
        model = CAST(json_set(CAST(model AS TEXT), '$.number', number + :offset) AS BLOB)
      WHERE repository = :repository
      """, ["repository": repository, "offset": offset])
    try db.execute("UPDATE runs SET number = -number WHERE repository = ? AND number < 0", [repository])
  }

  /// Gives everything of a repository its new name.
  func rename(
    _ old: String, to new: String, cloneURL: String, in db: borrowing DatabaseConnection
  ) throws {
    try db.execute(
      """
      UPDATE runs SET repository = :new, model = CAST(
        json_set(CAST(model AS TEXT), '$.source.repository', :new, '$.source.cloneURL', :url) AS BLOB)
      WHERE repository = :old
      """, ["old": old, "new": new, "url": cloneURL])
    try db.execute("UPDATE deliveries SET repository = ? WHERE repository = ?", [new, old])
    try db.execute("UPDATE active_jobs SET repository = ? WHERE repository = ?", [new, old])
  }
}
