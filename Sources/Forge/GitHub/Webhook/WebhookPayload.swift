internal import Platform

/// What the driver reads of GitHub's webhook payloads. Fields that only some events or versions have are optional.
enum WebhookPayload {
  /// Any object.
  struct Unread: Decodable {
    private enum CodingKeys: CodingKey {}

    init(from decoder: any Decoder) throws {
      _ = try decoder.container(keyedBy: CodingKeys.self)
    }
  }

  struct Action: Decodable {
    var action: String
  }

  struct Push: Decodable {
    var ref: String
    var after: String
    var deleted: Bool?
    var headCommit: Commit?
    var repository: Repository
    var sender: Account?
    var installation: Installation?

    enum CodingKeys: String, CodingKey {
      case ref, after, deleted, repository, sender, installation
      case headCommit = "head_commit"
    }
  }

  struct PullRequest: Decodable {
    var action: String
    var number: Int64
    var pullRequest: Content
    var repository: Repository
    var sender: Account?
    var installation: Installation?

    enum CodingKeys: String, CodingKey {
      case action, number, repository, sender, installation
      case pullRequest = "pull_request"
    }

    struct Content: Decodable {
      var title: String
      var head: Side
      var mergeCommitSHA: String?
      var updatedAt: String?

      enum CodingKeys: String, CodingKey {
        case title, head
        case mergeCommitSHA = "merge_commit_sha"
        case updatedAt = "updated_at"
      }
    }

    struct Side: Decodable {
      var sha: String
      /// `null` when the repository is gone.
      var repo: Fork?
    }

    struct Fork: Decodable {
      var id: Int64
    }
  }

  struct Release: Decodable {
    var action: String
    var release: Content
    var repository: Repository
    var sender: Account?
    var installation: Installation?

    struct Content: Decodable {
      var tagName: String

      enum CodingKeys: String, CodingKey {
        case tagName = "tag_name"
      }
    }
  }

  struct Commit: Decodable {
    var id: String
    var message: String
  }

  struct Repository: Decodable {
    var id: Int64
    var fullName: String
    var cloneURL: String
    var pushedAt: Time?

    enum CodingKeys: String, CodingKey {
      case id
      case fullName = "full_name"
      case cloneURL = "clone_url"
      case pushedAt = "pushed_at"
    }
  }

  /// A time that is RFC 3339 in most events and seconds since 1970 in a push. One that is neither is no reason to
  /// refuse the event.
  struct Time: Decodable {
    let timestamp: Timestamp?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let seconds = try? container.decode(Int64.self) {
        let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1_000)
        timestamp = overflows ? nil : Timestamp(milliseconds: milliseconds)
      } else {
        timestamp = (try? container.decode(String.self)).flatMap { Timestamp(rfc3339: $0) }
      }
    }
  }

  struct Account: Decodable {
    var login: String
  }

  struct Installation: Decodable {
    var id: Int64
  }
}
