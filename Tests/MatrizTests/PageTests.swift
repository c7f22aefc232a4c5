import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("The page of a run", .fewAtOnce)
struct PageTests {
  @Test(
    "colours become spans, other control sequences vanish, and nothing becomes markup",
    arguments: [
      ("plain <b> & \"text\"", "plain &lt;b&gt; &amp; &quot;text&quot;"),
      ("\u{1B}[1;31mred\u{1B}[0m end", "<span class=\"b c1\">red</span> end"),
      ("\u{1B}[32mgreen", "<span class=\"c2\">green</span>"), ("a\u{1B}[2K\u{1B}[1Gb", "ab"),
      ("\u{1B}]0;title\u{7}text", "text"), ("cut\u{1B}[3", "cut"), ("\u{1B}", ""), ("a\r\nb\u{8}", "a\nb"),
      ("\u{1B}[38;5;1mx", "x"), ("\u{1B}[;mx", "x"), ("\u{1B}[99999999999999999999mx", "x"),
    ])
  func terminalText(text: String, html: String) {
    #expect(TerminalText(Array(text.utf8)).html == html)
  }

  @Test("what the forge and the worker say is escaped wherever it stands")
  func escaping() {
    let evil = "<script>alert(1)</script>"
    let source = Source(
      repository: evil, cloneURL: evil, event: .push, ref: evil, sha: evil, mergeSha: evil, title: evil)
    let plan = Plan(jobs: [JobPlan(name: evil, steps: [StepPlan(name: evil, action: .clone)])])
    var (run, _) = Run.create(
      id: "r", number: 1, source: source, plan: plan, jobIDs: ["j"], at: Instant(milliseconds: 0))
    let worker = WorkerIdentity(
      instance: "i", hostname: evil, system: evil, architecture: evil, version: evil)
    _ = run.handle(.workerConnected(job: "j", attempt: 1, worker: worker), at: Instant(milliseconds: 1))
    _ = run.handle(.workerLost(job: "j", attempt: 1, reason: evil), at: Instant(milliseconds: 2))
    let log = RunPage.ShownLog(jobID: "j", bytes: Array(evil.utf8), isCut: false)
    let html = RunPage(run: run, artifacts: [], logs: [log]).html
    #expect(!html.contains("<script"))
    #expect(html.contains("&lt;script&gt;"))
  }

  @Test(
    "a download's name is safe in its header",
    arguments: [
      ("a.txt", "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt"),
      ("a\"b;é.txt", "attachment; filename=\"a_b;_.txt\"; filename*=UTF-8''a%22b%3B%C3%A9.txt"),
      ("a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y"),
    ])
  func disposition(name: String, header: String) {
    #expect(ContentDisposition.attachment(name) == header)
  }
}
