import ArtifactStore
import Configuration
import Forge
import HTTP
import Platform
import RunModel
import Runner

/// A matriz at work: the conductor, those that carry its effects out, and those that answer from outside.
struct Service: Sendable {
  /// The runner may be away when we start: how long between two tries to register with it.
  private static let prepareBackoff = Backoff(firstSeconds: 1, maximumSeconds: 30)

  let router: HTTPRouter
  let workers: WorkerService
  private let conductor: Conductor
  private let outbox: Outbox
  private let deadlines: DeadlineWatch
  private let runnerWatch: RunnerWatch
  private let orphanSearch: Task<Void, Never>
  private let reconciliation: Task<Void, Never>?
  private let admission: Admission
  private let failedDeliveries: FailedDeliveries
  private let preparation: Task<Void, Never>
  private let renewals: Task<Void, Never>

  /// Begins to work, with what an earlier process has left undone.
  static func begin(
    _ configuration: MatrizConfiguration, _ parts: Parts, _ addresses: Addresses, observer: any MatrizObserver
  ) async throws -> Service {
    let clock = try await ClockStore.clock(of: parts.database, logger: parts.logger)
    let service = Service(configuration, parts, addresses, clock, observer: observer)
    // A worker that was connected to the process before us is away until it comes back, and lost after its lease.
    for run in try await service.conductor.unfinishedRuns() {
      try await service.conductor.handle(.serverStarted, run: run.id)
    }
    await service.workers.removeLeftovers(except: try await service.conductor.unfinishedRuns())
    FaultPoint.startReconciled.reach()
    try await service.conductor.recountSlots()
    await service.outbox.resume(try await service.conductor.pendingEffects())
    await service.admission.look()
    await service.deadlines.note(service.conductor.now())
    for run in try await service.conductor.unfinishedRuns() { await service.runnerWatch.note(run) }
    await service.runnerWatch.start()
    await service.failedDeliveries.start()
    return service
  }

  private init(
    _ configuration: MatrizConfiguration, _ parts: Parts, _ addresses: Addresses, _ clock: SteadyClock,
    observer: any MatrizObserver
  ) {
    let conductor = Conductor(
      database: parts.database,
      ledger: Ledger(
        limits: ConcurrencyLimits(
          total: configuration.concurrentJobs,
          perRepository: configuration.limits.concurrentJobsPerRepository)),
      now: { clock.now() })
    let admission = Admission(conductor: conductor, logger: parts.logger.labelled("admission"))
    let secret = configuration.jwt.secret.bytes
    let readiness = Readiness()
    let settings = RunEffects.Settings(
      externalURL: addresses.url, statusContext: configuration.forge.statusContext, tokenSecret: secret,
      defaultImage: configuration.runner.defaultImage,
      dispatchSeconds: configuration.limits.dispatchSeconds,
      releaseWaitSeconds: configuration.release.waitSeconds)
    let secrets = JobSecrets(configuration.secrets)
    let outbox = Outbox(
      conductor: conductor,
      performer: RunEffects(
        conductor: conductor, forge: parts.forge, runner: parts.runner, artifacts: parts.artifacts,
        checkDetails: CheckDetailsReader(logs: parts.logs, artifacts: parts.artifacts, mask: secrets.mask),
        readiness: readiness, settings: settings, logger: parts.logger.labelled("effects")),
      logger: parts.logger.labelled("outbox"))
    let deadlines = DeadlineWatch(conductor: conductor, logger: parts.logger.labelled("deadlines"))
    let runnerWatch = RunnerWatch(
      conductor: conductor, runner: parts.runner, logger: parts.logger.labelled("runner"))
    let workers = WorkerService(
      surroundings: WorkerSession.Surroundings(
        conductor: conductor, forge: parts.forge, artifacts: parts.artifacts, observer: observer,
        secrets: secrets, logger: parts.logger.labelled("workers")),
      logs: parts.logs, secret: secret)
    self.conductor = conductor
    self.outbox = outbox
    self.deadlines = deadlines
    self.runnerWatch = runnerWatch
    orphanSearch = Task { [logger = parts.logger.labelled("runner"), runner = parts.runner] in
      await OrphanSearch(conductor: conductor, runner: runner, logger: logger).run()
    }
    reconciliation = Self.reconcile(
      Reconciliation(
        conductor: conductor, forge: parts.forge, reports: settings.reports,
        intervalSeconds: configuration.forge.reconcileSeconds, logger: parts.logger.labelled("reconciliation")
      ))
    self.admission = admission
    self.workers = workers
    renewals = Task {
      while (try? await Task.sleep(for: .seconds(WorkerToken.renewalSeconds))) != nil {
        await workers.renewTokens()
      }
    }
    preparation = Self.prepare(parts.runner, readiness, parts.logger)
    let inbox = DeliveryInbox(
      conductor: conductor, forge: parts.forge,
      pipeline: PipelinePlan(configuration, supportsChecks: parts.forge.supportsChecks),
      supersede: configuration.limits.supersede, forks: configuration.forge.forks
    ) { repository, tag in
      await Self.hurryUploads(outbox, conductor, repository: repository, tag: tag)
    }
    failedDeliveries = FailedDeliveries(
      inbox: inbox, intervalSeconds: Double(configuration.forge.redeliverySeconds),
      logger: parts.logger.labelled("deliveries"))
    router =
      Routes(
        conductor: conductor, inbox: inbox, forge: parts.forge, artifacts: parts.artifacts, logs: parts.logs,
        access: Access(token: configuration.server.apiToken?.text), readiness: readiness,
        worker: WorkerAnswer(
          grpcAddress: addresses.grpc,
          tls: configuration.server.grpcExternalTLS ?? (configuration.server.grpcTLS != nil),
          leaseSeconds: configuration.limits.leaseSeconds,
          spoolMemoryBytes: configuration.limits.spoolMemoryBytes,
          spoolFileBytes: configuration.limits.spoolFileBytes, version: Matriz.version),
        tokenSecret: secret, logger: parts.logger.labelled("http")
      ).router()
    conductor.onChange { change in
      observer.changed(change.run)
      workers.runChanged(change.run)
      Task {
        await outbox.add(change.entries)
        await deadlines.note(change.run.deadline?.timestamp)
        await runnerWatch.note(change.run)
        if conductor.ledger.isLimited { await admission.look() }
      }
    }
  }

