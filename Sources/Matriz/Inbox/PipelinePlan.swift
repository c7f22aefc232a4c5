import RunModel

/// What every run does as long as repositories have no workflow file: one job that clones, lets mise install the
/// tools and run the tasks, and hands in artifacts.
struct PipelinePlan: Sendable {
  /// A file that is fetched from the worker when the tasks are done.
  struct Artifact: Hashable, Sendable {
    /// Relative to the repository.
    var path: String
    var name: String
    var type: String?
    /// Fetched after a failure, too.
    var always: Bool
  }

  var tasks: [String]
  var artifacts: [Artifact]
  /// Paths of the files that go to a tag's release.
  var releaseAssets: [String]
  /// Paths of files in SARIF. They are fetched whatever became of the tasks, and need not be there.
  var sarif: [String] = []
  var limits: Limits
  var reports = Reports()

  /// The plan of a run. A release asset is an artifact as well: what is uploaded is what was stored.
  var plan: Plan {
    var steps = [
      StepPlan(name: "clone", action: .clone), Self.mise("trust"), Self.mise("install"),
    ]
    steps += tasks.map { Self.mise("run", $0) }
    steps += (artifacts + assetsThatAreNoArtifacts).map { artifact in
      StepPlan(
        name: "collect \(artifact.path)",
        action: .collect(path: artifact.path, artifact: artifact.name, type: artifact.type),
        condition: artifact.always ? .always : .success)
    }
    steps += sarif.map { path in
      StepPlan(
        name: "collect \(path)",
        action: .collect(path: path, artifact: reportName(path), type: Job.reportType), condition: .always,
        isOptional: true)
    }
    return Plan(
      jobs: [JobPlan(name: tasks.joined(separator: "+"), steps: steps)],
      releaseAssets: releaseAssets.map(Self.fileName), limits: limits, reports: reports)
  }

  /// A release names its assets after the files; an artifact of the file under that name serves for it.
  private var assetsThatAreNoArtifacts: [Artifact] {
    releaseAssets.map { Artifact(path: $0, name: Self.fileName($0), type: nil, always: false) }
      .filter { asset in !artifacts.contains { $0.path == asset.path && $0.name == asset.name } }
  }

  /// The name of the file, unless the store would not have it or an artifact has it already.
  private func reportName(_ path: String) -> String {
    let taken = Set((artifacts + assetsThatAreNoArtifacts).map(\.name))
    var name = Self.fileName(path)
    while name.hasPrefix(".") || taken.contains(name) { name = "sarif-\(name)" }
    return name
  }

  private static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func mise(_ arguments: String...) -> StepPlan {
    StepPlan(
      name: "mise \(arguments.joined(separator: " "))", action: .run(command: "mise", arguments: arguments))
  }
}
