import Glibc
import Platform

extension ConfigurationReader {
  /// The setting of a secret, from its own key or from the file that `<key>_file` names; both is an error.
  mutating func secretSetting(_ path: String) -> Setting? {
    let own = source[path]
    guard let file = source[KnownKeys.fileKey(of: path)] else { return own }
    if let own {
      note(
        .conflict, file.place,
        "'\(file.path)' and '\(path)' are both set (the other at \(own.place)); one of them must go")
      return nil
    }
    guard let name = text(of: file), let content = content(of: name, named: file) else { return nil }
    return Setting(path: path, place: file.place, value: .text(content))
  }

  mutating func secret(_ path: String) -> Secret? {
    guard let setting = secretSetting(path) else { return nil }
    return text(of: setting).map { Secret($0) }
  }

  /// Whether a regular file of this name is there.
  func isFile(_ name: String) -> Bool {
    var status = stat()
    return stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The text of a file without the end of its last line. The content never stands in a message.
  mutating func content(of name: String, named setting: Setting) -> String? {
    do {
      let file = try Descriptor.open(name, flags: O_RDONLY | O_NONBLOCK)
      var bytes: [UInt8] = []
      while bytes.count <= Self.maximumSecretFileBytes {
        let chunk = try file.read(upTo: Self.maximumSecretFileBytes + 1 - bytes.count)
        if chunk.isEmpty { break }
        bytes += chunk
      }
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      guard bytes.count <= Self.maximumSecretFileBytes, let text = String(validating: bytes, as: UTF8.self)
      else {
        refuse(
          setting, "name a file of UTF-8 text with at most \(Self.maximumSecretFileBytes) bytes: '\(name)'")
        return nil
      }
      return text
    } catch {
      note(.unreadable, setting.place, "'\(setting.path)': \(error)")
      return nil
    }
  }
}
