/// What GitHub makes of the name of a release asset.
///
/// It replaces runs of characters other than ASCII letters, digits, `-`, `_`, `+`, `@` and `.` by one dot, drops dots at
/// the ends and puts `default` before a leading one; so an upload may be found under another name than it was given.
enum AssetName {
  static func asStored(_ name: String) -> String {
    let named = name.hasPrefix(".") ? "default" + name : name
    var stored: [UInt8] = []
    for byte in named.utf8 {
      let kept = isKept(byte) ? byte : dot
      if kept != dot || stored.last != dot { stored.append(kept) }
    }
    let withoutEnd = stored.last == dot ? stored.dropLast() : stored[...]
    return String(decoding: withoutEnd.first == dot ? withoutEnd.dropFirst() : withoutEnd, as: UTF8.self)
  }

  private static let dot = UInt8(ascii: ".")

  private static func isKept(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"),
      UInt8(ascii: "@"):
      true
    default: false
    }
  }
}
