import Crypto
import WorkerProtocol

/// How a clone says who it is: in the environment of the one git process that fetches, and nowhere else.
///
/// git reads configuration from `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n` (git-config(1)), so
/// nothing stands in an argument, in `.git/config` or on disk. The header belongs to the repository's own origin and is
/// not sent to another one.
struct GitCredentials: Sendable {
  /// The repository's URL without a name and a password.
  let url: String
  /// What must not be shown: the password, and with the name what base 64 is made of.
  let secrets: [String]
  /// `http.<origin>.extraHeader` and the header; `nil` when there is nothing to say.
  private let setting: (key: String, header: String)?

  /// What git must not find in the environment of a command: where the repository lies, and traces that would show
  /// the header.
  static func isForeign(_ name: String) -> Bool {
    let exact: Set = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"]
    return exact.contains(name) || name.hasPrefix("GIT_TRACE") || name == "GIT_CURL_VERBOSE"
  }

  /// Takes a name and a password out of the URL too: git would write them into `.git/config`.
  init(url text: String, credentials: ServerMessage.Credentials?) {
    guard let origin = Self.origin(of: text) else {
      url = text
      setting = nil
      secrets = []
      return
    }
    url = origin.url
    let logins = [Self.login(credentials), origin.userInfo].compactMap { $0 }
    secrets = logins.flatMap { [$0, Self.password(of: $0)] }
    guard let login = logins.first else {
      setting = nil
      return
    }
    setting = (
      "http.\(origin.root)/.extraHeader", "Authorization: Basic \(Base64.encode(Array(login.utf8)))"
    )
  }

  /// The environment of the fetching process: the setting behind those that are there already.
  func adding(to environment: [String: String]) -> [String: String] {
    guard let setting else { return environment }
    let index = environment["GIT_CONFIG_COUNT"].flatMap { UInt16($0) } ?? 0
    return environment.merging([
      "GIT_CONFIG_COUNT": "\(UInt32(index) + 1)", "GIT_CONFIG_KEY_\(index)": setting.key,
      "GIT_CONFIG_VALUE_\(index)": setting.header,
    ]) { _, ours in ours }
  }

  /// A token goes as the password of the name that GitHub gives to apps.
  private static func login(_ credentials: ServerMessage.Credentials?) -> String? {
    switch credentials?.auth {
    case .token(let token): token.isEmpty ? nil : "x-access-token:\(token)"
    case .basic(let basic): "\(basic.username):\(basic.password)"
    case nil: nil
    }
  }

  private static func password(of login: String) -> String {
    String(login.drop { $0 != ":" }.dropFirst())
  }

  private struct Origin {
    /// Scheme and authority.
    let root: String
    let url: String
    /// As it stands in the URL, percent-decoded.
    let userInfo: String?
  }

  /// The parts of an `http` or `https` URL; `nil` for any other, which needs no header.
  private static func origin(of text: String) -> Origin? {
    guard let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) }) else {
      return nil
    }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { !"/?#".contains($0) }
    guard let at = authority.lastIndex(of: "@") else {
      return Origin(root: scheme + authority, url: text, userInfo: nil)
    }
    let host = authority[authority.index(after: at)...]
    let userInfo = percentDecoded(authority[..<at])
    return Origin(
      root: scheme + host, url: scheme + host + rest.dropFirst(authority.count),
      userInfo: userInfo.contains(":") ? userInfo : userInfo + ":")
  }

  /// `%41` becomes `A`; what is no escape stays as it is.
  private static func percentDecoded(_ text: some StringProtocol) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
