import Platform

/// How a fake Nomad behaves.
public struct FakeNomadOptions: Sendable {
  /// Stands in for every task's command: gets the task's environment and the job's meta, answers the exit code.
  /// It is cancelled when the task is killed.
  public typealias Loopback =
    @Sendable (_ environment: [String: String], _ meta: [String: String]) async -> Int32

  /// What becomes of a `docker` task.
  public enum ImageOutcome: Sendable, Hashable {
    /// The image cannot be pulled; the text is the registry's.
    case pullFailure(String)
    /// The container starts, and is killed for its memory.
    case outOfMemory
    /// The task's `command` and `args` run as a process of this machine.
    case run
  }

  /// `host:port`; port 0 takes a free one.
  public var address = "127.0.0.1:0"
  public var region = "global"
  public var datacenter = "dc1"
  /// The name of the first node; others have a number behind it.
  public var nodeName = "fake-node"
  public var nodeCount = 1
  /// The MHz that each node has for tasks.
  public var nodeCPU = 1_000_000
  /// The memory that each node has for tasks, in MB.
  public var nodeMemoryMB = 1_000_000
  /// What each node tells of itself: `${meta.name}` in job files.
  public var nodeMeta: [String: String] = [:]
  /// The namespaces besides `default`; jobs of another one are refused.
  public var namespaces: [String] = []
  /// The drivers that every node has; a job that needs another one is not placed.
  public var drivers: Set<String> = ["raw_exec", "exec", "docker"]
  /// The ACL token that requests must have; without one every request is allowed.
  public var token: String?
  /// Whether `idempotency_token` is looked at (newer servers) or ignored (older ones).
  public var honoursIdempotencyToken = true
  /// What becomes of `docker` tasks, by image.
  public var images: [String: ImageOutcome] = [:]
  /// What becomes of `docker` tasks whose image is not listed, when there is no `loopback`.
  public var otherImages = ImageOutcome.pullFailure("manifest unknown")
  /// The program and arguments of a `docker` task that runs and names no command, as its image would.
  public var imageEntryPoint: [String] = []
  /// Stands in for the command of every task, of every driver, except for images that are listed.
  public var loopback: Loopback?
  /// What tasks find in their environment besides what Nomad and the job give them.
  public var hostEnvironment: [String: String]
  /// How long an allocation stays pending before its tasks begin.
  public var startDelaySeconds = 0.0
  /// What is kept of each of a task's two logs; older bytes are dropped.
  public var maximumLogBytes = 4 << 20
  /// What is kept of the record of requests; older ones are dropped.
  public var maximumRecordedRequests = 10_000

  public init() {
    hostEnvironment = ProcessEnvironment.current().filter { name, _ in
      ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"].contains(name)
    }
  }
}
