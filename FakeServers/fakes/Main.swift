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
    let port = try values.integer("port", in: 0...65_535) ?? 0
    switch values.path.first {
    case "github":
      try await serve([try await ServedGitHub.start(values, port: port)], until: signals)
    case let name?:
      throw UsageError("fakes: '\(name)' is not built yet; there is: github")
    case nil:
      throw UsageError("fakes: say which: github. 'fakes --help' tells more")
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
