import Platform

/// Everything that the fake knows, apart from what lies in git and in files.
struct Model: Sendable {
  /// The fake's own address, `http://host:port`; empty until it listens.
  var origin = ""
  /// Ids count up from here, over all kinds, so none is mistaken for another.
  private var lastID: Int64 = 1_000

  /// By login in lower case.
  var accounts = [Account.appOwner.login: Account.appOwner]
  var installations: [Installation] = []
  var tokens: [String: InstallationToken] = [:]
  /// By `owner/name` in lower case: GitHub's names do not tell cases apart.
  var repositories: [String: Repository] = [:]
  /// The ids of repositories by names that they had, in lower case.
  var formerNames: [String: Int64] = [:]
  var webhookURL: String?
  var webhookSecret: String?
  var webhookContentType = FakeGitHub.WebhookContentType.json
  var deliveries: [FakeGitHub.Delivery] = []
  var requests: [FakeGitHub.RecordedRequest] = []
  var faults = FaultSchedule()
  var rates: [String: RateWindow] = [:]

  mutating func makeID() -> Int64 {
    lastID += 1
    return lastID
  }

  func repository(_ fullName: String) -> Repository? {
    repositories[fullName.lowercased()]
  }

  mutating func update<T>(_ fullName: String, _ body: (inout Repository) -> T) -> T? {
    let key = fullName.lowercased()
    guard var repository = repositories.removeValue(forKey: key) else { return nil }
    defer { repositories[key] = repository }
    return body(&repository)
  }

  /// The account of that name; made when it is new.
  mutating func account(_ login: String, kind: Account.Kind = .organization) -> Account {
    if let account = accounts[login.lowercased()] { return account }
    let account = Account(id: makeID(), login: login, kind: kind)
    accounts[login.lowercased()] = account
    return account
  }

  /// The App's installation on that account; made when it is new.
  mutating func installation(on login: String, permissions: [String: String]) -> Installation {
    let account = account(login)
    if let known = installations.first(where: { $0.account.id == account.id }) { return known }
    let installation = Installation(
      id: makeID(), account: account, permissions: permissions, createdAt: .now())
    installations.append(installation)
    return installation
  }

  mutating func record(_ request: FakeGitHub.RecordedRequest) {
    requests.append(request)
    if requests.count > Self.maximumRecordedRequests {
      requests.removeFirst(requests.count - Self.maximumRecordedRequests)
    }
  }

  mutating func record(_ delivery: FakeGitHub.Delivery) {
    deliveries.append(delivery)
    if deliveries.count > Self.maximumRecordedDeliveries {
      deliveries.removeFirst(deliveries.count - Self.maximumRecordedDeliveries)
    }
  }

  /// The records keep the newest.
  static let maximumRecordedRequests = 10_000
  static let maximumRecordedDeliveries = 10_000
}
