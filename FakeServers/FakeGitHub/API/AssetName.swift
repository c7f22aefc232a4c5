/// What GitHub makes of the name that an asset is uploaded under.
enum AssetName {
  /// Letters, digits and `-_+@~` of ASCII stay; each run of anything else, dots included, becomes one dot, and none stays at the ends.
  ///
  /// See "Upload a release asset" in GitHub's REST documentation, which says that names are changed so.
  static func normalized(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      if isKept(scalar) {
        result.unicodeScalars.append(scalar)
      } else if !result.hasSuffix(".") {
        result += "."
      }
    }
    while result.hasPrefix(".") { result.removeFirst() }
    while result.hasSuffix(".") { result.removeLast() }
    return result.isEmpty ? "default" : result
  }

  private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", "+", "@", "~": true
    default: false
    }
  }
}
