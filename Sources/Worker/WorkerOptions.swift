package import Platform

/// What a worker is started with.
package struct WorkerOptions: Sendable {
  /// The server's origin, `http(s)://host[:port]`.
  package var callbackURL: String
  /// Says which job this is. Never given to a command.
  package var token: String
  /// `HOST:PORT` of the gRPC service; skips the lookup at the callback.
  package var serverAddress: String?
  /// Certificates (PEM) to trust instead of the system's.
  package var certificateAuthorityFile: String?
  /// Where commands run and files go; a new folder, removed at the end, when none is named.
  package var workFolder: String?
  /// What commands inherit, once everything of the worker's own is taken out.
  package var environment: [String: String]
  /// The version that the worker tells the server.
  package var version = "0.1.0"
  /// How long the worker tries to reach a server that it has not reached; later the server's lease counts.
  package var leaseSeconds = 60.0
  /// A silent server is pinged after this time, and taken for lost when it does not answer for as long again.
  package var pingSeconds = 10.0
  /// Between TERM and KILL where the server names no other time.
  package var graceSeconds = 10.0
  /// The same when the worker itself is told to stop: shorter than the five seconds for which Nomad waits by default.
  package var stopGraceSeconds = 3.0
  /// How long output is read from processes that outlive their command.
  package var drainSeconds = 5.0
  /// Output that the server has not acknowledged and that is kept in memory, about.
  package var spoolMemoryBytes = 8 * 1_024 * 1_024
  /// What is kept in a file of the work folder beyond that; then commands have to wait. 0 for no file.
  package var spoolFileBytes = 256 * 1_024 * 1_024
  /// The most bytes of one chunk of a file.
  package var fileChunkBytes = 256 * 1_024
  /// Whether orphaned processes come to this process (`PR_SET_CHILD_SUBREAPER`), so that the worker can end them.
  /// Only for a program that is a worker and nothing else: they cannot be told from others' orphans.
  package var adoptsOrphans = false
  package var logger: Logger

  package init(
    callbackURL: String, token: String, environment: [String: String] = ProcessEnvironment.current(),
    logger: Logger = Logger(label: "worker", level: .warning)
  ) {
    self.callbackURL = callbackURL
    self.token = token
    self.environment = environment
    self.logger = logger
  }

  /// What the variables of a worker say: `MISE_CI_CALLBACK`, `MISE_CI_TOKEN`, `MISE_CI_CA_FILE`.
  package init(environment: [String: String]) {
    self.init(
      callbackURL: environment["MISE_CI_CALLBACK"] ?? "", token: environment["MISE_CI_TOKEN"] ?? "",
      environment: environment)
    certificateAuthorityFile = environment["MISE_CI_CA_FILE"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Looks at what can be wrong before anything is done.
  ///
  /// - Throws: `UsageError`, which names the option and the variable.
  package func validate() throws(UsageError) {
    if token.isEmpty {
      throw UsageError("no token: set MISE_CI_TOKEN or --token-file")
    }
    // It goes into a header.
    guard token.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw UsageError("the token has characters that a token cannot have")
    }
    if let serverAddress {
      guard let endpoint = Endpoint(serverAddress), endpoint.port > 0, !endpoint.host.isEmpty else {
        throw UsageError("--server takes HOST:PORT, not '\(serverAddress)'")
      }
    } else if callbackURL.isEmpty {
      throw UsageError("no server: set MISE_CI_CALLBACK or --callback, or name it with --server")
    }
    if !callbackURL.isEmpty, CallbackOrigin(callbackURL) == nil {
      throw UsageError("the callback is http(s)://host[:port], not '\(callbackURL)'")
    }
  }
}

/// How a worker ended; its raw value is the exit code of `mise-ci worker`.
package enum WorkerExit: Int32, Sendable {
  /// The server said `Close` and has all of the output, whatever the job's result.
  case closed = 0
  /// The server was never reached, it refused, or the lease ended.
  case lost = 1
  /// The options were wrong.
  case usage = 2
}