  /// Begins nothing new and waits for what is under way.
  func end() async {
    renewals.cancel()
    orphanSearch.cancel()
    reconciliation?.cancel()
    preparation.cancel()
    await renewals.value
    await workers.stop()
    await preparation.value
    await failedDeliveries.stop()
    await orphanSearch.value
    await reconciliation?.value
    await deadlines.stop()
    await runnerWatch.stop()
    await admission.stop()
    await outbox.stop()
    conductor.dropListeners()
  }

  /// Registers with the runner, again until it works; meanwhile `/readyz` says why not.
  private static func prepare(_ runner: any Runner, _ readiness: Readiness, _ logger: Logger) -> Task<
    Void, Never
  > {
    readiness.set("runner", "not registered yet")
    return Task {
      var tries = 0
      while !Task.isCancelled {
        do throws(RunnerError) {
          try await runner.prepare()
          return readiness.set("runner", nil)
        } catch {
          tries += 1
          if !Task.isCancelled { logger.warning("the runner is not ready", ["reason": error.message]) }
          readiness.set("runner", error.message)
        }
        try? await Task.sleep(for: .seconds(prepareBackoff.delaySeconds(afterTries: tries)))
      }
    }
  }

  /// Begins when what an earlier process has left to be told is known; `nil` where nobody wants it.
  private static func reconcile(_ reconciliation: Reconciliation) -> Task<Void, Never>? {
    reconciliation.intervalSeconds > 0 ? Task { await reconciliation.run() } : nil
  }

  /// A release that was waited for is there: its uploads need not wait for their next try.
  private static func hurryUploads(
    _ outbox: Outbox, _ conductor: Conductor, repository: String, tag: String
  ) async {
    let waiting = try? await conductor.unfinishedRuns().filter {
      $0.source.repository == repository && $0.source.tag == tag
    }
    let ids = Set((waiting ?? []).map(\.id))
    await outbox.hurry { entry in
      if case .uploadAsset = entry.effect { ids.contains(entry.runID) } else { false }
    }
  }
}

extension MatrizConfiguration {
  /// How many jobs there may be at once: what is allowed, and what the runner has room for.
  fileprivate var concurrentJobs: Int? {
    guard runner.kind == .local else { return limits.concurrentJobs }
    return min(limits.concurrentJobs ?? .max, runner.maximumLocalJobs)
  }
}

extension PipelinePlan {
  /// The plan that the configuration describes.
  ///
  /// - Parameter supportsChecks: of the forge.
  init(_ configuration: MatrizConfiguration, supportsChecks: Bool) {
    self.init(
      tasks: configuration.pipeline.tasks,
      artifacts: configuration.pipeline.artifacts.map {
        Artifact(path: $0.path, name: $0.name, type: $0.type, always: $0.condition == .always)
      },
      releaseAssets: configuration.pipeline.releaseAssets, sarif: configuration.pipeline.sarif,
      limits: Limits(configuration.limits),
      reports: Reports(
        jobStatuses: configuration.forge.perJobStatus, checks: configuration.forge.checks && supportsChecks))
  }
}

extension Limits {
  fileprivate init(_ limits: MatrizConfiguration.Limits) {
    self.init(
      dispatchSeconds: limits.dispatchSeconds, jobSeconds: limits.jobSeconds,
      stepSeconds: limits.stepSeconds, runSeconds: limits.runSeconds,
      idleOutputSeconds: limits.idleOutputSeconds, graceSeconds: limits.graceSeconds,
      leaseSeconds: limits.leaseSeconds, infrastructureRetries: limits.infrastructureRetries,
      logBytes: limits.logBytes)
  }
}
