import HTTP

/// Turns a job file's syntax into the job's JSON, and collects everything that is wrong on the way.
struct JobDecoder {
  private var diagnostics: [HCLDiagnostic] = []

  private init() {}

  /// The `Job` object of a job file, without the defaults that registering adds.
  ///
  /// - Throws: `HCLError`, or `NomadError` when there is no job in the text.
  static func job(parsing text: String) throws -> JSONValue {
    let file = try HCLParser.parse(text)
    var decoder = JobDecoder()
    let job = decoder.job(in: file)
    guard decoder.diagnostics.isEmpty else { throw HCLError(decoder.diagnostics) }
    guard let job else { throw NomadError.badRequest("Job spec is empty") }
    return .object(job)
  }

  private mutating func job(in file: HCLBody) -> [String: JSONValue]? {
    for attribute in file.attributes { reportUnsupported(attribute) }
    var first: HCLBlock?
    for block in file.blocks {
      if block.type != "job" {
        reportUnsupported(block)
      } else if let first {
        reportDuplicate(block, first: first)
      } else {
        first = block
      }
    }
    guard let first, diagnostics.isEmpty, let label = name(of: first) else { return nil }
    var job = fields(of: first.body, JobSchema.job)
    if job["ID"]?.string == nil { job["ID"] = .string(label) }
    if job["Name"]?.string == nil { job["Name"] = job["ID"] }
    adoptLooseTasks(&job)
    return job
  }

  /// A task that stands directly in the job is a group of its own, named after it.
  private func adoptLooseTasks(_ job: inout [String: JSONValue]) {
    guard let tasks = job.removeValue(forKey: "Tasks")?.array else { return }
    let groups = tasks.map { task -> JSONValue in
      var group = JobSchema.group.skeleton
      group["Name"] = task["Name"]
      group["Tasks"] = [task]
      return .object(group)
    }
    job["TaskGroups"] = .array((job["TaskGroups"]?.array ?? []) + groups)
  }

  private mutating func fields(of body: HCLBody, _ schema: BlockSchema) -> [String: JSONValue] {
    var fields = schema.skeleton
    for attribute in body.attributes {
      guard let rule = schema.attributes[attribute.name] else {
        reportUnsupported(attribute)
        continue
      }
      fields[rule.field] = convert(attribute.value, to: rule.kind)
    }
    var seen: [String: HCLBlock] = [:]
    for block in body.blocks {
      guard let rule = schema.blocks[block.type] else {
        reportUnsupported(block)
        continue
      }
      if !rule.repeats, !rule.isMap, let first = seen[block.type] {
        reportDuplicate(block, first: first)
        continue
      }
      seen[block.type] = block
      guard let value = value(of: block, rule) else { continue }
      if rule.isMap {
        let entries = fields[rule.field]?.object ?? [:]
        fields[rule.field] = .object(entries.merging([value["Name"]?.string ?? "": value]) { $1 })
      } else {
        fields[rule.field] = rule.repeats ? .array((fields[rule.field]?.array ?? []) + [value]) : value
      }
    }
    sortPorts(&fields)
    return fields
  }

  /// A network's ports with a number of their own are reserved, the others get one where they run.
  private func sortPorts(_ network: inout [String: JSONValue]) {
    guard let ports = network["DynamicPorts"]?.array else { return }
    let reserved = ports.filter { $0["Value"] != 0 }
    let dynamic = ports.filter { $0["Value"] == 0 }
    network["ReservedPorts"] = reserved.isEmpty ? .null : .array(reserved)
    network["DynamicPorts"] = dynamic.isEmpty ? .null : .array(dynamic)
  }

  private mutating func value(of block: HCLBlock, _ rule: BlockRule) -> JSONValue? {
    var label: String?
    if rule.isNamed {
      label = name(of: block)
      if label == nil { return nil }
    } else if let extra = block.labels.first {
      report(
        extra.range, "Extraneous label for \(block.type)", "No labels are expected for \(block.type) blocks.")
      return nil
    }
    switch rule.content {
    case .schema(let schema):
      var fields = fields(of: block.body, schema)
      if let label { fields[rule.nameField] = .string(label) }
      return .object(fields)
    case .stringMap:
      for inner in block.body.blocks { reportUnsupported(inner) }
      var pairs: [String: JSONValue] = [:]
      for attribute in block.body.attributes {
        pairs[attribute.name] = convert(attribute.value, to: .string)
      }
      return .object(pairs)
    case .free:
      return .object(freeFields(of: block.body))
    }
  }

  /// A driver's own attributes; a block among them is a list of maps, as drivers read it.
  private func freeFields(of body: HCLBody) -> [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    for attribute in body.attributes { fields[attribute.name] = attribute.value.json }
    for block in body.blocks {
      var value = JSONValue.object(freeFields(of: block.body))
      for label in block.labels.reversed() { value = .object([label.text: value]) }
      fields[block.type] = .array((fields[block.type]?.array ?? []) + [value])
    }
    return fields
  }

  /// The only label that jobs, groups and tasks have.
  private mutating func name(of block: HCLBlock) -> String? {
    guard let label = block.labels.first else {
      report(
        block.openBraceRange, "Missing name for \(block.type)",
        "All \(block.type) blocks must have 1 labels (name).")
      return nil
    }
    if block.labels.count > 1 {
      report(
        block.labels[1].range, "Extraneous label for \(block.type)",
        "Only 1 labels (name) are expected for \(block.type) blocks.")
      return nil
    }
    return label.text
  }

  private mutating func convert(_ value: HCLValue, to kind: AttributeKind) -> JSONValue {
    do {
      return try value.converted(to: kind)
    } catch {
      report(value.startRange, "Unsuitable value type", error.message)
      return .null
    }
  }

  private mutating func reportUnsupported(_ attribute: HCLAttribute) {
    report(
      attribute.nameRange, "Unsupported argument",
      "An argument named \"\(attribute.name)\" is not expected here.")
  }

  private mutating func reportUnsupported(_ block: HCLBlock) {
    report(
      block.typeRange, "Unsupported block type", "Blocks of type \"\(block.type)\" are not expected here.")
  }

  private mutating func reportDuplicate(_ block: HCLBlock, first: HCLBlock) {
    report(
      block.definitionRange, "Duplicate \(block.type) block",
      "Only one block of type \"\(block.type)\" is allowed. "
        + "Previous definition was at \(first.definitionRange).")
  }

  private mutating func report(_ range: HCLRange, _ summary: String, _ detail: String) {
    diagnostics.append(HCLDiagnostic(range: range, summary: summary, detail: detail))
  }
}
