import Runner

/// What allocations and evaluations say about a worker, in our words.
enum StateReading {
  /// Texts from Nomad are cut to this many characters.
  static let maximumReasonCharacters = 1_000

  /// The state by the newest allocation, or by what kept the scheduler from making one.
  static func state(
    of job: JobDetail, _ allocations: [AllocationStub], _ evaluations: [EvaluationStub]
  ) -> RunnerJobState {
    guard let newest = allocations.max(by: { $0.createIndex < $1.createIndex }) else {
      if job.isStopped == true { return .failed(reason: "the job was stopped before it was placed") }
      // It ended, and Nomad has forgotten how.
      if job.status == "dead" { return .gone }
      return .pending(reason: placementReason(evaluations))
    }
    switch newest.clientStatus {
    case "pending": return .pending(reason: newestMessage(newest))
    case "complete":
      return newest.desiredStatus == "stop" ? .failed(reason: "the job was stopped") : .finished
    case "failed": return .failed(reason: failureReason(newest))
    case "lost": return .lost(reason: lossReason(newest))
    default: return .running
    }
  }

  /// The task of the newest allocation that failed by its own exit: it may have said why.
  static func exited(_ allocations: [AllocationStub]) -> (allocation: String, task: String)? {
    guard let newest = allocations.max(by: { $0.createIndex < $1.createIndex }) else { return nil }
    let tasks = (newest.taskStates ?? [:]).sorted { $0.key < $1.key }
    let exited = tasks.first { _, task in
      let end = task.events?.last { $0.type == "Terminated" }
      return task.hasFailed == true && end != nil && end?.details?["oom_killed"] != "true"
    }
    return exited.map { (newest.id, $0.key) }
  }

  /// `group worker: no nodes were eligible: no node in datacenter "dc9"`
  private static func placementReason(_ evaluations: [EvaluationStub]) -> String? {
    let newestFirst = evaluations.sorted { $0.createIndex > $1.createIndex }
    guard let groups = newestFirst.lazy.compactMap(\.failedGroups).first(where: { !$0.isEmpty }) else {
      return nil
    }
    let reasons = groups.sorted { $0.key < $1.key }.map { name, metrics in
      "group \(name): \(obstacles(metrics).joined(separator: ", "))"
    }
    return cut(reasons.joined(separator: "; "))
  }

  private static func obstacles(_ metrics: PlacementMetrics) -> [String] {
    var obstacles: [String] = []
    if metrics.nodesEvaluated ?? 0 == 0 { obstacles.append("no nodes were eligible") }
    for (datacenter, count) in (metrics.nodesAvailable ?? [:]).sorted(by: { $0.key < $1.key })
    where count == 0 {
      obstacles.append("no node in datacenter \"\(datacenter)\"")
    }
    for (constraint, count) in (metrics.constraintFiltered ?? [:]).sorted(by: { $0.key < $1.key }) {
      obstacles.append("constraint \"\(constraint)\" excludes \(count) node(s)")
    }
    for (dimension, count) in (metrics.dimensionExhausted ?? [:]).sorted(by: { $0.key < $1.key }) {
      obstacles.append("\(dimension) exhausted on \(count) node(s)")
    }
    for quota in metrics.quotaExhausted ?? [] { obstacles.append("quota \(quota) exhausted") }
    return obstacles.isEmpty ? ["no node has room"] : obstacles
  }

  /// The text of what happened last, such as `Downloading image`.
  private static func newestMessage(_ allocation: AllocationStub) -> String? {
    let events = (allocation.taskStates ?? [:]).sorted { $0.key < $1.key }.flatMap { $0.value.events ?? [] }
    return events.last?.displayMessage.flatMap { $0.isEmpty ? nil : cut($0) }
  }

  private static func failureReason(_ allocation: AllocationStub) -> String {
    let tasks = (allocation.taskStates ?? [:]).sorted { $0.key < $1.key }
    let reasons = tasks.filter { $0.value.hasFailed == true }.map { name, task in
      "task \(name): \(failureReason(task))"
    }
    if !reasons.isEmpty { return cut(reasons.joined(separator: "; ")) }
    return cut(allocation.clientDescription.flatMap { $0.isEmpty ? nil : $0 } ?? "the allocation failed")
  }

  /// The newest event that tells what went wrong; what follows it is only Nomad giving up.
  private static func failureReason(_ task: TaskReport) -> String {
    let events = (task.events ?? []).reversed()
    for event in events {
      switch event.type {
      case "Terminated":
        if event.details?["oom_killed"] == "true" { return "killed: out of memory" }
        return exitReason(event)
      case "Driver Failure", "Setup Failure", "Failed Artifact Download", "Failed Validation",
        "Template", "Vault", "Killed":
        if let message = event.displayMessage, !message.isEmpty { return message }
      default: continue
      }
    }
    return events.first?.displayMessage ?? "failed without a word"
  }

  private static func lossReason(_ allocation: AllocationStub) -> String {
    // What the client said last, before it was gone, comes second.
    for description in [allocation.desiredDescription, allocation.clientDescription] {
      if let description, !description.isEmpty { return cut(description) }
    }
    return "node \(allocation.nodeName ?? "") is lost"
  }

  /// `exit code 1`, with the signal that ended it where one did.
  private static func exitReason(_ event: TaskEventReport) -> String {
    let code = event.details?["exit_code"] ?? "\(event.exitCode ?? 0)"
    let signal = event.details?["signal"] ?? "0"
    return signal == "0" ? "ended with exit code \(code)" : "ended by signal \(signal) (exit code \(code))"
  }

  private static func cut(_ text: String) -> String { String(text.prefix(maximumReasonCharacters)) }
}
