import Configuration
import Glibc
import Platform

/// What every test needs to have set: all that has no default.
let required = """
  jwt:
    secret: 0123456789abcdef0123456789abcdef
  forge:
    app_id: 12345
    private_key: key.pem
    webhook_secret: hook
  runner:
    addr: http://127.0.0.1:4646
    job_template: job.hcl

  """

let pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"

/// Writes `files` into a folder and loads the one named `matriz.yaml`; `{folder}` in texts is the folder.
///
/// The names of files in `required` are made paths in that folder, where they are there.
func load(
  _ yaml: String, environment: [String: String] = [:], files: [String: String] = [:]
) async throws -> LoadedConfiguration {
  try await withTemporaryDirectory { folder in
    var files = files
    files["key.pem"] = files["key.pem"] ?? pem + "\n"
    files["job.hcl"] = ""
    files["matriz.yaml"] =
      yaml
      .replacing("private_key: key.pem", with: "private_key: \(folder)/key.pem")
      .replacing("job_template: job.hcl", with: "job_template: \(folder)/job.hcl")
      .replacing("{folder}", with: folder)
    for (name, text) in files {
      let file = try Descriptor.open("\(folder)/\(name)", flags: O_WRONLY | O_CREAT)
      try Array(text.utf8).withUnsafeBytes { try file.writeAll($0) }
    }
    return try await MatrizConfiguration.load(
      file: "\(folder)/matriz.yaml",
      environment: environment.mapValues { $0.replacing("{folder}", with: folder) })
  }
}

/// The problems of a configuration, without the folder before the file's name; none when it is right.
func problems(
  _ yaml: String, environment: [String: String] = [:], files: [String: String] = [:]
) async throws -> [String] {
  do {
    _ = try await load(yaml, environment: environment, files: files)
    return []
  } catch let error as ConfigurationError {
    return error.problems.map { problem in
      let text = problem.description
      guard text.hasPrefix("/"), let end = text.firstRange(of: "matriz.yaml") else { return text }
      return String(text[end.lowerBound...])
    }
  }
}
