import Glibc
import TestSupport
import Testing

@testable import Worker

@Suite("The environment of the worker's own process", .fewAtOnce)
struct WorkerProcessEnvironmentTests {
  @Test("Token and callback are wiped out under every name, the rest stays")
  func hides() {
    let given = [
      "PATH=/bin", "MISE_CI_TOKEN=tok", "NOMAD_META_token=tok", "MISE_CI_CALLBACK=http://h",
      "MISE_CI_CA_FILE=/ca",
      "NO_VALUE", "EMPTY=", "JSON={\"t\":\"tok\"}",
    ]
    var entries = given.map { strdup($0) } + [nil]
    entries.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      WorkerProcessEnvironment.hide(token: "tok", callbackURL: "http://h", in: base)
    }
    let left = entries.compactMap { $0.map { String(cString: $0) } }
    #expect(
      left == [
        "PATH=/bin", "MISE_CI_TOKEN=", "NOMAD_META_token=", "MISE_CI_CALLBACK=", "MISE_CI_CA_FILE=",
        "NO_VALUE",
        "EMPTY=", "JSON=",
      ])
    for entry in entries { free(entry) }
  }
}
