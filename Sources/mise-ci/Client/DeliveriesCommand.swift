import HTTP
import Platform

/// `mise-ci deliveries list`, `show DELIVERY` and `replay DELIVERY`: what the forge sent, and what became of it.
enum DeliveriesCommand {
  static let command = Command(
    "deliveries", "Shows what the forge sent and what became of it, and replays it.",
    subcommands: [list, show, replay])

  private static let json = Command.Option("json", "Print what the server says, as JSON.")
  private static let delivery = Command.Argument(
    "DELIVERY", "The delivery's id, the server's or the forge's; 'mise-ci deliveries list' shows them.")

  private static let list = Command(
    "list", "Lists the newest webhook deliveries.", discussion: APIClient.discussion,
    options: [.init("limit", value: "N", "At most so many (default 20)."), json] + APIClient.options)

  private static let show = Command(
    "show", "Shows a delivery: what was sent, what became of it, and its replays.",
    discussion: APIClient.discussion,
    options: [.init("payload", "Print the payload only, as JSON."), json] + APIClient.options,
    arguments: [delivery])

  private static let replay = Command(
    "replay", "Reads a delivery again, and makes a new run of it though it made one before.",
    discussion: APIClient.discussion, options: [json] + APIClient.options, arguments: [delivery])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    switch values.path.last {
    case "show": try await show(values)
    case "replay": try await replay(values)
    default: try await list(values)
    }
    return 0
  }

  private static func list(_ values: CommandLineValues) async throws {
    let path = "/api/v1/deliveries"
    let limit = try values.integer("limit", in: 1...10_000) ?? 20
    try await APIClient.with(values) { api in
      if values.has("json") {
        printJSON(["items": .array(try await api.list(path, limit: limit, of: JSONValue.self))])
      } else {
        print(text(try await api.list(path, limit: limit, of: DeliveryAnswer.self)), terminator: "")
      }
    }
  }

  private static func show(_ values: CommandLineValues) async throws {
    let path = "/api/v1/deliveries/\(try values.deliveryID())"
    try await APIClient.with(values) { api in
      if values.has("json") || values.has("payload") {
        let answer = try await api.get(path).json(upTo: DeliveryDetailAnswer.maximumBytes)
        printJSON(values.has("json") ? answer : answer["payload"] ?? .null)
      } else {
        print(
          text(
            try await api.get(path).decode(DeliveryDetailAnswer.self, upTo: DeliveryDetailAnswer.maximumBytes)
          ), terminator: "")
      }
    }
  }

  private static func replay(_ values: CommandLineValues) async throws {
    let id = try values.deliveryID()
    try await APIClient.with(values) { api in
      let answer = try await api.post("/api/v1/deliveries/\(id)/replay").json()
      if values.has("json") {
        printJSON(answer)
      } else if let run = answer["run"]?.string {
        print(plainText("run \(run)"))
      } else {
        print(plainText("no run: \(answer["ignored"]?.string ?? "nothing to do")"))
      }
    }
  }

  // MARK: Texts

  private static func text(_ deliveries: [DeliveryAnswer]) -> String {
    if deliveries.isEmpty { return "There are no deliveries yet.\n" }
    return table(
      [["RECEIVED", "DELIVERY", "EVENT", "REPOSITORY", "OUTCOME"]]
        + deliveries.map { delivery in
          [
            delivery.receivedAt.rfc3339, delivery.name, delivery.event ?? "-", delivery.repository ?? "-",
            delivery.outcomeText + (delivery.replayOf == nil ? "" : " (replay)"),
          ]
        })
  }

  private static func text(_ detail: DeliveryDetailAnswer) -> String {
    let delivery = detail.delivery
    var facts = [
      ["id", delivery.id], ["delivery", delivery.delivery ?? "-"], ["event", delivery.event ?? "-"],
      ["repository", delivery.repository ?? "-"], ["received", delivery.receivedAt.rfc3339],
      ["outcome", delivery.outcomeText],
    ]
    if let origin = delivery.replayOf { facts.append(["replay of", origin]) }
    facts.append([
      "payload", detail.hasPayload ? "kept: --payload prints it" : "not kept: it cannot be replayed",
    ])
    let headers = (detail.headers ?? [:]).sorted { $0.key < $1.key }.map { ["", "\($0.key): \($0.value)"] }
    let replays = detail.replays.map { ["", $0.receivedAt.rfc3339, $0.id, $0.outcomeText] }
    return table(facts) + (headers.isEmpty ? "" : "\nheaders\n" + table(headers))
      + (replays.isEmpty ? "" : "\nreplays\n" + table(replays))
  }
}

/// What the command reads of a delivery. Outcomes are texts, since a newer server may have more of them.
private struct DeliveryAnswer: Decodable {
  let id: String
  let delivery: String?
  let event: String?
  let repository: String?
  let receivedAt: Timestamp
  let outcome: String
  let reason: String?
  let run: String?
  let replayOf: String?

  /// The id by which the other commands find just this one: the forge's, where it has one and is no replay.
  var name: String { replayOf == nil ? delivery ?? id : id }

  /// `run ID`, `skipped: WHY (run ID)`, `ignored: WHY`.
  var outcomeText: String {
    let run = self.run.map { "run \($0)" }
    if outcome == "run", let run { return run }
    return outcome + (reason.map { ": \($0)" } ?? "") + (run.map { " (\($0))" } ?? "")
  }
}

/// `GET /api/v1/deliveries/{delivery}`
private struct DeliveryDetailAnswer: Decodable {
  /// A payload has at most 25 MB, and may take more as JSON of ours.
  static let maximumBytes = 128 << 20

  let delivery: DeliveryAnswer
  let headers: [String: String]?
  let hasPayload: Bool
  let replays: [DeliveryAnswer]

  private enum CodingKeys: String, CodingKey { case headers, payload, replays }

  init(from decoder: any Decoder) throws {
    delivery = try DeliveryAnswer(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    headers = try container.decodeIfPresent([String: String].self, forKey: .headers)
    hasPayload = try !container.decodeNil(forKey: .payload)
    replays = try container.decode([DeliveryAnswer].self, forKey: .replays)
  }
}

extension CommandLineValues {
  /// The argument DELIVERY, which becomes part of a path.
  fileprivate func deliveryID() throws(UsageError) -> String {
    let text = arguments.first ?? ""
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isPlain, (1...128).contains(text.utf8.count) else {
      throw UsageError("\(program): '\(text)' is not a delivery's id; 'mise-ci deliveries list' shows them")
    }
    return text
  }
}
