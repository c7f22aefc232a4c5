import FakeNomad
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// The `python-nomad` package against the fake, where an interpreter that has it is named by `MISE_CI_PYTHON`.
@Suite(.fewAtOnce) struct PythonNomadTests {
  private static let python = ProcessEnvironment["MISE_CI_PYTHON"]

  private static let script = """
    import sys, nomad
    host, port = sys.argv[1:]
    api = nomad.Nomad(host=host, port=int(port), timeout=20)
    job = api.jobs.parse(sys.stdin.read(), canonicalize=True)
    api.jobs.register_job({"Job": job})
    assert job["ID"] in api.jobs
    meta = {"callback_url": "http://here", "token": "t", "attempt": "1"}
    child = api.job.dispatch_job(job["ID"], meta=meta)["DispatchedJobID"]
    assert api.job.get_job(child)["ParentID"] == job["ID"]
    assert len(api.job.get_allocations(child)) == 1
    assert api.nodes.get_nodes()[0]["Datacenter"] == "dc1"
    api.job.deregister_job(child, purge=True)
    try:
        api.job.get_job(child)
    except nomad.api.exceptions.URLNotFoundNomadException:
        print("done")
    """

  @Test("python-nomad parses, registers, dispatches, reads and purges", .enabled(if: python != nil))
  func drives() async throws {
    let python = try #require(Self.python)
    try await withFakeNomad { nomad in
      let result = try await runProcess(
        python, ["-c", Self.script, "127.0.0.1", "\(nomad.port)"],
        input: Array(Jobs.fixture("raw_exec.hcl").utf8))
      #expect(result.outputText == "done", "\(result.errorText)")
    }
  }
}
