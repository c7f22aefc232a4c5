import HTTP
import Platform

/// `mise-ci logs RUN`: a job's output, byte by byte as the job wrote it.
enum LogsCommand {
  static let command = Command(
    "logs", "Prints a job's output.",
    discussion: """
      The bytes come out as the job wrote them, colours included. \(APIClient.discussion)
      """,
    options: [
      .init("job", value: "JOB", "The job's name or id; may be left out where the run has one job."),
      .init("attempt", value: "N", "An earlier attempt of the job."),
      .init("follow", "Go on until the job has ended."),
    ] + APIClient.options,
    arguments: [.init("RUN", "The run's id.")])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let id = try values.runID()
    let attempt = try values.integer("attempt", in: 1...1_000_000)
    return try await APIClient.with(values) { api in
      let run = try await api.run(id)
      let job = try job(values.string("job"), of: run, program: values.program)
      let copy = LogCopy(
        api: api, path: "/api/v1/runs/\(run.id)/jobs/\(job.id)/log", attempt: attempt ?? job.attempt,
        output: try StandardOutput())
      try await copy.write(untilJobEnds: values.has("follow"))
      return 0
    }
  }

  /// The job of that name or id, or the only one.
  private static func job(
    _ name: String?, of run: RunAnswer, program: String
  ) throws(UsageError) -> JobAnswer {
    let found = run.jobs.filter { name == nil || $0.name == name || $0.id == name }
    // The id becomes part of a path.
    if found.count == 1, UUIDv7.isValid(found[0].id) { return found[0] }
    let names = plainText(run.jobs.map(\.name).joined(separator: ", "))
    throw UsageError(
      name.map { "\(program): the run has no job '\($0)', only: \(names)" }
        ?? "\(program): name one of the run's jobs with --job: \(names)")
  }
}
