import Glibc

/// libarchive reads and writes names in the locale's encoding, which is the thread's where it has one of its own.
enum TextLocale {
  /// A locale is a pointer that is made once, and only read after that.
  private struct Handle: @unchecked Sendable {
    let locale: locale_t?
  }

  private static let utf8 = Handle(locale: newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))

  /// Runs `body` with UTF-8 as this thread's encoding.
  static func withUTF8<T>(_ body: () throws -> T) rethrows -> T {
    guard let locale = utf8.locale else { return try body() }
    let before = uselocale(locale)
    defer { _ = uselocale(before) }
    return try body()
  }
}
