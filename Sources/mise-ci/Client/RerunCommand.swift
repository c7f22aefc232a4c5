import HTTP
import Platform

/// `mise-ci rerun RUN`: does a run again.
enum RerunCommand {
  static let command = Command(
    "rerun", "Does a run again that is over, by the plan that it was made with.",
    discussion: APIClient.discussion,
    options: [
      .init("failed", "Only the jobs and uploads that did not succeed."),
      .init("json", "Print what the server says, as JSON."),
    ] + APIClient.options,
    arguments: [.init("RUN", "The run's id.")])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let id = try values.runID()
    return try await APIClient.with(values) { api in
      let wish: JSONValue = ["by": .string(userName), "failed": .bool(values.has("failed"))]
      let answer = try await api.post("/api/v1/runs/\(id)/rerun", wish).json()
      if values.has("json") {
        printJSON(answer)
      } else {
        print("run \(id) is queued again, attempt \(answer["attempt"]?.integer ?? 0)")
      }
      return 0
    }
  }
}
