/// What a release asset is, by the end of its name: what downloads are served as.
enum AssetContentType {
  static let unknown = "application/octet-stream"

  private static let types = [
    "apk": "application/vnd.android.package-archive", "asc": "application/pgp-signature",
    "bz2": "application/x-bzip2",
    "css": "text/css", "csv": "text/csv", "deb": "application/vnd.debian.binary-package",
    "dmg": "application/x-apple-diskimage", "gif": "image/gif", "gz": "application/gzip", "htm": "text/html",
    "html": "text/html", "jar": "application/java-archive", "jpeg": "image/jpeg", "jpg": "image/jpeg",
    "js": "text/javascript", "json": "application/json", "log": "text/plain", "md": "text/markdown",
    "msi": "application/x-msi", "pdf": "application/pdf", "png": "image/png", "rpm": "application/x-rpm",
    "sha256": "text/plain", "sig": "application/pgp-signature", "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "tgz": "application/gzip", "txt": "text/plain", "wasm": "application/wasm", "whl": "application/zip",
    "xml": "application/xml", "xz": "application/x-xz", "yaml": "application/yaml", "yml": "application/yaml",
    "zip": "application/zip", "zst": "application/zstd",
  ]

  static func ofFile(named name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return unknown }
    return types[name[name.index(after: dot)...].lowercased()] ?? unknown
  }
}
