import HTTP
import Platform

/// `mise-ci approve RUN`: lets a run go on that waits for somebody to say so.
enum ApproveCommand {
  static let command = Command(
    "approve", "Lets a run go on that waits for approval, such as that of a pull request from a fork.",
    discussion: "What is approved is the run's commit, and no later one. " + APIClient.discussion,
    options: [
      .init("sha", value: "SHA", "The commit that was looked at; another one is refused."),
      .init("json", "Print what the server says, as JSON."),
    ] + APIClient.options,
    arguments: [.init("RUN", "The run's id.")])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let id = try values.runID()
    return try await APIClient.with(values) { api in
      var wish: [String: JSONValue] = ["by": .string(userName)]
      if let sha = values.string("sha") { wish["sha"] = .string(sha) }
      let answer = try await api.post("/api/v1/runs/\(id)/approve", .object(wish)).json()
      if values.has("json") {
        printJSON(answer)
      } else {
        print(plainText("run \(id) is approved for commit \(answer["sha"]?.string ?? "")"))
      }
      return 0
    }
  }
}
