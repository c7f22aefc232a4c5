import HTTP
import Platform

/// What a request says of a check run, checked as GitHub checks it; what is absent stays as it is.
///
/// `POST /repos/{owner}/{repo}/check-runs`, `PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`
struct CheckRunBody: Sendable {
  /// Of each text of the output.
  static let maximumTextCharacters = 65_535
  /// Of one request.
  static let maximumAnnotations = 50
  static let maximumActions = 3
  static let maximumLabelCharacters = 20
  static let maximumIdentifierCharacters = 20
  static let maximumDescriptionCharacters = 40
  static let maximumAnnotationTitleCharacters = 255
  static let maximumAnnotationBytes = 64 << 10

  let name: String?
  let headSHA: String?
  let externalID: String?
  let detailsURL: String?
  let status: FakeGitHub.CheckRun.Status?
  let conclusion: FakeGitHub.CheckRun.Conclusion?
  let startedAt: String?
  let completedAt: String?
  let output: FakeGitHub.CheckRun.Output?
  let actions: [FakeGitHub.CheckRun.Action]?

  /// - Parameter isNew: whether the check run is to be made; then some members have to be there.
  init(_ body: [String: JSONValue], isNew: Bool) throws {
    let fields = SchemaObject(body)
    if isNew { try fields.require(["name", "head_sha"]) }
    name = try fields.text("name")
    headSHA = try fields.text("head_sha")
    externalID = try fields.text("external_id")
    detailsURL = try fields.text("details_url")
    status = try fields.choice("status")
    conclusion = try fields.choice("conclusion")
    startedAt = try fields.time("started_at")
    completedAt = try fields.time("completed_at")
    output = try fields.object("output").map { try Self.output($0, isNew: isNew) }
    actions = try fields.objects("actions", maximum: Self.maximumActions)?.map(Self.action)
    if let detailsURL, !detailsURL.hasPrefix("http://"), !detailsURL.hasPrefix("https://") {
      throw APIError.invalid(
        resource: "CheckRun", field: "details_url", code: "custom",
        message: "details_url must use http(s) scheme")
    }
    if status == .completed, conclusion == nil {
      throw APIError.invalid(resource: "CheckRun", field: "conclusion", code: "missing_field")
    }
    if let status, status != .completed, conclusion != nil {
      throw SchemaObject.refusal("\(status.rawValue) is not a member of [\"completed\"].")
    }
  }

  private static func output(
    _ fields: SchemaObject, isNew: Bool
  ) throws -> FakeGitHub.CheckRun.Output {
    try fields.require(isNew ? ["title", "summary"] : ["summary"])
    return FakeGitHub.CheckRun.Output(
      title: try fields.text("title"),
      summary: try fields.text("summary", maximumCharacters: maximumTextCharacters),
      text: try fields.text("text", maximumCharacters: maximumTextCharacters),
      annotations: try fields.objects("annotations", maximum: maximumAnnotations)?.map(annotation) ?? [])
  }

  private static func annotation(_ fields: SchemaObject) throws -> FakeGitHub.CheckRun.Annotation {
    try fields.require(["path", "start_line", "end_line", "annotation_level", "message"])
    let start = try fields.integer("start_line") ?? 0
    let end = try fields.integer("end_line") ?? 0
    let columns = (try fields.integer("start_column"), try fields.integer("end_column"))
    let message = try fields.text("message") ?? ""
    let details = try fields.text("raw_details")
    func invalid(_ field: String, _ message: String) -> APIError {
      APIError.invalid(resource: "CheckAnnotation", field: field, code: "custom", message: message)
    }
    guard start >= 1, end >= start else {
      throw invalid("end_line", "end_line must not be before start_line")
    }
    if start != end, columns.0 != nil || columns.1 != nil {
      throw invalid("start_column", "columns are only allowed when start_line and end_line are the same")
    }
    for (field, text) in [("message", message), ("raw_details", details ?? "")]
    where text.utf8.count > maximumAnnotationBytes {
      throw invalid(field, "\(field) exceeds a maximum bytesize of 64 KB")
    }
    return FakeGitHub.CheckRun.Annotation(
      path: try fields.text("path") ?? "", startLine: start, endLine: end, startColumn: columns.0,
      endColumn: columns.1, level: try fields.choice("annotation_level") ?? .notice, message: message,
      title: try fields.text("title", maximumCharacters: maximumAnnotationTitleCharacters),
      rawDetails: details)
  }

  private static func action(_ fields: SchemaObject) throws -> FakeGitHub.CheckRun.Action {
    try fields.require(["label", "description", "identifier"])
    return FakeGitHub.CheckRun.Action(
      label: try fields.text("label", maximumCharacters: maximumLabelCharacters) ?? "",
      description: try fields.text("description", maximumCharacters: maximumDescriptionCharacters) ?? "",
      identifier: try fields.text("identifier", maximumCharacters: maximumIdentifierCharacters) ?? "")
  }

  /// Takes the check run on to what the request says.
  func apply(to run: inout FakeGitHub.CheckRun, at now: String) {
    run.name = name ?? run.name
    run.externalID = externalID ?? run.externalID
    run.detailsURL = detailsURL ?? run.detailsURL
    run.startedAt = startedAt ?? run.startedAt
    if let output {
      run.output.title = output.title ?? run.output.title
      run.output.summary = output.summary
      run.output.text = output.text ?? run.output.text
      run.output.annotations += output.annotations
    }
    run.actions = actions ?? run.actions
    if let conclusion {
      // A conclusion alone completes it.
      (run.status, run.conclusion) = (.completed, conclusion)
      run.completedAt = completedAt ?? run.completedAt ?? now
    } else if let status, run.status != .completed {
      // What is completed stays so: whoever wants it done again makes another one.
      run.status = status
    }
    if run.history.last != run.shownState { run.history.append(run.shownState) }
  }
}
