/// The content type that an artifact is served with.
enum ContentType {
  /// By the type for texts of ours, else by the name's extension.
  static func of(name: String, type: String?) -> String {
    if type == "diff" || type == "log" { return "text/plain" }
    guard let dot = name.lastIndex(of: ".") else { return unknown }
    return byExtension[name[name.index(after: dot)...].lowercased()] ?? unknown
  }

  private static let unknown = "application/octet-stream"

  private static let byExtension = [
    "txt": "text/plain", "log": "text/plain", "diff": "text/plain", "patch": "text/plain",
    "md": "text/markdown", "csv": "text/csv", "html": "text/html", "htm": "text/html", "css": "text/css",
    "js": "text/javascript", "json": "application/json", "sarif": "application/sarif+json",
    "xml": "application/xml", "yaml": "application/yaml", "yml": "application/yaml",
    "pdf": "application/pdf", "wasm": "application/wasm",
    "zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "zst": "application/zstd",
    "tar": "application/x-tar", "xz": "application/x-xz", "bz2": "application/x-bzip2",
    "7z": "application/x-7z-compressed", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "gif": "image/gif", "svg": "image/svg+xml", "webp": "image/webp", "mp4": "video/mp4",
    "webm": "video/webm",
  ]
}
