import HTTP

extension Representation {
  /// A pull request, as `GET /repos/{owner}/{repo}/pulls/{number}` and its webhook have it.
  func pullRequest(_ pull: PullRequest, base: Repository, head: Repository, forEvent: Bool) -> JSONValue {
    simplePullRequest(pull, base: base, head: head, forEvent: forEvent).merging([
      "merged": false, "mergeable": .bool(pull.mergeSHA != nil), "rebaseable": .bool(pull.mergeSHA != nil),
      "mergeable_state": pull.mergeSHA == nil ? "dirty" : "clean", "merged_by": nil, "comments": 0,
      "review_comments": 0, "maintainer_can_modify": false, "commits": .integer(pull.size.commits),
      "additions": .integer(pull.size.additions), "deletions": .integer(pull.size.deletions),
      "changed_files": .integer(pull.size.files),
    ])
  }

  /// `GET /repos/{owner}/{repo}/issues/{issue_number}`: every pull request is an issue too.
  func issue(_ pull: PullRequest, of base: Repository) -> JSONValue {
    let url = "\(self.url(base))/issues/\(pull.number)"
    let web = "\(origin)/\(base.fullName)/pull/\(pull.number)"
    return [
      "id": .integer(pull.id), "node_id": nodeID("PR", pull.id), "url": .string(url),
      "repository_url": .string(self.url(base)), "labels_url": .string("\(url)/labels{/name}"),
      "comments_url": .string("\(url)/comments"), "events_url": .string("\(url)/events"),
      "html_url": .string(web), "number": .integer(pull.number), "title": .string(pull.title),
      "user": account(pull.author), "labels": [], "state": .string(pull.isOpen ? "open" : "closed"),
      "locked": false, "assignee": nil, "assignees": [], "milestone": nil, "comments": 0,
      "created_at": time(pull.createdAt), "updated_at": time(pull.updatedAt),
      "closed_at": pull.isOpen ? nil : time(pull.updatedAt), "author_association": "CONTRIBUTOR",
      "body": JSONValue(pull.body),
      "pull_request": [
        "url": .string("\(self.url(base))/pulls/\(pull.number)"), "html_url": .string(web),
        "diff_url": .string("\(web).diff"), "patch_url": .string("\(web).patch"), "merged_at": nil,
      ],
    ]
  }

  /// An item of `GET /repos/{owner}/{repo}/pulls`.
  func simplePullRequest(
    _ pull: PullRequest, base: Repository, head: Repository, forEvent: Bool = false
  ) -> JSONValue {
    let number = pull.number
    let url = "\(url(base))/pulls/\(number)"
    let issue = "\(self.url(base))/issues/\(number)"
    let web = "\(origin)/\(base.fullName)/pull/\(number)"
    let statuses = "\(self.url(base))/statuses/\(pull.headSHA)"
    let comment = "\(self.url(base))/pulls/comments{/number}"
    func branch(_ name: String, _ sha: String, _ repository: Repository) -> JSONValue {
      [
        "label": .string("\(repository.owner.login):\(name)"), "ref": .string(name), "sha": .string(sha),
        "user": account(repository.owner),
        "repo": forEvent ? eventRepository(repository) : self.repository(repository),
      ]
    }
    func link(_ address: String) -> JSONValue { ["href": .string(address)] }
    return [
      "url": .string(url), "id": .integer(pull.id), "node_id": nodeID("PR", pull.id),
      "html_url": .string(web), "diff_url": .string("\(web).diff"), "patch_url": .string("\(web).patch"),
      "issue_url": .string(issue), "commits_url": .string("\(url)/commits"),
      "review_comments_url": .string("\(url)/comments"), "review_comment_url": .string(comment),
      "comments_url": .string("\(issue)/comments"), "statuses_url": .string(statuses),
      "number": .integer(number), "state": .string(pull.isOpen ? "open" : "closed"), "locked": false,
      "title": .string(pull.title), "user": account(pull.author), "body": JSONValue(pull.body), "labels": [],
      "milestone": nil, "active_lock_reason": nil, "created_at": time(pull.createdAt),
      "updated_at": time(pull.updatedAt), "closed_at": pull.isOpen ? nil : time(pull.updatedAt),
      "merged_at": nil, "merge_commit_sha": JSONValue(pull.mergeSHA), "assignee": nil, "assignees": [],
      "requested_reviewers": [], "requested_teams": [],
      "head": branch(pull.headBranch, pull.headSHA, head),
      "base": branch(pull.baseBranch, pull.baseSHA, base),
      "_links": [
        "self": link(url), "html": link(web), "issue": link(issue), "comments": link("\(issue)/comments"),
        "review_comments": link("\(url)/comments"), "review_comment": link(comment),
        "commits": link("\(url)/commits"), "statuses": link(statuses),
      ],
      "author_association": pull.headRepository == base.fullName ? "MEMBER" : "CONTRIBUTOR",
      "auto_merge": nil, "draft": false,
    ]
  }
}
