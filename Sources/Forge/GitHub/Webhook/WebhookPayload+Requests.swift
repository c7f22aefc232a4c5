/// Payloads of what people ask for beside a commit, and of changes to repositories and installations.
extension WebhookPayload {
  /// `check_run`
  struct CheckRun: Decodable {
    var action: String
    var checkRun: Content
    var requestedAction: RequestedAction?
    var repository: Repository
    var sender: Account?
    var installation: Installation?

    enum CodingKeys: String, CodingKey {
      case action, repository, sender, installation
      case checkRun = "check_run"
      case requestedAction = "requested_action"
    }

    struct Content: Decodable {
      var headSHA: String
      var externalID: String?
      var app: App?

      enum CodingKeys: String, CodingKey {
        case app
        case headSHA = "head_sha"
        case externalID = "external_id"
      }
    }

    struct RequestedAction: Decodable {
      var identifier: String
    }
  }

  /// `check_suite`
  struct CheckSuite: Decodable {
    var action: String
    var checkSuite: Content
    var repository: Repository
    var sender: Account?
    var installation: Installation?

    enum CodingKeys: String, CodingKey {
      case action, repository, sender, installation
      case checkSuite = "check_suite"
    }

    struct Content: Decodable {
      var headSHA: String
      var app: App?

      enum CodingKeys: String, CodingKey {
        case app
        case headSHA = "head_sha"
      }
    }
  }

  /// Whose check it is.
  struct App: Decodable {
    var id: Int64
    /// Another name for the app, which its tokens may be issued by as well.
    var clientID: String?

    enum CodingKeys: String, CodingKey {
      case id
      case clientID = "client_id"
    }

    func isCalled(_ appID: String) -> Bool { appID == String(id) || appID == clientID }
  }

  /// `repository`
  struct RepositoryChange: Decodable {
    var action: String
    var changes: Changes?
    var repository: Repository
    var installation: Installation?

    struct Changes: Decodable {
      var repository: Renaming?
      var owner: Transfer?
    }

    struct Renaming: Decodable {
      var name: Old

      struct Old: Decodable {
        var from: String
      }
    }

    /// The owner before: a user or an organization.
    struct Transfer: Decodable {
      var from: Old

      struct Old: Decodable {
        var user: Account?
        var organization: Account?
      }
    }
  }

  /// `installation` and `installation_repositories`
  struct InstallationChange: Decodable {
    var action: String
    var installation: Content
    /// All at first, for `created`; of `installation`.
    var repositories: [Named]?
    var added: [Named]?
    var removed: [Named]?

    enum CodingKeys: String, CodingKey {
      case action, installation, repositories
      case added = "repositories_added"
      case removed = "repositories_removed"
    }

    struct Content: Decodable {
      var account: Owner
    }

    /// A user or an organization has a `login`, an enterprise has a `slug`.
    struct Owner: Decodable {
      var login: String?
      var slug: String?
    }

    struct Named: Decodable {
      var fullName: String

      enum CodingKeys: String, CodingKey {
        case fullName = "full_name"
      }
    }
  }
}
