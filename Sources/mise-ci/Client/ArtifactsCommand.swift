import Glibc
import HTTP
import Platform

/// `mise-ci artifacts list RUN` and `mise-ci artifacts get RUN NAME`.
enum ArtifactsCommand {
  static let command = Command(
    "artifacts", "Lists a run's artifacts, or fetches one.", subcommands: [list, get])

  private static let list = Command(
    "list", "Lists a run's artifacts.", discussion: APIClient.discussion,
    options: [.init("json", "Print what the server says, as JSON.")] + APIClient.options,
    arguments: [.init("RUN", "The run's id.")])

  private static let get = Command(
    "get", "Fetches an artifact, and checks it against its digest.",
    discussion: "The file appears only when it is whole and right. \(APIClient.discussion)",
    options: [
      .init("output", value: "FILE", "Where to put it; else its name in this folder. A folder is taken too.")
    ] + APIClient.options,
    arguments: [.init("RUN", "The run's id."), .init("NAME", "The artifact's name.")])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    switch values.path.last {
    case "get": try await fetch(values)
    default: try await show(values)
    }
    return 0
  }

  private static func show(_ values: CommandLineValues) async throws {
    let path = "/api/v1/runs/\(try values.runID())/artifacts"
    try await APIClient.with(values) { api in
      if values.has("json") {
        printJSON(try await api.get(path).json())
        return
      }
      let artifacts = try await api.get(path).decode(ArtifactsAnswer.self).items
      if artifacts.isEmpty { return print("The run has no artifacts.") }
      print(
        table(
          [["NAME", "BYTES", "TYPE", "CREATED", "SHA-256"]]
            + artifacts.map {
              [$0.name, "\($0.size)", $0.type ?? "-", $0.createdAt.rfc3339, $0.checksum]
            }), terminator: "")
    }
  }

  private static func fetch(_ values: CommandLineValues) async throws {
    let run = try values.runID()
    let name = values.arguments.last ?? ""
    try await APIClient.with(values) { api in
      let artifacts = try await api.get("/api/v1/runs/\(run)/artifacts").decode(ArtifactsAnswer.self).items
      guard let artifact = artifacts.first(where: { $0.name == name }), UUIDv7.isValid(artifact.id) else {
        let names = artifacts.map(\.name).joined(separator: ", ")
        throw APIError(
          .notFound,
          names.isEmpty
            ? "the run has no artifacts" : "the run has no artifact '\(name)', only: \(plainText(names))")
      }
      let path = try destination(values.string("output"), name: name)
      let file = try await DownloadedFile(path)
      let content = try await api.get("/api/artifacts/\(artifact.id)/download")
      while let chunk = try await content.body.next() { try await file.write(chunk) }
      guard file.digest() == artifact.checksum else {
        throw APIError(
          .unexpectedAnswer,
          "the \(file.size) bytes of '\(name)' that came do not have the digest that the server has for it")
      }
      try await file.publish()
      print("\(plainText(path)): \(file.size) bytes, SHA-256 \(artifact.checksum)")
    }
  }

  /// Where an artifact goes: to the file that was asked for, or by its name into the folder that was.
  private static func destination(_ output: String?, name: String) throws(APIError) -> String {
    var status = stat()
    if let output, stat(output, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR { return output }
    guard !name.contains("/"), !name.hasPrefix(".") else {
      throw APIError(.refused, "'\(name)' is no name for a file here; say where it goes with --output")
    }
    return output.map { "\($0)/\(name)" } ?? name
  }
}

/// `GET /api/v1/runs/{run}/artifacts`
private struct ArtifactsAnswer: Decodable {
  struct Item: Decodable {
    let id: String
    let name: String
    let type: String?
    let size: Int64
    /// SHA-256 in lower-case hexadecimal digits.
    let checksum: String
    let createdAt: Timestamp
  }

  let items: [Item]
}
