import GRPC
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct CallTests {
  @Test func `Messages come back as they were sent`() async throws {
    let sent = [[], [1], pattern(100), pattern(5_000), pattern(70_000, seed: 3), [], pattern(1)]
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Echo")
      try await call.send(sent)
      call.finish()
      #expect(try await call.collect() == sent)
    }
  }

  @Test func `A message of 16 MiB goes both ways`() async throws {
    let message = pattern(16 * 1024 * 1024)
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Echo")
      try await call.send(message)
      call.finish()
      #expect(try await call.collect() == [message])
    }
  }

  @Test func `A hundred thousand small messages arrive`() async throws {
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Count")
      var messages = OutgoingMessages()
      for index in 0..<1_000 { messages.append([UInt8](repeating: 1, count: index % 200)) }
      for _ in 0..<100 { try await call.send(messages) }
      call.finish()
      let answer = try await call.collect()
      #expect(answer.map { String(decoding: $0, as: UTF8.self) } == ["100000 9950000"])
    }
  }

  @Test func `A payload is sent behind its head`() async throws {
    let payload = pattern(300_000)
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Echo")
      var messages = OutgoingMessages()
      messages.append(head: [1, 2, 3], payload: payload[100...])
      messages.append { $0.append(contentsOf: [9, 8, 7]) }
      messages.append(head: [4], payload: payload[..<10])
      try await call.send(messages)
      call.finish()
      #expect(
        try await call.collect() == [[1, 2, 3] + payload[100...], [9, 8, 7], [4] + payload[..<10]])
    }
  }

  @Test func `A status comes with its message and trailers`() async throws {
    try await withServerAndClient { _, client in
      let call = try await client.openStream(
        path: "/test.Service/Metadata", metadata: ["X-One": "1", "x-two": "2", "x-one": "3"])
      call.finish()
      let headers = try await call.initialMetadata()
      #expect(headers["x-one"] == "1")
      let status = await call.status()
      #expect(status.code == .dataLoss)
      #expect(status.message == "ä% \n")
      #expect(status.metadata.entries.filter { $0.name == "x-one" }.map(\.value) == ["1", "3"])
    }
  }

  @Test func `Binary metadata arrives as bytes`() async throws {
    try await withServerAndClient { _, client in
      var metadata = GRPCMetadata()
      metadata.add("blob-bin", bytes: [0, 255, 10, 13])
      let call = try await client.openStream(path: "/test.Service/Metadata", metadata: metadata)
      #expect(await call.status().metadata.bytes("blob-bin") == [0, 255, 10, 13])
    }
  }

  @Test func `A call that fails at once says why`() async throws {
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Fail")
      #expect(
        await call.status() == GRPCStatus(.failedPrecondition, "nothing to see, 100 %: ÄÖ"))
    }
  }

  @Test func `An unknown method is unimplemented`() async throws {
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Nothing")
      #expect(await call.status().code == .unimplemented)
    }
  }

  @Test func `Calls on one connection do not disturb each other`() async throws {
    try await withServerAndClient { _, client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<50 {
          group.addTask {
            let call = try await client.openStream(path: "/test.Service/Echo")
            let sent = (0..<20).map { pattern($0 * 997, seed: index) }
            for message in sent { try await call.send(message) }
            call.finish()
            #expect(try await call.collect() == sent)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func `A message above the maximum is refused`() async throws {
    var configuration = GRPCServerConfiguration()
    configuration.limits.maximumMessageBytes = 1_000
    try await withServerAndClient(server: configuration) { _, client in
      let call = try await client.openStream(path: "/test.Service/Echo")
      try await call.send([pattern(1_000), pattern(1_001)])
      #expect(await call.status().code == .resourceExhausted)
    }
  }

  @Test func `An answer above the client's maximum is refused`() async throws {
    var configuration = GRPCClientConfiguration()
    configuration.limits.maximumMessageBytes = 1_000
    try await withServerAndClient(client: configuration) { _, client in
      let call = try await client.openStream(path: "/test.Service/Echo")
      try await call.send(pattern(1_001))
      #expect(await call.status().code == .resourceExhausted)
    }
  }
}
