import Crypto
import HTTP

/// Files and git's objects.
extension Representation {
  /// An item of a folder's list, and a file without its contents.
  func content(_ entry: GitRepository.Entry, ref: String, in repository: Repository) -> JSONValue {
    let isFolder = entry.type == "tree"
    let path = Self.path(entry.path)
    let url = "\(url(repository))/contents/\(path)?ref=\(QueryText.escaped(ref))"
    let git = "\(self.url(repository))/git/\(isFolder ? "trees" : "blobs")/\(entry.sha)"
    let web = "\(origin)/\(repository.fullName)"
    let html = "\(web)/\(isFolder ? "tree" : "blob")/\(ref)/\(path)"
    let type =
      switch entry.type {
      case "tree": "dir"
      case "commit": "submodule"
      default: entry.mode == "120000" ? "symlink" : "file"
      }
    return [
      "type": .string(type), "size": .integer(entry.bytes ?? 0), "name": .string(entry.name),
      "path": .string(entry.path), "sha": .string(entry.sha), "url": .string(url),
      "git_url": .string(git), "html_url": .string(html),
      "download_url": isFolder ? nil : .string("\(web)/raw/\(ref)/\(path)"),
      "_links": ["self": .string(url), "git": .string(git), "html": .string(html)],
    ]
  }

  /// `GET /repos/{owner}/{repo}/contents/{path}` of a file.
  func file(
    _ entry: GitRepository.Entry, bytes: [UInt8], ref: String, in repository: Repository
  ) -> JSONValue {
    content(entry, ref: ref, in: repository)
      .merging(["encoding": "base64", "content": .string(Self.brokenBase64(bytes))])
  }

  /// `GET /repos/{owner}/{repo}/git/blobs/{file_sha}`
  func blob(_ sha: String, bytes: [UInt8], in repository: Repository) -> JSONValue {
    [
      "sha": .string(sha), "node_id": .string("B_\(sha)"), "size": .integer(Int64(bytes.count)),
      "url": .string("\(url(repository))/git/blobs/\(sha)"), "encoding": "base64",
      "content": .string(Self.brokenBase64(bytes)),
    ]
  }

  /// `GET /repos/{owner}/{repo}/git/trees/{tree_sha}`
  func tree(_ sha: String, _ entries: [GitRepository.Entry], in repository: Repository) -> JSONValue {
    let url = "\(url(repository))/git"
    return [
      "sha": .string(sha), "url": .string("\(url)/trees/\(sha)"), "truncated": false,
      "tree": .array(
        entries.map { entry in
          let item: JSONValue = [
            "path": .string(entry.path), "mode": .string(entry.mode), "type": .string(entry.type),
            "sha": .string(entry.sha), "url": .string("\(url)/\(entry.type)s/\(entry.sha)"),
          ]
          return entry.bytes.map { item.merging(["size": .integer($0)]) } ?? item
        }),
    ]
  }

  /// `GET /repos/{owner}/{repo}/git/tags/{tag_sha}`
  func tagObject(_ sha: String, _ tag: GitRepository.Tag, in repository: Repository) -> JSONValue {
    let url = "\(url(repository))/git"
    return [
      "sha": .string(sha), "node_id": .string("TA_\(sha)"), "url": .string("\(url)/tags/\(sha)"),
      "tag": .string(tag.name), "message": .string(tag.message), "tagger": signature(tag.tagger),
      "object": [
        "sha": .string(tag.target), "type": .string(tag.targetType),
        "url": .string("\(url)/\(tag.targetType)s/\(tag.target)"),
      ],
      "verification": Self.unsigned,
    ]
  }

  /// Base64 in lines of 60 characters, as GitHub sends it.
  private static func brokenBase64(_ bytes: [UInt8]) -> String {
    var text = ""
    var rest = Base64.encode(bytes)[...]
    while !rest.isEmpty {
      text += rest.prefix(60) + "\n"
      rest = rest.dropFirst(60)
    }
    return text
  }

  /// A path with its segments escaped.
  static func path(_ path: String) -> String {
    path.split(separator: "/").map { QueryText.escaped(String($0)) }.joined(separator: "/")
  }
}
