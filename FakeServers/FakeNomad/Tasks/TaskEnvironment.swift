import HTTP

/// What a task finds in its environment, and the `${...}` of its configuration.
struct TaskEnvironment: Sendable {
  let variables: [String: String]
  private let nodeAttributes: [String: String]

  /// - Parameter folder: the allocation's folder on this machine.
  init(
    allocation: Allocation, task: JSONValue, folder: String, node: Node, region: String,
    host: [String: String]
  ) {
    let name = task["Name"]?.string ?? ""
    nodeAttributes = node.attributes(region: region)
    var variables = host
    variables.merge(
      [
        "NOMAD_ALLOC_DIR": "\(folder)/alloc", "NOMAD_TASK_DIR": "\(folder)/\(name)/local",
        "NOMAD_SECRETS_DIR": "\(folder)/\(name)/secrets", "NOMAD_ALLOC_ID": allocation.id,
        "NOMAD_SHORT_ALLOC_ID": String(allocation.id.prefix(8)),
        "NOMAD_ALLOC_NAME": allocation.name, "NOMAD_ALLOC_INDEX": "\(allocation.number)",
        "NOMAD_TASK_NAME": name, "NOMAD_GROUP_NAME": allocation.groupName,
        "NOMAD_JOB_ID": allocation.job.id, "NOMAD_JOB_NAME": allocation.specification["Name"]?.string ?? "",
        "NOMAD_NAMESPACE": allocation.job.namespace, "NOMAD_DC": node.datacenter, "NOMAD_REGION": region,
        "NOMAD_CPU_LIMIT": "\(task["Resources"]?["CPU"]?.integer ?? 0)",
        "NOMAD_MEMORY_LIMIT": "\(task["Resources"]?["MemoryMB"]?.integer ?? 0)",
      ], uniquingKeysWith: { $1 })
    if let parent = allocation.specification["ParentID"]?.string, !parent.isEmpty {
      variables["NOMAD_JOB_PARENT_ID"] = parent
    }
    for (key, value) in Self.meta(of: allocation, task) {
      let name = String(key.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
      variables["NOMAD_META_\(name)"] = value
      variables["NOMAD_META_\(name.uppercased())"] = value
    }
    let known = variables.merging(nodeAttributes) { $1 }
    for (key, value) in task["Env"]?.stringMap ?? [:] {
      variables[key] = Self.interpolate(value, known)
    }
    self.variables = variables
  }

  /// The job's meta with the group's and the task's over it.
  static func meta(of allocation: Allocation, _ task: JSONValue) -> [String: String] {
    [allocation.specification, allocation.group, task].reduce(into: [:]) { meta, level in
      meta.merge(level["Meta"]?.stringMap ?? [:]) { $1 }
    }
  }

  /// Replaces each `${name}` that is known; another one stays as it is.
  func interpolate(_ text: String) -> String {
    Self.interpolate(text, variables.merging(nodeAttributes) { $1 })
  }

  private static func interpolate(_ text: String, _ known: [String: String]) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.firstRange(of: "${") {
      result += rest[..<start.lowerBound]
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
      let name = String(rest[start.upperBound..<end])
      let whole = rest[start.lowerBound...end]
      result += known[name] ?? String(whole)
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
