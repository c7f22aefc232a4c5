import HTTP
import Platform

/// Something that happened to a task, as `TaskStates[task].Events[]` tells it.
struct TaskEvent: Sendable, Hashable {
  var type: String
  /// What a person reads.
  var displayMessage: String
  var details: [String: String] = [:]
  var message = ""
  var driverError = ""
  var exitCode: Int32 = 0
  var signal: Int32 = 0
  var failsTask = false
  var restartReason = ""
  var killTimeoutNanoseconds: Int64 = 0
  var startDelayNanoseconds: Int64 = 0
  /// Nanoseconds since 1970.
  var time: Int64 = Timestamp.now().milliseconds * 1_000_000

  static let received = TaskEvent(type: "Received", displayMessage: "Task received by client")
  static let setup = TaskEvent(
    type: "Task Setup", displayMessage: "Building Task Directory",
    details: ["message": "Building Task Directory"], message: "Building Task Directory")
  static let started = TaskEvent(type: "Started", displayMessage: "Task started by client")
  static let killed = TaskEvent(type: "Killed", displayMessage: "Task successfully killed")

  static func downloadingImage(_ image: String) -> TaskEvent {
    TaskEvent(
      type: "Driver", displayMessage: "Downloading image", details: ["image": image],
      message: "Downloading image")
  }

  static func driverFailure(_ message: String) -> TaskEvent {
    TaskEvent(
      type: "Driver Failure", displayMessage: message, details: ["driver_error": message],
      driverError: message, failsTask: false)
  }

  static func terminated(code: Int32, signal: Int32, outOfMemory: Bool = false) -> TaskEvent {
    var text = "Exit Code: \(code)"
    if signal != 0 { text += ", Signal: \(signal)" }
    if outOfMemory { text += ", Exit Message: \"OOM Killed\"" }
    return TaskEvent(
      type: "Terminated", displayMessage: text,
      details: ["exit_code": "\(code)", "signal": "\(signal)", "oom_killed": "\(outOfMemory)"],
      message: outOfMemory ? "OOM Killed" : "", exitCode: code, signal: signal)
  }

  static func notRestarting(_ reason: String) -> TaskEvent {
    TaskEvent(
      type: "Not Restarting", displayMessage: reason,
      details: ["restart_reason": reason, "fails_task": "true"], failsTask: true, restartReason: reason)
  }

  static func restarting(afterNanoseconds delay: Int64, _ reason: String) -> TaskEvent {
    var text = "Task restarting in \(GoDuration.text(nanoseconds: delay))"
    if reason != RestartTracker.withinPolicy { text = "\(reason) - \(text)" }
    return TaskEvent(
      type: "Restarting", displayMessage: text,
      details: ["restart_reason": reason, "start_delay": "\(delay)"], restartReason: reason,
      startDelayNanoseconds: delay)
  }

  static func setupFailure(_ message: String) -> TaskEvent {
    TaskEvent(
      type: "Setup Failure", displayMessage: message, details: ["setup_error": message], failsTask: true)
  }

  static func killing(timeoutNanoseconds: Int64) -> TaskEvent {
    TaskEvent(
      type: "Killing",
      displayMessage: "Sent interrupt. Waiting \(GoDuration.text(nanoseconds: timeoutNanoseconds)) "
        + "before force killing",
      details: ["kill_timeout": GoDuration.text(nanoseconds: timeoutNanoseconds)],
      killTimeoutNanoseconds: timeoutNanoseconds)
  }

  var json: JSONValue {
    [
      "Type": .string(type), "DisplayMessage": .string(displayMessage), "Message": .string(message),
      "Details": .object(details.mapValues { .string($0) }), "DriverError": .string(driverError),
      "ExitCode": .integer(Int64(exitCode)), "Signal": .integer(Int64(signal)),
      "FailsTask": .bool(failsTask), "RestartReason": .string(restartReason),
      "KillTimeout": .integer(killTimeoutNanoseconds), "Time": .integer(time), "DiskLimit": 0,
      "DownloadError": "", "DriverMessage": "", "FailedSibling": "", "GenericSource": "", "KillError": "",
      "KillReason": "", "SetupError": .string(details["setup_error"] ?? ""),
      "StartDelay": .integer(startDelayNanoseconds), "TaskSignal": "", "TaskSignalReason": "",
      "ValidationError": "", "VaultError": "",
    ]
  }
}

/// A task of an allocation: `pending`, then `running`, then `dead`.
struct TaskState: Sendable, Hashable {
  enum Phase: String, Sendable { case pending, running, dead }

  /// Older events are dropped, as Nomad's clients do.
  static let maximumEvents = 10

  var phase = Phase.pending
  var failed = false
  var restarts = 0
  var restartedAt: Timestamp?
  var startedAt: Timestamp?
  var finishedAt: Timestamp?
  private(set) var events: [TaskEvent] = []

  mutating func add(_ event: TaskEvent) {
    events.append(event)
    if events.count > TaskState.maximumEvents { events.removeFirst() }
  }

  var json: JSONValue {
    [
      "State": .string(phase.rawValue), "Failed": .bool(failed), "Restarts": .integer(Int64(restarts)),
      "LastRestart": restartedAt.map { .string($0.rfc3339) } ?? .null,
      "StartedAt": startedAt.map { .string($0.rfc3339) } ?? .null,
      "FinishedAt": finishedAt.map { .string($0.rfc3339) } ?? .null, "TaskHandle": nil,
      "Events": .array(events.map(\.json)),
    ]
  }
}
