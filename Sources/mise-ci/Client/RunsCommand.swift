import HTTP
import Platform

/// `mise-ci runs`: the newest runs.
enum RunsCommand {
  static let command = Command(
    "runs", "Lists the newest runs.", discussion: APIClient.discussion,
    options: [
      .init("limit", value: "N", "At most so many (default 20)."),
      .init("json", "Print what the server says, as JSON."),
    ] + APIClient.options)

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let limit = try values.integer("limit", in: 1...10_000) ?? 20
    return try await APIClient.with(values) { api in
      if values.has("json") {
        let items = try await api.list("/api/v1/runs", limit: limit, of: JSONValue.self)
        printJSON(["items": .array(items)])
      } else {
        print(text(try await api.list("/api/v1/runs", limit: limit, of: RunAnswer.self)), terminator: "")
      }
      return 0
    }
  }

  private static func text(_ runs: [RunAnswer]) -> String {
    if runs.isEmpty { return "There are no runs yet.\n" }
    let head = ["RUN", "STATE", "REPOSITORY", "REF", "COMMIT", "CREATED", "TOOK", "TITLE"]
    return table(
      [head]
        + runs.map { run in
          [
            run.id, run.state, "\(run.repository) #\(run.number)", run.ref, String(run.sha.prefix(8)),
            run.createdAt.rfc3339, duration(from: run.startedAt, to: run.finishedAt), run.title,
          ]
        })
  }
}

/// Prints a value on a line of its own.
func printJSON(_ value: JSONValue) {
  print(String(decoding: value.bytes(), as: UTF8.self))
}
