import ArtifactStore
import HTTP
import Platform
import RunModel

extension Routes {
  /// The page shows at most this much of a log's end; the whole of it is a link away.
  private static let maximumShownLogBytes: Int64 = 512 * 1_024

  func addPages(to router: inout HTTPRouter) {
    // GET /runs/{run}: where status links lead.
    onGuarded(&router, "GET", "/runs/{run}") { [artifacts, logs] request in
      let run = try await run(of: request)
      var shown: [RunPage.ShownLog] = []
      for job in run.jobs {
        let size = try await logs.size(run: run.id, job: job.id, attempt: job.attempt)
        let start = max(0, size - Self.maximumShownLogBytes)
        let content = try await logs.read(run: run.id, job: job.id, attempt: job.attempt, range: start..<size)
        let bytes = try await content.collect(upTo: Int(Self.maximumShownLogBytes))
        shown.append(RunPage.ShownLog(jobID: job.id, bytes: bytes, isCut: start > 0))
      }
      let page = RunPage(run: run, artifacts: try await artifacts.list(run: run.id), logs: shown)
      return HTTPServerResponse(
        headers: [
          "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
          "X-Content-Type-Options": "nosniff",
          "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
          "Referrer-Policy": "no-referrer",
        ],
        body: .text(page.html))
    }
  }
}
