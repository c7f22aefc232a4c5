import HTTP

/// `/_fake/`: where the App is installed, and what repositories are called.
extension Service {
  func addInstallationControl(_ router: inout HTTPRouter) {
    on(&router, "/_fake/repos/{owner}/{repo}/move") { service, body, name in
      let before = try service.found(name)
      let after = try service.move(name, to: try body.text("to"))
      let delivery = try await service.deliverMove(
        from: before, to: after, by: service.user(Self.defaultUser))
      return ["name": .string(after.fullName), "delivery": delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/installed") { service, body, name in
      let delivery = try await service.setInstalled(body["installed"]?.bool ?? true, name)
      return ["delivery": delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/installations/{account}/{action}") { service, body, _ in
      let owner = try body.text("account")
      let delivery: FakeGitHub.Delivery?
      switch body.optional("action") {
      case "suspend": delivery = try await service.setSuspended(true, on: owner, isAwaited: true)
      case "resume": delivery = try await service.setSuspended(false, on: owner, isAwaited: true)
      case "delete": delivery = try await service.removeInstallation(on: owner, isAwaited: true)
      case "create":
        let names = body["repositories"]?.array?.compactMap(\.string) ?? []
        delivery = try await service.install(on: owner, repositories: names)
      default: throw FakeGitHubError(.notFound, "there is no such action; GET /_fake/ lists them")
      }
      return ["delivery": delivery.map { Self.detail($0) } ?? .null]
    }
  }
}
