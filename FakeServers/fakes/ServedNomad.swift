import FakeNomad
import Platform

/// The fake Nomad as the command line describes it.
struct ServedNomad: ServedFake {
  private let nomad: FakeNomad

  var introduction: String {
    """
    Nomad at \(nomad.url); what can be done with it: \(nomad.url)/_fake/
    Tasks run as processes of this machine, those of docker images too; they find mise-ci where it was built, and a task
    of an image that names no command is a worker of it.

    For matriz.yaml:
    runner:
      type: nomad
      addr: \(nomad.url)

    """
  }

  func stop() async {
    await nomad.stop()
  }

  static func start(port: Int) async throws -> ServedNomad {
    var options = FakeNomadOptions()
    options.address = "127.0.0.1:\(port)"
    options.otherImages = .run
    options.imageEntryPoint = ["mise-ci", "worker"]
    if let program = ProcessEnvironment.executablePath, let slash = program.lastIndex(of: "/") {
      let path = options.hostEnvironment["PATH"] ?? "/usr/bin:/bin"
      options.hostEnvironment["PATH"] = "\(program[..<slash]):\(path)"
    }
    return ServedNomad(nomad: try await FakeNomad.start(options))
  }
}
