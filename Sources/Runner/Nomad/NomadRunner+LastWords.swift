import HTTP
import Runner

extension NomadRunner {
  private static let maximumReadBytes = 2_048
  private static let maximumLines = 3
  private static let maximumCharacters = 400

  /// `GET /v1/client/fs/logs/:alloc`: the last lines of a task's standard error; `nil` when there are none, or its
  /// machine does not say.
  func lastWords(of task: String, in allocation: String) async -> String? {
    let call = NomadCall(
      path: "client/fs/logs/\(PercentEncoding.encode(allocation))",
      query: [
        (name: "task", value: task), (name: "type", value: "stderr"), (name: "plain", value: "true"),
        (name: "origin", value: "end"), (name: "offset", value: "\(Self.maximumReadBytes)"),
      ])
    guard let answer = try? await client.send(call, namespace: namespace), answer.isSuccess else {
      return nil
    }
    let lines = String(decoding: answer.bytes.suffix(Self.maximumReadBytes), as: UTF8.self)
      .split(whereSeparator: \.isNewline).filter { line in line.contains { !$0.isWhitespace } }
    let words = lines.suffix(Self.maximumLines).joined(separator: " / ")
    return words.isEmpty ? nil : String(words.suffix(Self.maximumCharacters))
  }
}
