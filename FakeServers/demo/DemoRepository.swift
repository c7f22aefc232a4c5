import FakeGitHub

/// What is pushed in the demo: a mise task that prints in colour, tests a little, and builds a file.
enum DemoRepository {
  static let name = "acme/hello"
  static let tag = "v1.0.0"
  /// What the task builds, and where: collected as artifacts.
  static let archive = "dist/hello.tar.gz"
  static let image = "dist/image.bin"

  static let files: [String: FakeFile] = [
    "mise.toml": """
    [tasks.ci]
    description = "Test and build"
    run = "sh ci/build.sh"

    """,
    "hello.sh": .executable("#!/bin/sh\necho \"Hello, ${1:-world}\"\n"),
    "ci/build.sh": .executable(build),
  ]

  private static let build = """
    #!/bin/sh
    set -eu
    say() { printf '\\033[1;36m==>\\033[0m %s\\n' "$1"; }
    ok() { printf '  \\033[32mok\\033[0m %s\\n' "$1"; }

    say "checking out $MISE_CI_REPOSITORY at $(git rev-parse --short HEAD)"
    say "running tests"
    for name in world mise ci; do
      sleep 0.3
      [ "$(sh hello.sh "$name")" = "Hello, $name" ]
      ok "hello $name"
    done
    printf '  \\033[33mskipped\\033[0m hello from another planet\\n' >&2
    say "building"
    mkdir -p dist
    tar -czf dist/hello.tar.gz hello.sh
    head -c 48000000 /dev/urandom > dist/image.bin
    say "built $(ls dist | tr '\\n' ' ')"

    """
}
