import HTTP

/// What Nomad's servers look at before they take a job, in their order and words.
enum JobValidation {
  /// The refusal of a canonical job, or `nil` when it is taken.
  static func refusal(of job: JSONValue) -> NomadError? {
    var mistakes = generalMistakes(of: job)
    let groups = job["TaskGroups"]?.array ?? []
    if groups.isEmpty { mistakes.append("Missing job task groups") }
    for group in groups {
      let nested = groupMistakes(of: group)
      guard !nested.isEmpty else { continue }
      let name = group["Name"]?.string ?? ""
      mistakes.append("Task group \(name) validation failed: \(NomadError.list(nested))")
    }
    if let parameterized = job["ParameterizedJob"], !parameterized.isNull {
      if job["Type"] != "batch" && job["Type"] != "sysbatch" {
        mistakes.append("Parameterized job can only be used with \"batch\" or \"sysbatch\" scheduler")
      }
      let nested = parameterizedMistakes(of: parameterized)
      if !nested.isEmpty { mistakes.append(NomadError.list(nested)) }
    }
    return mistakes.isEmpty ? nil : .refused(NomadError.list(mistakes))
  }

  private static func generalMistakes(of job: JSONValue) -> [String] {
    var mistakes: [String] = []
    let id = job["ID"]?.string ?? ""
    if id.isEmpty {
      mistakes.append("Missing job ID")
    } else if id.contains(" ") {
      mistakes.append("Job ID contains a space")
    }
    let type = job["Type"]?.string ?? ""
    if !["batch", "service", "system", "sysbatch"].contains(type) {
      mistakes.append("Invalid job type: \"\(type)\"")
    }
    let priority = job["Priority"]?.integer ?? 0
    if !(1...100).contains(priority) { mistakes.append("Job priority must be between [1, 100]") }
    if job["Datacenters"]?.array?.isEmpty != false { mistakes.append("Missing job datacenters") }
    return mistakes
  }

  private static func groupMistakes(of group: JSONValue) -> [String] {
    var mistakes: [String] = []
    if group["Name"]?.string?.isEmpty != false { mistakes.append("Missing task group name") }
    let tasks = group["Tasks"]?.array ?? []
    if tasks.isEmpty { mistakes.append("Missing tasks for task group") }
    for task in tasks {
      var nested: [String] = []
      if task["Name"]?.string?.isEmpty != false { nested.append("Missing task name") }
      if task["Name"]?.string?.contains("/") == true { nested.append("Task name cannot include slashes") }
      if task["Driver"]?.string?.isEmpty != false { nested.append("Missing task driver") }
      guard !nested.isEmpty else { continue }
      let name = task["Name"]?.string ?? ""
      mistakes.append("Task \(name) validation failed: \(NomadError.list(nested))")
    }
    return mistakes
  }

  private static func parameterizedMistakes(of block: JSONValue) -> [String] {
    var mistakes: [String] = []
    let payload = block["Payload"]?.string ?? ""
    if !["optional", "required", "forbidden"].contains(payload) {
      mistakes.append("Unknown payload requirement: \"\(payload)\"")
    }
    let required = block["MetaRequired"]?.strings ?? []
    let both = (block["MetaOptional"]?.strings ?? []).filter(required.contains)
    if !both.isEmpty {
      mistakes.append(
        "Required and optional meta keys should be disjoint. Following keys exist in both: "
          + "[\(both.joined(separator: " "))]")
    }
    return mistakes
  }
}

extension JSONValue {
  /// The texts of a list; what is no text is left out.
  var strings: [String] { (array ?? []).compactMap(\.string) }

  /// The texts of an object; what is no text is left out.
  var stringMap: [String: String] { (object ?? [:]).compactMapValues(\.string) }
}
