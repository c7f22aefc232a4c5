import FakeGitHub
import Glibc
import Platform

/// `fakes`: serves the stand-ins for GitHub and Nomad on loopback ports until SIGINT or SIGTERM.
@main
struct Main {
  static func main() async {
    do {
      switch try fakesCommand.parse(Array(CommandLine.arguments.dropFirst())) {
      case .help(let text): print(text, terminator: "")
      case .run(let values): try await run(values)
      }
    } catch let error as UsageError {
      complain(error.message)
      exit(UsageError.exitCode)
    } catch {
      complain("fakes: \(error)")
      exit(1)
    }
  }

  private static func run(_ values: CommandLineValues) async throws {
    // Before anything starts: a signal that comes meanwhile is not lost.
    let signals = Watched<[Int32]>([])
    try Signals.handle([SIGINT, SIGTERM]) { number in signals.withLock { $0.append(number) } }
    let port = try values.integer("port", in: 0...65_534) ?? 0
    switch values.path.first {
    case "all":
      // Port 0 stays 0: each takes a free one.
      let next = port == 0 ? 0 : port + 1
      let github = try await ServedGitHub.start(values, port: port)
      do {
        try await serve([github, try await ServedNomad.start(port: next)], until: signals)
      } catch {
        await github.stop()
        throw error
      }
    case "github": try await serve([try await ServedGitHub.start(values, port: port)], until: signals)
    case "nomad": try await serve([try await ServedNomad.start(port: port)], until: signals)
    case let name?: throw UsageError("fakes: '\(name)' is not built yet; there are: all, github, nomad")
    case nil: throw UsageError("fakes: say which: all, github or nomad; 'fakes --help' tells more")
    }
  }

  private static func serve(_ fakes: [any ServedFake], until signals: Watched<[Int32]>) async throws {
    for fake in fakes { print(fake.introduction) }
    print("Serving until SIGINT or SIGTERM.")
    // Whoever reads this through a pipe waits for it.
    fflush(nil)
    _ = try await signals.value { $0.first }
    for fake in fakes { await fake.stop() }
  }

  private static func complain(_ message: String) {
    let text = message + "\n"
    _ = write(STDERR_FILENO, text, text.utf8.count)
  }
}

/// A fake that `fakes` has started.
protocol ServedFake: Sendable {
  /// Where it is, and how a matriz is pointed at it.
  var introduction: String { get }
  func stop() async
}
