import ArtifactStore
import Masking
import Platform
import RunModel

/// Reads what the check of a run that is over says: from its jobs' logs and from the files that tools wrote.
///
/// Nothing of it is kept: a report that has to be repeated is read again, at the disk's pace and with a bounded amount of
/// memory, and what there is to be read is the same after a restart.
struct CheckDetailsReader: Sendable {
  /// Logs are long: whoever reads them keeps nobody else from files.
  private static let reading = BlockingExecutor(name: "reports", threads: 1)

  private let logs: JobLogs
  private let artifacts: ArtifactStore
  private let mask: SecretMask

  /// - Parameter mask: of the secrets that files may show. What is in a log was masked before it came there.
  init(logs: JobLogs, artifacts: ArtifactStore, mask: SecretMask = SecretMask()) {
    self.logs = logs
    self.artifacts = artifacts
    self.mask = mask
  }

  /// - Parameter run: one that is over.
  func read(_ run: Run) async throws -> CheckDetails {
    var details = CheckDetails()
    var findings = FindingCollector()
    let cause = run.cause
    for job in run.jobs {
      let failed = cause?.job == job.id ? cause?.step : nil
      let (lastLines, found) = try await output(of: job, failedStep: failed, in: run, findings)
      findings = found
      if let failed {
        details.failedStep = CheckDetails.FailedStep(
          job: job.name, name: job.steps[failed].plan.name, lastLines: lastLines)
      }
      for (name, path) in job.reports {
        if let problem = try await take(name, path, of: job, in: run, into: &findings) {
          details.problems.append(problem)
        }
      }
    }
    (details.annotations, details.remarks, details.dropped) = findings.result
    details.artifacts = try await artifacts.list(run: run.id)
    return details
  }

  private func output(
    of job: Job, failedStep: Int?, in run: Run, _ findings: FindingCollector
  ) async throws -> (String, FindingCollector) {
    let path = logs.path(run: run.id, job: job.id, attempt: job.attempt)
    let (commands, checkout) = (job.commands, job.checkout)
    return try await Self.reading.run {
      guard var output = try JobOutput.open(path) else { return ("", findings) }
      var findings = findings
      let lastLines = try output.read(commands: commands, failedStep: failedStep) { finding in
        findings.add(finding, checkout: checkout)
      }
      return (lastLines, findings)
    }
  }

  /// Takes what a file in SARIF says; gives what is wrong with it.
  private func take(
    _ name: String, _ path: String, of job: Job, in run: Run, into findings: inout FindingCollector
  ) async throws -> String? {
    let (artifact, content): (Artifact, ByteStream)
    do {
      (artifact, content) = try await artifacts.get(run: run.id, name: name)
    } catch let error as ArtifactError where error.code == .notFound || error.code == .fileMissing {
      return "\(path): \(error.message)"
    }
    guard artifact.job == job.id, artifact.attempt == job.attempt else { return nil }
    guard artifact.size <= Int64(SARIFReport.maximumBytes) else {
      let (size, most) = (LogNote.grouped(artifact.size), LogNote.grouped(Int64(SARIFReport.maximumBytes)))
      return "\(path): it has \(size) bytes, and at most \(most) are read"
    }
    let bytes = try await content.collect(upTo: SARIFReport.maximumBytes)
    let checkout = job.checkout
    do {
      let report = try await Self.reading.run { try SARIFReport(bytes, checkout: checkout) }
      for finding in report.findings { findings.add(masked(finding), checkout: checkout) }
      findings.add(left: report.left)
      return nil
    } catch let error as SARIFReport.Malformed {
      return mask.masked("\(path): \(error.message)")
    }
  }

  private func masked(_ finding: Finding) -> Finding {
    var finding = finding
    finding.message = mask.masked(finding.message)
    finding.title = finding.title.map(mask.masked)
    finding.path = finding.path.map(mask.masked)
    return finding
  }
}

extension Run {
  /// The job and the step that it failed for.
  fileprivate var cause: (job: String, step: Int)? {
    let job = jobs.first { $0.state == .errored } ?? jobs.first { $0.state == .failed }
    guard let job, let step = job.steps.firstIndex(where: { $0.state == .errored || $0.state == .failed })
    else { return nil }
    return (job.id, step)
  }
}

extension Job {
  /// The type of artifacts whose content is told to the forge.
  static let reportType = "report"

  /// The steps that are commands of the user's.
  fileprivate var commands: Set<Int> {
    Set(steps.indices.filter { if case .run = steps[$0].plan.action { true } else { false } })
  }

  /// Artifact and path of each file in SARIF that it handed in.
  fileprivate var reports: [(artifact: String, path: String)] {
    steps.compactMap { step in
      guard step.state == .succeeded, step.plan.isOptional,
        case .collect(let path, let artifact, Self.reportType) = step.plan.action
      else { return nil }
      return (artifact, path)
    }
  }

  /// Where the repository was on the worker's machine, as far as that is known.
  fileprivate var checkout: String? {
    worker?.workspace.map { "\($0)/\(StepCommands.workFolder)" }
  }
}
