import FakeNomad
import Platform
import TestSupport
import Testing

private let python = ProcessEnvironment["MISE_CI_PYTHON"]

/// The fake as a client of other people sees it. `MISE_CI_PYTHON` names a Python that has python-nomad; without it this
/// test is skipped.
@Suite(.fewAtOnce, .enabled(if: python != nil, "set MISE_CI_PYTHON to a Python that has python-nomad"))
struct PythonNomadTests {
  @Test func `python-nomad cannot tell it from Nomad`() async throws {
    let folder = "\(#filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined())/Clients"
    var options = FakeNomadOptions()
    options.token = "00000000-0000-4000-8000-0000000000aa"
    try await withFakeNomad(options) { nomad in
      let process = try await runProcess(
        python ?? "python3", ["-B", "\(folder)/python_nomad_tour.py"],
        environment: ["NOMAD_ADDR": nomad.url, "TOKEN": options.token ?? "", "PYTHONUTF8": "1"],
        input: Array(Jobs.fixture("raw_exec.hcl").utf8))
      #expect(
        process.outputText == "done", "\(process.outputText.suffix(1_000))\(process.errorText.suffix(3_000))")
    }
  }
}
