import ArtifactStore
import Forge

/// What the check of a run that is over says beside what the run itself knows.
struct CheckDetails: Sendable {
  /// The step that the run failed for.
  struct FailedStep: Hashable, Sendable {
    let job: String
    let name: String
    /// The end of what it wrote; empty when it wrote nothing.
    let lastLines: String
  }

  var failedStep: FailedStep?
  var annotations: [Check.Annotation] = []
  /// What was found and is about no file of the repository.
  var remarks: [Finding] = []
  /// How much more was found than is told.
  var dropped = 0
  /// What could not be read, and why.
  var problems: [String] = []
  var artifacts: [Artifact] = []
}
