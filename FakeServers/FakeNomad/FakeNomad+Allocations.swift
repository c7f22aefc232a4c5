import Platform

extension FakeNomad {
  /// The allocations of a job, or of all, oldest first.
  public func allocations(ofJob jobID: String? = nil) -> [AllocationView] {
    service.cluster.state.withLock { state in
      state.allocations.values.filter { jobID == nil || $0.job.id == jobID }
        .sorted { $0.createIndex < $1.createIndex }.map(AllocationView.init)
    }
  }

  /// Waits until a job has an allocation in this state.
  ///
  /// - Throws: `FakeNomadError` (`timedOut`).
  public func allocation(
    ofJob jobID: String, reaching status: AllocationView.Status, timeoutSeconds: Double = 20
  ) async throws -> AllocationView {
    let wanted = Allocation.ClientStatus(status)
    do {
      return try await service.cluster.state.value(
        timeoutSeconds: timeoutSeconds, waitingFor: "an allocation of \(jobID) to be \(status)"
      ) { state in
        state.allocations.values.first { $0.job.id == jobID && $0.clientStatus == wanted }
          .map(AllocationView.init)
      }
    } catch {
      throw FakeNomadError(.timedOut, "no allocation of \(jobID) is \(status)", cause: error)
    }
  }

  /// Sets an allocation's end from outside, such as `lost` for a machine that is gone, and kills what runs of it. It is
  /// not replaced, whatever the job's policies say.
  ///
  /// - Throws: `FakeNomadError` (`notFound`).
  public func settle(
    _ allocationID: String, as status: AllocationView.Status, description: String = ""
  ) throws {
    do {
      try service.settle(allocationID, as: Allocation.ClientStatus(status), description: description)
    } catch {
      throw FakeNomadError(.notFound, error.message)
    }
  }

  /// What a task has printed, as far as it is kept.
  public func log(allocation: String, task: String, isError: Bool = false) -> [UInt8] {
    let key = TaskLogKey(allocation: allocation, task: task, stream: isError ? .stderr : .stdout)
    return service.cluster.logs[key]?.bytes ?? []
  }

  /// Waits until a task's standard output has this text in it, and answers all of it.
  ///
  /// - Throws: `FakeNomadError` (`timedOut`).
  public func log(
    allocation: String, task: String, containing text: String, timeoutSeconds: Double = 20
  ) async throws -> String {
    let key = TaskLogKey(allocation: allocation, task: task, stream: .stdout)
    do {
      let bytes = try await service.cluster.logs.bytes(
        of: key, containing: text, timeoutSeconds: timeoutSeconds)
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      throw FakeNomadError(.timedOut, "task \(task) has not printed '\(text)'", cause: error)
    }
  }
}
