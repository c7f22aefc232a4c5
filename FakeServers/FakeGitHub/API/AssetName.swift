/// What GitHub makes of the name that an asset is uploaded under.
enum AssetName {
  /// Letters, digits and `-_+@` of ASCII stay; each run of anything else, dots included, becomes one dot. None stays
  /// at the end, and a name that would begin with one begins with `default`.
  ///
  /// GitHub's REST documentation ("Upload a release asset") says that names are changed, not how; this is what
  /// users have seen. That letters with accents become plain ones is left out.
  static func normalized(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      if isKept(scalar) {
        result.unicodeScalars.append(scalar)
      } else if !result.hasSuffix(".") {
        result += "."
      }
    }
    while result.hasSuffix(".") { result.removeLast() }
    return result.isEmpty || result.hasPrefix(".") ? "default\(result)" : result
  }

  private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", "+", "@": true
    default: false
    }
  }
}
