import HTTP
import Runner

/// What is added to a template where it is silent, so that it registers and a failed worker stays failed:
/// whether there is another attempt is decided by the run, not by Nomad.
struct TemplateAdditions: Sendable {
  private(set) var job: [String: JSONValue]
  /// What was added, for the log: `datacenters = ["dc1"]`.
  private(set) var additions: [String] = []

  /// The meta keys that every dispatch carries.
  static let metaKeys = ["callback_url", "token", "image", "run_id", "job_id", "attempt"]

  /// - Throws: `RunnerError` (`misconfigured`) when the job cannot be dispatched at all.
  init(to job: JSONValue, path: String) throws(RunnerError) {
    guard let fields = job.object, let id = fields["ID"]?.string, !id.isEmpty else {
      throw RunnerError(.misconfigured, "\(path): the job has no name")
    }
    guard let parameterized = fields["ParameterizedJob"]?.object else {
      throw RunnerError(.misconfigured, "\(path): job \"\(id)\" has no parameterized block")
    }
    self.job = fields
    addMetaKeys(to: parameterized)
    addPolicies()
  }

  /// Whether datacenters are still to be named.
  var needsDatacenters: Bool { job["Datacenters"]?.array?.isEmpty != false }

  mutating func add(datacenters: [String]) {
    job["Datacenters"] = .array(datacenters.map { .string($0) })
    additions.append("datacenters = [" + datacenters.map { "\"\($0)\"" }.joined(separator: ", ") + "]")
  }

  private mutating func addMetaKeys(to parameterized: [String: JSONValue]) {
    let optional = parameterized["MetaOptional"]?.array ?? []
    let declared = (parameterized["MetaRequired"]?.array ?? []) + optional
    let missing = Self.metaKeys.filter { !declared.contains(.string($0)) }
    guard !missing.isEmpty else { return }
    var parameterized = parameterized
    parameterized["MetaOptional"] = .array(optional + missing.map { .string($0) })
    job["ParameterizedJob"] = .object(parameterized)
    additions.append("meta_optional " + missing.joined(separator: ", "))
  }

  private mutating func addPolicies() {
    let isRescheduleSilent = job["Reschedule"]?.isNull != false
    let groups = (job["TaskGroups"]?.array ?? []).map { group -> JSONValue in
      guard var fields = group.object else { return group }
      let name = fields["Name"]?.string ?? ""
      if fields["RestartPolicy"]?.isNull != false {
        fields["RestartPolicy"] = Self.noRestarts
        additions.append("restart { attempts = 0 mode = \"fail\" } in group \(name)")
      }
      if isRescheduleSilent, fields["ReschedulePolicy"]?.isNull != false {
        fields["ReschedulePolicy"] = Self.noReschedules
        additions.append("reschedule { attempts = 0 unlimited = false } in group \(name)")
      }
      return .object(fields)
    }
    job["TaskGroups"] = .array(groups)
  }

  /// Delays and intervals are what Nomad gives batch jobs; with no attempts they do nothing.
  private static let noRestarts: JSONValue = [
    "Attempts": 0, "Mode": "fail", "Delay": 15_000_000_000, "Interval": 86_400_000_000_000,
  ]
  private static let noReschedules: JSONValue = [
    "Attempts": 0, "Unlimited": false, "Delay": 5_000_000_000, "DelayFunction": "constant",
    "Interval": 86_400_000_000_000, "MaxDelay": 0,
  ]
}
