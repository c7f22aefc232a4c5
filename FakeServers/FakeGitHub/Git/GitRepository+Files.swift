extension GitRepository {
  /// The files that lie directly in a folder of a commit, by path; none when there is no such folder.
  func files(in folder: String, at sha: String) async throws -> [(path: String, contents: [UInt8])] {
    let listed = try await attempt(["ls-tree", "-z", "\(sha):\(folder)"])
    guard listed.exitCode == 0 else { return [] }
    var files: [(String, [UInt8])] = []
    for line in String(decoding: listed.output, as: UTF8.self).split(separator: "\0") {
      // "100644 blob <sha>\t<name>"
      let parts = line.split(separator: "\t", maxSplits: 1)
      let words = parts.first?.split(separator: " ") ?? []
      guard parts.count == 2, words.count == 3, words[1] == "blob" else { continue }
      files.append(("\(folder)/\(parts[1])", try await run(["cat-file", "blob", String(words[2])]).output))
    }
    return files
  }
}
