package import Platform

/// What is known of a stored artifact.
package struct Artifact: Sendable, Hashable {
  /// UUIDv7.
  package let id: String
  /// Counts over all artifacts; what clients that want an integer call its id. Below 2^53.
  package let number: Int64
  package let run: String
  package let job: String
  /// The job attempt that made it, from 1.
  package let attempt: Int
  package let name: String
  /// Counts the artifacts of one name in a run, from 1.
  package let version: Int
  package let type: String?
  package let contentType: String
  /// In bytes.
  package let size: Int64
  /// SHA-256 of the bytes in lower-case hexadecimal digits.
  package let sha256: String
  package let createdAt: Timestamp
  /// The file below the store's folder.
  package let location: String
}

/// What an artifact is to be, before it is stored.
package struct ArtifactDescription: Sendable, Hashable {
  package var run: String
  package var job: String
  package var attempt: Int
  package var name: String
  package var type: String?

  /// - Parameters:
  ///   - run: the id of the run, a UUID in lower case.
  ///   - job: the id of the job.
  ///   - type: a word such as `diff`, `log`, `test` or `build`.
  package init(run: String, job: String, attempt: Int = 1, name: String, type: String? = nil) {
    self.run = run
    self.job = job
    self.attempt = attempt
    self.name = name
    self.type = type
  }
}
