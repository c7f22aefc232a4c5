/// Finds the file that a place in SARIF means: section 3.4.
struct SARIFPath {
  /// Bases may have bases themselves.
  private static let maximumDepth = 8
  /// What tools call the folder of the sources. Where it lay when they ran, in a container perhaps, says nothing here.
  private static let sourceRoots: Set<String> = ["SRCROOT", "ROOTPATH", "PROJECTROOT", "REPOROOT"]

  let run: SARIFLog.Run
  /// The folder of the repository where the tool ran, where it is known.
  let checkout: String?

  /// Relative to the repository, or absolute; `nil` for what is no file.
  func path(of location: SARIFLog.ArtifactLocation) -> String? {
    var location = location
    if location.uri == nil, let index = location.index, let named = run.artifacts?[index]?.location {
      location = named
    }
    guard let uri = location.uri, let path = Self.path(ofURI: uri) else { return nil }
    guard !path.hasPrefix("/"), let id = location.uriBaseId else { return path }
    guard let base = base(id, depth: 0) else { return path }
    let whole = "\(base)/\(path)"
    let isSourceRoot = Self.sourceRoots.contains(id.uppercased().filter { $0 != "%" && $0 != "_" })
    return isSourceRoot && RepositoryPath.relative(whole, checkout: checkout) == nil ? path : whole
  }

  /// The folder that a base stands for; `nil` when it says nothing, and is the repository then.
  private func base(_ id: String, depth: Int) -> String? {
    guard depth < Self.maximumDepth, let location = run.originalUriBaseIds?[id], let uri = location.uri,
      let path = Self.path(ofURI: uri)
    else { return nil }
    guard !path.hasPrefix("/"), let next = location.uriBaseId else { return path }
    return base(next, depth: depth + 1).map { "\($0)/\(path)" } ?? path
  }

  /// The path of `file:///a/b`, `file:/a/b` or `a/b`, decoded; `nil` for other schemes.
  private static func path(ofURI uri: String) -> String? {
    var rest = Substring(uri)
    if let colon = rest.firstIndex(of: ":"), isScheme(rest[..<colon]) {
      guard rest[..<colon].lowercased() == "file" else { return nil }
      rest = rest[colon...].dropFirst()
      // RFC 8089: the host, if there is one, ends at the next slash.
      if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
    }
    return percentDecoded(rest.prefix { $0 != "?" && $0 != "#" })
  }

  /// A `%` that no two hexadecimal digits follow is one.
  private static func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      if byte == UInt8(ascii: "%"), digits.count == 2 {
        bytes.append(UInt8(digits[0] * 16 + digits[1]))
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// RFC 3986, 3.1.
  private static func isScheme(_ text: Substring) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
  }
}
