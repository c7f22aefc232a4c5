import HTTP
import Platform

/// `mise-ci deliveries list`: what the forge sent, and what became of it.
enum DeliveriesCommand {
  static let command = Command(
    "deliveries", "Lists what the forge sent, and what became of it.", subcommands: [list])

  private static let list = Command(
    "list", "Lists the newest webhook deliveries.", discussion: APIClient.discussion,
    options: [
      .init("limit", value: "N", "At most so many (default 20)."),
      .init("json", "Print what the server says, as JSON."),
    ] + APIClient.options)

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let path = "/api/v1/deliveries"
    let limit = try values.integer("limit", in: 1...10_000) ?? 20
    return try await APIClient.with(values) { api in
      if values.has("json") {
        printJSON(["items": .array(try await api.list(path, limit: limit, of: JSONValue.self))])
      } else {
        print(text(try await api.list(path, limit: limit, of: DeliveryAnswer.self)), terminator: "")
      }
      return 0
    }
  }

  private static func text(_ deliveries: [DeliveryAnswer]) -> String {
    if deliveries.isEmpty { return "There are no deliveries yet.\n" }
    return table(
      [["RECEIVED", "DELIVERY", "EVENT", "REPOSITORY", "OUTCOME"]]
        + deliveries.map { delivery in
          [
            delivery.receivedAt.rfc3339, delivery.delivery, delivery.event, delivery.repository ?? "-",
            delivery.run.map { "run \($0)" } ?? "\(delivery.outcome): \(delivery.reason ?? "-")",
          ]
        })
  }
}

/// What the command reads of a delivery.
private struct DeliveryAnswer: Decodable {
  let delivery: String
  let event: String
  let repository: String?
  let receivedAt: Timestamp
  let outcome: String
  let reason: String?
  let run: String?
}
