import HTTP
import Platform

/// What the commands read of a run as the API shows it. States are texts, since a newer server may have more of them.
struct RunAnswer: Decodable {
  let id: String
  let number: Int
  let repository: String
  let event: String
  let ref: String
  let sha: String
  let title: String
  let state: String
  let reason: String?
  let attempt: Int
  let rerunBy: String?
  let cancellation: CancellationAnswer?
  let earlierAttempts: [AttemptAnswer]?
  let createdAt: Timestamp
  let startedAt: Timestamp?
  let finishedAt: Timestamp?
  let jobs: [JobAnswer]
}

/// What the commands read of a job.
struct JobAnswer: Decodable {
  let id: String
  let name: String
  let state: String
  let reason: String?
  let attempt: Int
  let earlierAttempts: [AttemptAnswer]?
  let worker: String?
  let startedAt: Timestamp?
  let finishedAt: Timestamp?
  let steps: [StepAnswer]
}

/// What the commands read of an attempt that is over.
struct AttemptAnswer: Decodable {
  let attempt: Int
  let state: String
  let reason: String?
}

/// What the commands read of the wish that a run stops.
struct CancellationAnswer: Decodable {
  let reason: String
  let requestedAt: Timestamp
}

/// What the commands read of a step.
struct StepAnswer: Decodable {
  let name: String
  let state: String
  let exitCode: Int?
  let reason: String?
  let startedAt: Timestamp?
  let finishedAt: Timestamp?
}

extension APIClient {
  /// `GET /api/v1/runs/{run}`
  func run(_ id: String) async throws -> RunAnswer {
    try await get("/api/v1/runs/\(id)").decode(RunAnswer.self)
  }
}

extension CommandLineValues {
  /// The argument RUN, which becomes part of a path and so has to be an id.
  func runID() throws(UsageError) -> String {
    let text = arguments.first ?? ""
    guard UUIDv7.isValid(text) else {
      throw UsageError("\(program): '\(text)' is not a run's id; 'mise-ci runs' lists them")
    }
    return text
  }
}
