import CArchive

/// Texts of libarchive's.
enum ArchiveText {
  /// Why the last call failed.
  static func error(of archive: OpaquePointer?) -> String {
    guard let text = archive_error_string(archive) else { return "no reason was given" }
    return EntryName.shown(String(cString: text))
  }

  /// A name or link target of an entry: UTF-8, with what is none replaced.
  static func string(_ text: UnsafePointer<CChar>?) -> String? {
    text.map { String(cString: $0) }
  }
}
