import Glibc
import Platform

/// The job template that the demo and the tests register: the worker as a process of this machine.
package enum WorkerJobTemplate {
  /// Writes the template to `path`.
  ///
  /// - Parameters:
  ///   - worker: the program that is started as `worker`.
  ///   - searchPath: the `PATH` of the job's commands.
  ///   - environment: what else the worker finds in its environment.
  package static func write(
    to path: String, worker: String, searchPath: String, environment: [String: String] = [:]
  ) async throws {
    let text = text(worker: worker, searchPath: searchPath, environment: environment)
    try await BlockingExecutor.files.run {
      let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
      var failure: SystemError?
      Array(text.utf8).withUnsafeBytes { bytes in
        do throws(SystemError) { try file.writeAll(bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  private static func text(worker: String, searchPath: String, environment: [String: String]) -> String {
    let more = environment.sorted { $0.key < $1.key }.map { "\n        \($0.key) = \"\($0.value)\"" }
    return """
      job "mise-ci-run" {
        type = "batch"

        parameterized {
          payload       = "forbidden"
          meta_required = ["callback_url", "token"]
        }

        group "worker" {
          task "run" {
            driver = "raw_exec"

            config {
              command = "\(worker)"
              args    = ["worker"]
            }

            env {
              MISE_CI_CALLBACK = "${NOMAD_META_callback_url}"
              MISE_CI_TOKEN    = "${NOMAD_META_token}"
              PATH             = "\(searchPath)"\(more.joined())
            }
          }
        }
      }

      """
  }
}
