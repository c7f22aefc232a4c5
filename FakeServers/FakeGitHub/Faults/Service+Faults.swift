import HTTP
import Platform
import Synchronization

extension Service {
  /// Carries out a request with what is planned to go wrong with it.
  func answer(
    _ request: HTTPServerRequest, fault: FakeGitHub.Fault?,
    _ carryOut: (HTTPServerRequest) async -> HTTPServerResponse
  ) async -> HTTPServerResponse {
    if let instead = fault?.answer(now: .now()) { return instead }
    switch fault {
    case .delay(let milliseconds):
      // A client that leaves meanwhile cancels this; then nobody sees the answer.
      try? await Task.sleep(for: .milliseconds(milliseconds))
      return await carryOut(request)
    case .abandonUpload(let afterBytes):
      var request = request
      request.body = Self.abandoned(request.body, afterBytes: afterBytes)
      _ = await carryOut(request)
      return .reset
    case .cutAfterHandling:
      // What a stream's answer stands for is done when the stream has ended: git's push, for one.
      if case .stream(let stream) = (await carryOut(request)).body {
        while (try? await stream.next()) != nil {}
      }
      return .reset
    case .truncate(let afterBytes):
      return Self.truncated(await carryOut(request), afterBytes: afterBytes)
    case .trickle(let bytes, let milliseconds):
      return Self.trickled(await carryOut(request), bytes: bytes, everyMilliseconds: milliseconds)
    default:
      return await carryOut(request)
    }
  }

  /// A request's body that breaks off, as if its client had left.
  private static func abandoned(_ body: ByteStream, afterBytes: Int) -> ByteStream {
    let taken = Mutex(0)
    return ByteStream(length: body.length) {
      let missing = afterBytes - taken.withLock { $0 }
      guard missing > 0, let chunk = try await body.next() else {
        throw FakeGitHubError(.system, "the upload is abandoned, as planned")
      }
      let part = Array(chunk.prefix(missing))
      taken.withLock { $0 += part.count }
      return part
    }
  }

  /// The same head, and a body that breaks off. An answer without a body is cut.
  private static func truncated(_ response: HTTPServerResponse, afterBytes: Int) -> HTTPServerResponse {
    guard let whole = stream(of: response) else { return .reset }
    let limit = whole.length.map { Swift.min(Int64(afterBytes), max(0, $0 - 1)) } ?? Int64(afterBytes)
    let given = Mutex(Int64(0))
    var response = response
    response.body = .stream(
      ByteStream(length: whole.length) {
        let missing = limit - given.withLock { $0 }
        guard missing > 0, let chunk = try await whole.next() else {
          throw FakeGitHubError(.system, "the answer is cut off, as planned")
        }
        let part = Array(chunk.prefix(Int(missing)))
        given.withLock { $0 += Int64(part.count) }
        return part
      })
    return response
  }

  /// The same answer, in small pieces with pauses.
  private static func trickled(
    _ response: HTTPServerResponse, bytes: Int, everyMilliseconds: Int
  ) -> HTTPServerResponse {
    guard let whole = stream(of: response) else { return response }
    let waiting = Mutex<ArraySlice<UInt8>>([])
    var response = response
    response.body = .stream(
      ByteStream(length: whole.length) {
        if waiting.withLock({ $0.isEmpty }) {
          guard let chunk = try await whole.next() else { return nil }
          waiting.withLock { $0 = chunk[...] }
        }
        try await Task.sleep(for: .milliseconds(everyMilliseconds))
        return waiting.withLock { waiting in
          let piece = Array(waiting.prefix(max(1, bytes)))
          waiting = waiting.dropFirst(piece.count)
          return piece
        }
      })
    return response
  }

  private static func stream(of response: HTTPServerResponse) -> ByteStream? {
    switch response.body {
    case .bytes(let bytes): bytes.isEmpty ? nil : .bytes(bytes)
    case .stream(let stream): stream
    case .empty: nil
    }
  }
}
