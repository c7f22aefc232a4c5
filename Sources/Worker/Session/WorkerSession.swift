import WorkerProtocol

/// What a worker owes the server, whatever becomes of the stream between them: a pure state machine.
///
/// States of the stream: `down`; `waitingForResume` (a stream after the first, to a server that resumes: the log
/// waits until it has said from where); `open`. Beside it: the command that runs and those that wait for it, the
/// results, the log (`OutputSpool`) and the file on its way (`FileSending`). After `Close` the session goes on until
/// all output is acknowledged.
///
/// Inputs are the methods that mutate; what is to be done comes back as `Action`s, what is to be sent is taken with
/// `takeOutgoing`. A command runs once: when it comes again on a new stream, it goes on, or its result is sent again.
package struct WorkerSession: Sendable {
  /// What the caller has to do.
  package enum Action: Sendable, Equatable {
    case start(id: UInt64, WorkerCommand)
    /// Ends the running command; `nil` leaves the grace period to the worker.
    case cancel(id: UInt64, graceSeconds: UInt32?)
    /// Connects with this token from now on.
    case useToken(String)
    /// Shows none of these from now on.
    case mask([String])
  }

  /// A message to send.
  package enum Outgoing: Sendable, Equatable {
    case runnerInfo
    case output(OutputSpool.Piece)
    case done(id: UInt64, exitCode: Int32)
    case failed(id: UInt64, message: String)
    case fileChunk(id: UInt64, FileSending.Chunk)
  }

  enum Link {
    case down
    case waitingForResume
    case open
  }

  struct Running {
    let id: UInt64
    var file: FileSending?
  }

  struct Ended {
    let id: UInt64
    let message: Outgoing
    /// The end of the log when the command ended: its result goes after its output.
    let logOffset: UInt64
    /// It was cancelled before it was started.
    let wasRefused: Bool
  }

  /// Commands that wait for the running one; the server sends one at a time, so this is for odd ones.
  package static let maximumWaitingCommands = 64
  /// Results that are kept for commands that come again.
  package static let maximumKeptResults = 1_024

  var link = Link.down
  var isFirstStream = true
  var heardFeatures = false
  var owesRunnerInfo = false
  /// What both sides know.
  package internal(set) var features: Set<String> = []

  var spool: OutputSpool
  var running: Running?
  var waiting: [(id: UInt64, command: WorkerCommand)] = []
  var ended: [Ended] = []
  /// Results that have to be sent on the present stream, in order.
  var resultsToSend: [Ended] = []
  /// Commands whose result was handed to the present stream.
  var resultsSent: Set<UInt64> = []
  /// Files whose last chunk was handed to the present stream.
  var filesSent: Set<UInt64> = []
  /// Where the server wants files from, as far as it said so on the present stream.
  var fileOffsets: [UInt64: UInt64] = [:]
  package internal(set) var isClosing = false

  package init(spoolCapacityBytes: Int, spoolFileBytes: Int = 0) {
    spool = OutputSpool(capacityBytes: spoolCapacityBytes, fileBytes: spoolFileBytes)
  }

  // MARK: What the caller looks at

  /// Whether a broken stream is followed by another.
  package var resumes: Bool { features.contains(WorkerFeature.resume) }

  /// Whether output may be produced; else the command waits.
  package var hasRoom: Bool { spool.hasRoom }

  /// After `Close`: nothing runs, and the server has everything.
  package var isFinished: Bool {
    isClosing && running == nil && spool.acknowledged == spool.end
  }

  /// Whether the server has said anything on this stream, or the last one.
  package internal(set) var wasHeard = false

  package var runningCommand: UInt64? { running?.id }
  package var file: FileSending? { running?.file }
  package var unacknowledgedBytes: UInt64 { spool.end - spool.acknowledged }

  /// Whether `takeOutgoing` would give something.
  package var hasOutgoing: Bool {
    if link == .down { return false }
    if owesRunnerInfo { return true }
    guard link == .open else { return false }
    return spool.hasUnsent || resultsToSend.first.map { $0.logOffset <= spool.sent } == true
      || running?.file?.hasWaiting == true
  }

  /// The server wants this much output kept.
  mutating func useSpool(_ limits: SpoolLimits) {
    spool.use(limits)
  }

  // MARK: The stream

  /// A new stream is there: first of all it says who this is.
  package mutating func streamOpened() {
    link = resumes && !isFirstStream ? .waitingForResume : .open
    isFirstStream = false
    heardFeatures = false
    wasHeard = false
    owesRunnerInfo = true
    resultsSent = []
    filesSent = []
    fileOffsets = [:]
  }

  /// The stream is gone. What it did not surely deliver is owed again.
  package mutating func streamEnded() {
    guard link != .down else { return }
    link = .down
    running?.file?.suspend()
    // Whether the last result arrived is not known while the server has not gone on after it.
    if running == nil, let last = ended.last, resultsSent.contains(last.id) {
      resultsToSend = [last]
    }
  }

  /// The next message to send; each is given once per stream.
  package mutating func takeOutgoing() -> Outgoing? {
    guard link != .down else { return nil }
    if owesRunnerInfo {
      owesRunnerInfo = false
      return .runnerInfo
    }
    guard link == .open else { return nil }
    if let next = resultsToSend.first, next.logOffset <= spool.sent {
      resultsToSend.removeFirst()
      resultsSent.insert(next.id)
      return next.message
    }
    if let piece = spool.takePiece(before: resultsToSend.first?.logOffset ?? .max) {
      if !features.contains(WorkerFeature.logAck) { spool.forgetSent() }
      return .output(piece)
    }
    if let id = running?.id, let chunk = running?.file?.takeChunk() {
      return .fileChunk(id: id, chunk)
    }
    return nil
  }
}
