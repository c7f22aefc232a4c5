import HTTP
import Platform
import TestSupport
import Testing

/// Bodies of tens of megabytes, with little of them in memory at any time: what is under way lies in
/// sockets (a few MB on loopback) and bounded buffers.
@Suite(.serialized, .fewAtOnce) struct StreamingTests {
  private static let total = 48 << 20
  private static let maximumUnderWayBytes = 16 << 20

  @Test("A download is pulled by its reader", arguments: [true, false])
  func download(isLengthKnown: Bool) async throws {
    let meter = FlowMeter()
    let handler: HTTPServer.Handler = { _ in
      HTTPServerResponse(body: .stream(meter.stream(Self.total, isLengthKnown: isLengthKnown)))
    }
    try await withServerAndClient(handler: handler) { url, client in
      let response = try await client.send(HTTPRequest("GET", url))
      #expect(response.body.length == (isLengthKnown ? Int64(Self.total) : nil))
      while let chunk = try await response.body.next() { meter.consume(chunk.count) }
    }
    #expect(meter.consumedBytes == Self.total)
    #expect(meter.maximumUnderWayBytes < Self.maximumUnderWayBytes)
  }

  @Test("An upload is pulled by the handler", arguments: [true, false])
  func upload(isLengthKnown: Bool) async throws {
    let meter = FlowMeter()
    let handler: HTTPServer.Handler = { request in
      while let chunk = try? await request.body.next() { meter.consume(chunk.count) }
      return .text("\(meter.consumedBytes)")
    }
    try await withServerAndClient(handler: handler) { url, client in
      let body = HTTPBody.stream(meter.stream(Self.total, isLengthKnown: isLengthKnown))
      let response = try await client.send(HTTPRequest("PUT", url, body: body))
      #expect(String(decoding: try await response.bytes(), as: UTF8.self) == "\(Self.total)")
    }
    #expect(meter.maximumUnderWayBytes < Self.maximumUnderWayBytes)
  }

  @Test func `An answer can be the request's own body, while that still comes`() async throws {
    let meter = FlowMeter()
    let handler: HTTPServer.Handler = { HTTPServerResponse(body: .stream($0.body)) }
    try await withServerAndClient(handler: handler) { url, client in
      let body = HTTPBody.stream(meter.stream(Self.total, isLengthKnown: true))
      let response = try await client.send(HTTPRequest("POST", url, body: body))
      var isInOrder = true
      while let chunk = try await response.body.next() {
        isInOrder = isInOrder && chunk[0] == UInt8(truncatingIfNeeded: meter.consumedBytes / (64 << 10))
        meter.consume(chunk.count)
      }
      #expect(isInOrder)
    }
    #expect(meter.consumedBytes == Self.total)
    #expect(meter.maximumUnderWayBytes < Self.maximumUnderWayBytes)
  }
}
