import FakeGitHub
import FakeNomad
import FoundationEssentials
import Platform
import TestKit
import TestSupport
import Testing

/// What `.container` says that the program needs, and the program.
@Suite(.fewAtOnce) struct WorkerImageTests {
  private static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The root that `.container/root` has made.
  private static let root = ProcessEnvironment["MISE_CI_WORKER_ROOT"].flatMap { $0.isEmpty ? nil : $0 }
  private static let hasReadelf =
    ProcessEnvironment.find("readelf", path: ProcessEnvironment["PATH"] ?? "") != nil

  @Test(.enabled(if: hasReadelf, "readelf is not installed"))
  func `The packages of the images are those of the libraries that the program is linked with`() async throws
  {
    let program = try #require(BuiltProducts.path("mise-ci"))
    let result = try await runProcess(
      "readelf", ["-d", program], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
    let needed = Set(
      String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        .filter { $0.contains("(NEEDED)") }
        .compactMap { $0.split(separator: "[").last.map { String($0.prefix { $0 != "]" }) } })
    // Every system has the one kind; a release build has the other linked in.
    let others = needed.filter { name in
      !["libc.", "libm.", "libgcc_s.", "libstdc++.", "ld-linux"].contains { name.hasPrefix($0) }
        && !["libswift", "libFoundation", "lib_Foundation", "libdispatch", "libBlocksRuntime"]
          .contains { name.hasPrefix($0) }
    }
    #expect(try others == Set(packages("matriz").flatMap(\.libraries)))
  }

  /// A root made of Debian's packages stands for the image: both are made from the same lists.
  @Test(.enabled(if: root != nil, "MISE_CI_WORKER_ROOT does not name a root; .container/root makes one"))
  func `A worker inside the image carries out a job for a server outside of it`() async throws {
    let root = try #require(Self.root)
    let place = "/tmp/\(UUIDv7.generate())"
    try await install(into: root + place)
    do {
      try await withStage(workers: .program) { stage in
        try await stage.write(template(root: root, place: place), to: stage.template)
        let configuration = stage.configuration
        try await stage.withMatriz(configuration) { site in
          let pushed = try await stage.push(task: "cat /etc/debian_version >&2; git rev-parse HEAD >&2")
          #expect(try await stage.end(of: pushed).state == .success)
          #expect(try await site.log(of: pushed.run).text.contains("\n\(pushed.sha)\n"))
        }
      }
    } catch {
      try await removeTree(root + place)
      throw error
    }
    try await removeTree(root + place)
  }

  private struct Package {
    let name: String
    let libraries: [String]
  }

  private func packages(_ list: String) throws -> [Package] {
    let file = Self.project.appending(path: ".container/\(list).packages")
    return String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
      .map { $0.prefix { $0 != "#" }.split(separator: " ").map(String.init) }
      .compactMap { words in words.first.map { Package(name: $0, libraries: Array(words.dropFirst())) } }
  }

  /// The program as it was built for the tests, which takes Swift's libraries from files, and a mise.
  private func install(into place: String) async throws {
    let program = try #require(BuiltProducts.path("mise-ci"))
    try await BlockingExecutor.files.run { try makeDirectories("\(place)/bin", mode: 0o755) }
    try MiseStandIn.install(into: "\(place)/bin")
    let linked = try await runProcess(
      "ldd", [program], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
    let libraries = String(decoding: linked.output, as: UTF8.self).split(separator: "\n")
      .compactMap { $0.split(separator: " ").first { $0.hasPrefix("/") }.map(String.init) }
      .filter {
        !$0.hasPrefix("/lib") && !$0.hasPrefix("/usr/lib/x86_64") && !$0.hasPrefix("/usr/lib/aarch64")
      }
    let copied = try await runProcess(
      "cp", ["--dereference", program] + libraries + [place], environment: ["PATH": "/usr/bin:/bin"])
    #expect(copied.status.isSuccess, "\(String(decoding: copied.error, as: UTF8.self))")
  }

  private func template(root: String, place: String) -> String {
    let line = "mount -t proc proc \(root)/proc && exec chroot \(root) \(place)/mise-ci worker"
    return """
      job "mise-ci-run" {
        type = "batch"
        parameterized {
          payload       = "forbidden"
          meta_required = ["callback_url", "token"]
        }
        group "worker" {
          task "run" {
            driver = "raw_exec"
            config {
              command = "unshare"
              args    = ["--mount", "--propagation", "private", "sh", "-c", "\(line)"]
            }
            env {
              MISE_CI_CALLBACK = "${NOMAD_META_callback_url}"
              MISE_CI_TOKEN    = "${NOMAD_META_token}"
              PATH             = "\(place)/bin:/usr/sbin:/usr/bin:/sbin:/bin"
              HOME             = "\(place)"
              TMPDIR           = "/tmp"
              LD_LIBRARY_PATH  = "\(place)"
            }
          }
        }
      }
      """
  }
}
