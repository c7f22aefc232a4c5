import Crypto
import HTTP
import Platform

/// `/_fake/`: what tests in any language seed the fake with and look at it by. No credentials; meant for loopback.
extension Service {
  func makeControlRoutes() -> HTTPRouter {
    var router = HTTPRouter(logger: logger)
    router.on("GET", "/_fake") { _ in .text(controlPage) }
    router.on("GET", "/_fake/") { _ in .text(controlPage) }
    addSeedingRoutes(&router)
    addCheckControl(&router)
    addActionsControl(&router)
    addInstallationControl(&router)
    addLookingRoutes(&router)
    return router
  }

  private func addSeedingRoutes(_ router: inout HTTPRouter) {
    on(&router, "/_fake/repositories") { service, body, _ in
      let repository = try await service.createRepository(
        try body.text("name"), path: body.optional("path"),
        isPrivate: body["private"]?.bool ?? true, isInstalled: body["installed"]?.bool ?? true,
        defaultBranch: body.optional("defaultBranch") ?? "main")
      return [
        "name": .string(repository.fullName), "gitFolder": .string(repository.git.path),
        "cloneURL": .string("\(service.representation.origin)/\(repository.fullName).git"),
      ]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/forks") { service, body, name in
      .object(["name": .string(try await service.fork(name, owner: try body.text("owner")).fullName)])
    }
    on(&router, "/_fake/repos/{owner}/{repo}/commits") { service, body, name in
      let push = try await service.push(body, to: name)
      return ["sha": .string(push.sha), "delivery": push.delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/tags") { service, body, name in
      let push = try await service.pushTag(
        try body.text("name"), at: try await service.sha(body.optional("sha"), in: name),
        message: body.optional("message"), to: name)
      return ["sha": .string(push.sha), "delivery": push.delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/releases") { service, body, name in
      let release = try await service.publishRelease(
        in: name, tag: try body.text("tag"), name: body.optional("name"), target: body.optional("target"),
        isDraft: body["draft"]?.bool ?? false)
      return ["id": .integer(release.id), "tag": .string(release.tag)]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/pulls") { service, body, name in
      let pull = try await service.openPullRequest(
        in: name, head: try body.text("head"), base: body.optional("base"),
        title: body.optional("title") ?? "A change", fork: body.optional("fork"),
        author: body.optional("author") ?? Self.defaultUser)
      return Self.control(pull)
    }
    on(&router, "/_fake/repos/{owner}/{repo}/pulls/{number}/synchronize") { service, body, name in
      Self.control(try await service.synchronizePullRequest(body["number"]?.integer ?? 0, in: name))
    }
    for (verb, isOpen) in [("close", false), ("reopen", true)] {
      on(&router, "/_fake/repos/{owner}/{repo}/pulls/{number}/\(verb)") { service, body, name in
        Self.control(
          try await service.setPullRequest(body["number"]?.integer ?? 0, isOpen: isOpen, in: name))
      }
    }
    on(&router, "/_fake/repos/{owner}/{repo}/deletions") { service, body, name in
      let push = try await service.pushDeletion(of: try body.text("ref"), in: name)
      return ["delivery": push.delivery.map { Self.detail($0) } ?? .null]
    }
  }

  private func addLookingRoutes(_ router: inout HTTPRouter) {
    on(&router, "/_fake/webhook") { service, body, _ in
      service.model.withLock { model in
        model.webhookURL = body.optional("url")
        model.webhookSecret = body.optional("secret")
        model.webhookContentType =
          body.optional("contentType").flatMap { FakeGitHub.WebhookContentType(rawValue: $0) } ?? .json
      }
      return [:]
    }
    on(&router, "/_fake/faults") { service, body, _ in
      try service.model.withLock { try $0.faults.add(control: body) }
      return [:]
    }
    on(&router, "/_fake/deliver") { service, body, _ in
      if let id = body["id"]?.integer { return Self.detail(try await service.redeliver(id)) }
      return try await service.deliver(body).map { Self.detail($0) } ?? .null
    }
    on(&router, "/_fake/reset") { service, _, _ in
      await service.reset()
      return [:]
    }
    router.on("DELETE", "/_fake/faults") { [self] _ in
      model.withLock { $0.faults = FaultSchedule() }
      return .empty(204)
    }
    router.on("GET", "/_fake/requests") { [self] _ in
      .json(.array(model.withLock { $0.requests }.map { Self.control($0) }))
    }
    router.on("GET", "/_fake/deliveries") { [self] _ in
      .json(.array(model.withLock { $0.deliveries }.map { Self.detail($0) }))
    }
    router.on("GET", "/_fake/statuses") { [self] request in
      let name = request.query("repo") ?? ""
      let sha = request.query("sha")
      let statuses = model.withLock { $0.repository(name)?.statuses ?? [] }
      return .json(.array(statuses.filter { sha == nil || $0.sha == sha }.map { Self.control($0) }))
    }
    router.on("GET", "/_fake/app") { [self] _ in
      .json(
        [
          "id": .integer(options.appID), "clientID": .string(options.clientID),
          "privateKey": .string(appPrivateKeyPEM),
          "personalAccessToken": JSONValue(options.personalAccessToken),
        ] as JSONValue)
    }
  }

  typealias ControlHandler =
    @Sendable (Service, [String: JSONValue], _ repository: String) async throws -> JSONValue

  /// A `POST` whose body is an object, to which the path's other parts are added; what the fake's Swift interface throws is 422 with its message.
  func on(_ router: inout HTTPRouter, _ pattern: String, _ handler: @escaping ControlHandler) {
    router.on("POST", pattern) { [self] request in
      do {
        let bytes = try await request.bytes(upTo: 64 << 20)
        guard var body = bytes.isEmpty ? [:] : (try? JSONValue(parsing: bytes))?.object else {
          return .problem(status: 400, detail: "the body is no JSON object")
        }
        for (name, value) in request.parameters where !["owner", "repo"].contains(name) {
          body[name] = ["id", "number"].contains(name) ? .integer(Int64(value) ?? 0) : .string(value)
        }
        let name = "\(request.parameters["owner"] ?? "")/\(request.parameters["repo"] ?? "")"
        return .json(try await handler(self, body, name), status: 201)
      } catch let error as FakeGitHubError {
        return .problem(status: error.code == .notFound ? 404 : 422, detail: error.message)
      }
    }
  }

  /// Forgets everything but the App; git folders stay until the fake ends.
  private func reset() async {
    model.withLock { model in
      var fresh = Model()
      fresh.origin = model.origin
      fresh.webhookURL = options.webhookURL
      fresh.webhookSecret = options.webhookSecret
      model = fresh
    }
  }
}
