import FoundationEssentials
import HTTP
import Platform
import Runner

/// The job template as it stands in its file.
struct JobTemplate: Sendable {
  /// A larger file is no job template.
  static let maximumBytes = 1 << 20

  let path: String
  /// The text, in which `${image}` is the image that a dispatch names.
  let text: String
  /// Whether the template leaves the image to the dispatch.
  let takesImage: Bool

  /// - Throws: `RunnerError` (`misconfigured`).
  static func read(_ path: String) async throws(RunnerError) -> JobTemplate {
    let bytes: [UInt8]
    do {
      bytes = try await ByteStream.file(path).collect(upTo: maximumBytes)
    } catch {
      throw RunnerError(.misconfigured, "runner.job_template '\(path)' cannot be read", cause: error)
    }
    return JobTemplate(path: path, text: String(decoding: bytes, as: UTF8.self))
  }

  init(path: String, text: String) {
    self.path = path
    self.text = Self.replacingImage(in: text)
    takesImage = self.text.contains("NOMAD_META_image")
  }

  /// The job, when the file is JSON: `{"Job": {...}}`, or the job itself.
  func jsonJob() throws(RunnerError) -> JSONValue? {
    guard text.first(where: { !$0.isWhitespace }) == "{" else { return nil }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: Array(text.utf8))
    } catch {
      throw RunnerError(.misconfigured, "\(path): the file begins like JSON but is none", cause: error)
    }
    let job = value["Job"] ?? value
    guard job["ID"]?.string != nil else { throw RunnerError(.misconfigured, "\(path): the job has no ID") }
    return job
  }

  /// `${image}` becomes `${NOMAD_META_image}`, which Nomad resolves; `$${image}` is a literal and stays.
  private static func replacingImage(in text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let found = rest.firstRange(of: "${image}") {
      result += rest[..<found.lowerBound]
      result += result.hasSuffix("$") ? "${image}" : "${NOMAD_META_image}"
      rest = rest[found.upperBound...]
    }
    return result + rest
  }
}
