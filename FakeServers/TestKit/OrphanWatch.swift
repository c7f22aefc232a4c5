import Glibc
import Platform

/// Ends what this process has started once it is gone, however it went: a killed test leaves nothing behind.
///
/// Whatever is to be ended with us carries `environment` in its own, and its children inherit it. A small shell
/// waits for the end of a pipe that only this process holds; then it kills every process with that mark. (A parent-death
/// signal would not do: it comes when the thread ends that started the child, and it does not reach grandchildren.)
package final class OrphanWatch: Sendable {
  private static let variable = "ORPHAN_WATCH_MARK"

  /// The watch of this process; begins when it is first needed.
  package static let shared = Result { try OrphanWatch() }

  /// What the processes of this process have in their environment.
  package static var environment: [String: String] {
    get throws { try shared.get().environment }
  }

  /// This process's own environment, with the mark.
  package static var inheritedEnvironment: [String: String] {
    get throws { try ProcessEnvironment.current().merging(environment) { $1 } }
  }

  package let environment: [String: String]
  private let shell: ChildProcess

  /// Each round looks at all processes; a process may start another one while we look.
  private static let script = """
    while read -r line; do :; done
    rounds=0
    while [ $rounds -lt 100 ]; do
      found=$(grep -lzxsF -- "$1" /proc/[0-9]*/environ)
      [ -n "$found" ] || exit 0
      for file in $found; do
        process=${file#/proc/}
        kill -9 "${process%/environ}" 2>/dev/null
      done
      rounds=$((rounds + 1))
    done
    """

  package init() throws {
    let mark = UUIDv7.generate()
    environment = [Self.variable: mark]
    shell = try ChildProcess.spawn(
      ProcessOptions(
        executable: "sh", arguments: ["-c", Self.script, "orphan-watch", "\(Self.variable)=\(mark)"],
        environment: ["PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin"], input: .pipe,
        leadsProcessGroup: true))
  }

  /// Does now what the end of this process would do, and waits until it is done.
  package func end() async {
    await shell.input?.close()
    _ = await shell.wait()
  }
}
