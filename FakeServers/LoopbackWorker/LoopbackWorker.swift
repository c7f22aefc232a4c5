import Platform
package import Worker

/// A worker in this process, for those that start workers with an environment and take an exit code: a fake of a
/// runner hands its dispatches to it instead of starting a program.
///
/// It is the real worker; only `PR_SET_CHILD_SUBREAPER` is left out, which belongs to a process of its own.
package struct LoopbackWorker: Sendable {
  private let adjust: @Sendable (inout WorkerOptions) -> Void

  /// - Parameter adjust: changes the options of each worker before it is started.
  package init(adjust: @escaping @Sendable (inout WorkerOptions) -> Void = { _ in }) {
    self.adjust = adjust
  }

  /// Runs a worker to its end with this environment over that of the process; gives what `mise-ci worker` would exit
  /// with.
  package func run(environment: [String: String]) async -> Int32 {
    let inherited = ProcessEnvironment.current()
    var options = WorkerOptions(environment: inherited.merging(environment) { _, given in given })
    adjust(&options)
    options.adoptsOrphans = false
    return await Worker.run(options).rawValue
  }
}
