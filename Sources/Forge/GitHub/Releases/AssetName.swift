/// The names of release assets, which GitHub changes: characters that it does not like become dots, runs of dots one, and
/// a name does not begin or end with one. Which characters it likes is not documented, so names are compared by what is
/// left of them for certain.
enum AssetName {
  /// Whether an asset called `stored` is what an upload under `name` would make, or made.
  static func isStored(_ stored: String, for name: String) -> Bool {
    if stored == name { return true }
    let remains = reduced(stored)
    // A name that begins with a dot is found behind this word.
    return remains == reduced(name) || (name.hasPrefix(".") && remains == reduced("default" + name))
  }

  /// The runs of ASCII letters, digits, `-`, `_`, `+` and `@`.
  private static func reduced(_ name: String) -> [Substring] {
    name.split { !isKept($0) }
  }

  private static func isKept(_ character: Character) -> Bool {
    switch character {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", "+", "@": character.isASCII
    default: false
    }
  }
}
