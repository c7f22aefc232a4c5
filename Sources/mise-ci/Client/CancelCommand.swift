import HTTP
import Platform

/// `mise-ci cancel RUN`: has a run stop.
enum CancelCommand {
  static let command = Command(
    "cancel", "Has a run stop: its commands are ended, what is always kept is collected.",
    discussion: APIClient.discussion,
    options: [.init("json", "Print what the server says, as JSON.")] + APIClient.options,
    arguments: [.init("RUN", "The run's id.")])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let id = try values.runID()
    return try await APIClient.with(values) { api in
      let answer = try await api.post("/api/v1/runs/\(id)/cancel", ["by": .string(userName)]).json()
      if values.has("json") {
        printJSON(answer)
      } else {
        let state = answer["state"]?.string ?? ""
        let reason = answer["cancellation"]?["reason"]?.string.map { " (\($0))" } ?? ""
        print(plainText("run \(id) \(state == "cancelled" ? "is cancelled" : "is stopping")\(reason)"))
      }
      return 0
    }
  }
}

/// Who types this, for the record.
var userName: String {
  [ProcessEnvironment["USER"], ProcessEnvironment["LOGNAME"]].compactMap { $0 }.first { name in
    (1...100).contains(name.count)
      && name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  } ?? "the command line"
}
