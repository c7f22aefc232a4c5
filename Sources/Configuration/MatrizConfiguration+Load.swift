import Glibc
import Platform
import YAML

/// A configuration and what its author should know though it is right.
package struct LoadedConfiguration: Sendable {
  package let configuration: MatrizConfiguration
  /// One line each.
  package let warnings: [String]
}

extension MatrizConfiguration {
  /// The most that a configuration file may hold, in bytes.
  package static let maximumFileBytes = 1_048_576

  /// Reads the file, if one is named, and lays the environment over it.
  ///
  /// A variable `MISE_CI_SECTION_KEY` wins over the file's key; lists in it are separated by commas, and an
  /// empty one counts as not set. `GITHUB_APP_ID` and `GITHUB_APP_PRIVATE_KEY_PEM` come after both. Throws
  /// a `ConfigurationError` with everything that is wrong, not only the first of it.
  package static func load(
    file: String?, environment: [String: String]
  ) async throws -> LoadedConfiguration {
    try await BlockingExecutor.files.run {
      let root = try file.map { try YAMLNode.parse(try content(of: $0), file: $0) }
      let source = SettingSource(file: file ?? "the file", root: root, environment: environment)
      return try read(source)
    }
  }

  private static func read(_ source: SettingSource) throws(ConfigurationError) -> LoadedConfiguration {
    var reader = ConfigurationReader(source)
    let server = reader.server()
    let jwt = reader.jwt()
    let forge = reader.forge()
    let runner = reader.runner()
    let storage = reader.storage()
    let pipeline = reader.pipeline()
    let limits = reader.limits()
    let release = reader.release()
    let secrets = reader.jobSecrets()
    guard reader.problems.isEmpty, let jwt, let forge, let runner else {
      throw ConfigurationError(problems: reader.problems)
    }
    return LoadedConfiguration(
      configuration: MatrizConfiguration(
        server: server, jwt: jwt, forge: forge, runner: runner, storage: storage, pipeline: pipeline,
        limits: limits, release: release, secrets: secrets),
      warnings: reader.warnings)
  }

  private static func content(of file: String) throws(ConfigurationError) -> [UInt8] {
    do {
      let descriptor = try Descriptor.open(file, flags: O_RDONLY | O_NONBLOCK)
      var bytes: [UInt8] = []
      // One byte more than allowed, so that the parser's own limit says what is wrong.
      while bytes.count <= maximumFileBytes {
        let chunk = try descriptor.read(upTo: maximumFileBytes + 1 - bytes.count)
        if chunk.isEmpty { break }
        bytes += chunk
      }
      return bytes
    } catch {
      throw ConfigurationError(problems: [.init(code: .unreadable, place: nil, message: "\(error)")])
    }
  }
}

extension YAMLNode {
  fileprivate static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> YAMLNode {
    do {
      return try parse(bytes, limits: YAMLLimits(maximumBytes: MatrizConfiguration.maximumFileBytes))
    } catch {
      let place = "\(file):\(error.position)"
      throw ConfigurationError(problems: [.init(code: .syntax, place: place, message: error.message)])
    }
  }
}
