import Glibc
package import Platform

/// A script named `mise` that stands in for the real one where that is not installed.
///
/// It reads the tasks of `mise.toml` and runs their `run` lines; it installs no tools. A test or the demo that
/// uses it says so: `choose` answers with the sentence to print.
package enum MiseStandIn {
  /// Which mise the commands of a worker will find.
  package struct Choice: Sendable {
    /// What to put before `PATH`: empty, or a folder and a colon.
    package let pathPrefix: String

    /// One sentence for the person who reads the output.
    package let note: String

    /// Whether it is the real mise that was found on `PATH`.
    package let isReal: Bool
  }

  /// The real mise where `searchPath` has one, else the stand-in, installed into `folder`.
  ///
  /// - Parameter searchPath: folders separated by colons, as in `PATH`; the process's own by default.
  package static func choose(
    installingInto folder: String, searchPath: String = ProcessEnvironment["PATH"] ?? ""
  ) throws(SystemError) -> Choice {
    for place in searchPath.split(separator: ":") where access("\(place)/mise", X_OK) == 0 {
      return Choice(pathPrefix: "", note: "mise: \(place)/mise", isReal: true)
    }
    let path = try install(into: folder)
    return Choice(
      pathPrefix: "\(folder):", note: "mise is not on PATH: a stand-in runs the tasks (\(path))",
      isReal: false)
  }

  /// Writes the script into a folder, which is made where it is missing; gives its path.
  @discardableResult
  package static func install(into folder: String) throws(SystemError) -> String {
    if mkdir(folder, 0o755) != 0, errno != EEXIST { throw .last("make folder \(folder)") }
    let path = "\(folder)/mise"
    let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o755)
    var failure: SystemError?
    Array(script.utf8).withUnsafeBytes { bytes in
      do throws(SystemError) { try file.writeAll(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    return path
  }
}
