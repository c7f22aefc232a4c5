import HTTP

extension FaultSchedule {
  /// What `POST /_fake/faults` plans: `{"seed", "rate", "methods", "path"}`, or one fault with the requests that it is for.
  mutating func add(control body: [String: JSONValue]) throws {
    if let seed = body["seed"]?.integer {
      guard let rate = body["rate"]?.number, (0...1).contains(rate) else {
        throw FakeGitHubError(.invalidArgument, "a seed wants a rate from 0 to 1")
      }
      plan = .seeded(
        UInt64(bitPattern: seed), rate: rate,
        methods: body["methods"]?.array.map { Set($0.compactMap(\.string)) },
        path: body.optional("path") ?? "/**")
    } else {
      add(try PlannedFault(control: body))
    }
  }
}

extension PlannedFault {
  fileprivate init(control body: [String: JSONValue]) throws {
    let path = body.optional("path").map { PathPattern($0) }
    self.init(
      method: body.optional("method"),
      path: path ?? PathPattern(prefix: body.optional("pathPrefix") ?? "/"),
      skipping: body.count("skipping") ?? 0, remaining: body.count("times") ?? 1,
      fault: try FakeGitHub.Fault(control: body))
  }
}

extension FakeGitHub.Fault {
  fileprivate init(control body: [String: JSONValue]) throws {
    if let limit = body.optional("rateLimit") {
      let status = body.count("status") ?? 403
      self =
        limit == "primary"
        ? .primaryRateLimit(resetSeconds: Int64(body.count("resetSeconds") ?? 60), status: status)
        : .secondaryRateLimit(retryAfterSeconds: body.count("retryAfterSeconds"), status: status)
    } else if let status = body["status"]?.integer, (100...999).contains(status) {
      let headers = body["headers"]?.object?.compactMapValues(\.string) ?? [:]
      self = .respond(status: Int(status), headers: headers, body: body.optional("body") ?? "")
    } else if let milliseconds = body.count("delayMilliseconds") {
      self = .delay(milliseconds: milliseconds)
    } else if let bytes = body.count("truncateAfterBytes") {
      self = .truncate(afterBytes: bytes)
    } else if let bytes = body.count("trickleBytes") {
      self = .trickle(bytes: bytes, everyMilliseconds: body.count("everyMilliseconds") ?? 10)
    } else if let bytes = body.count("abandonUploadAfterBytes") {
      self = .abandonUpload(afterBytes: bytes)
    } else if let cut = body.optional("cut") {
      self = cut == "after" ? .cutAfterHandling : .cut
    } else {
      throw FakeGitHubError(.invalidArgument, "the body names no fault; GET /_fake/ lists them")
    }
  }
}
