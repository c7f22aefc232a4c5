/// The words in a commit's message that ask for it not to be built: `[skip ci]` and `[ci skip]`, in any case, anywhere.
enum SkipMarker {
  private static let all = ["[skip ci]", "[ci skip]"]

  /// The marker that comes first in the message, in lower case; `nil` when there is none.
  static func find(in message: String) -> String? {
    // ASCII only, so that no other letter's lower case is taken for one of the marker's.
    let bytes = message.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    return all.compactMap { marker in
      bytes.firstRange(of: Array(marker.utf8)).map { (marker, $0.lowerBound) }
    }.min { $0.1 < $1.1 }?.0
  }

  /// Why a run whose commit has the marker is skipped.
  static func reason(_ marker: String) -> String { "the commit message has \(marker)" }
}
