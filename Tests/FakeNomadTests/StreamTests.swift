import Crypto
import HTTP
import Platform
import TestSupport
import Testing

@testable import FakeNomad

/// Answers that do not end by themselves: events, and logs that are followed.
@Suite(.fewAtOnce) struct StreamTests {
  /// The events that a reader gets until one fits.
  private func events(
    _ nomad: NomadConnection, _ query: String, until isLast: (JSONValue) -> Bool
  ) async throws -> [JSONValue] {
    let response = try await nomad.open("/v1/event/stream?\(query)")
    var events: [JSONValue] = []
    var rest: [UInt8] = []
    while let bytes = try await response.body.next() {
      rest += bytes
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = try JSONValue(parsing: Array(rest[..<end]))
        rest.removeSubrange(...end)
        events += line["Events"]?.array ?? []
        if let place = events.firstIndex(where: isLast) { return Array(events[...place]) }
      }
    }
    return events
  }

  @Test("from an index on all that happened to a job is told, in its order")
  func pastEvents() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("true")
      let events = try await events(nomad, "index=1") { event in
        event["Payload"]?["Allocation"]?["ClientStatus"] == "complete"
      }
      #expect(events.first?["Type"] == "JobRegistered")
      let ofJob = events.filter { $0["Key"] == .string(id) || $0["FilterKeys"]?[0] == .string(id) }
      let types = ofJob.compactMap { $0["Type"]?.string }
      #expect(types.prefix(3) == ["JobRegistered", "PlanResult", "EvaluationUpdated"])
      #expect(types.dropFirst(3).allSatisfy { $0 == "AllocationUpdated" })
      let indexes = events.compactMap { $0["Index"]?.integer }
      #expect(indexes == indexes.sorted())
    }
  }

  @Test("a reader gets what it asked for, from now on")
  func topics() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("exec sleep 600")
      let running = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      let query = "topic=Allocation:\(id)&topic=Node"
      async let told = events(nomad, query) { $0["Payload"]?["Allocation"]?["ClientStatus"] == "lost" }
      // Reading begins some time after it was asked for: what comes before is not told.
      try await nomad.nomad.service.record.value(timeoutSeconds: 20, waitingFor: "the reader") { record in
        record.requests.contains { $0.path == "/v1/event/stream" } ? () : nil
      }
      nomad.nomad.holdPlacement(true)
      _ = try await nomad.dispatch("shell")
      try nomad.nomad.settle(running.id, as: .lost)
      let events = try await told
      #expect(events.map { $0["Topic"]?.string } == ["Node", "Allocation"])
      #expect(events.last?["Payload"]?["Allocation"]?["Job"] == nil)
    }
  }

  @Test(
    "a wrong request for events is refused",
    arguments: [
      (
        "topic=a:b:c",
        "Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: a:b:c"
      ),
      ("index=x", "Unable to parse index: strconv.Atoi: parsing \"x\": invalid syntax"),
    ])
  func refusals(_ query: String, _ message: String) async throws {
    try await withNomad { nomad in
      let answer = try await nomad.call("GET", "/v1/event/stream?\(query)")
      #expect(answer.status == 400 && answer.text == message)
    }
  }

  @Test("a log that is followed in frames brings what is there, what comes, and a sign of life between")
  func followed() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run(
        "mkfifo ../fifo; printf first; read -r line < ../fifo; printf second; exec sleep 600")
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      _ = try await nomad.nomad.log(allocation: allocation.id, task: "run", containing: "first")
      let response = try await nomad.open(
        "/v1/client/fs/logs/\(allocation.id)?task=run&type=stdout&follow=true&offset=2")
      var text = ""
      while !text.contains("{}"), let bytes = try await response.body.next() {
        text += String(decoding: bytes, as: UTF8.self)
      }
      let first = try JSONValue(parsing: Array((text.split(separator: "{}").first ?? "").utf8))
      #expect(first["Data"]?.string.flatMap { Base64.decode($0) } == Array("rst".utf8))
    }
  }

  @Test("what a task printed is kept in files, of which the oldest goes")
  func rotation() {
    var log = TaskLog(TaskLogLimits(["MaxFiles": 3, "MaxFileSizeMB": 1], maximumBytes: 12))
    for part in ["0123", "45", "6789ab", "c"] { log.append(Array(part.utf8)) }
    #expect(String(decoding: log.bytes, as: UTF8.self) == "456789abc")
    let piece = log.piece(from: 6, maximumBytes: 100)
    #expect(piece.map { String(decoding: $0.bytes, as: UTF8.self) } == "67")
    #expect(piece?.file == 1 && piece?.fileOffset == 4)
    #expect(log.piece(from: 0, maximumBytes: 2).map { String(decoding: $0.bytes, as: UTF8.self) } == "45")
    #expect(log.piece(from: 13, maximumBytes: 2) == nil)
  }
}
