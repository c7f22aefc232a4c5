// swift-tools-version: 6.2
import PackageDescription

// Every target is built with the same strictness; a warning is an error.
let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// A system library that stands as a module map under `Sources/C`.
func systemLibrary(_ name: String, package: String) -> Target {
  .systemLibrary(name: name, path: "Sources/C/\(name)", providers: [.apt([package])])
}

/// A target of the product, at `Sources/<name>` unless a path says otherwise.
func module(
  _ name: String, path: String? = nil, exclude: [String] = [], dependencies: [Target.Dependency]
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", exclude: exclude,
    swiftSettings: swiftSettings)
}

/// A stand-in for a foreign service, at `FakeServers/<name>`.
func fake(_ name: String, dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "FakeServers/\(name)",
    swiftSettings: swiftSettings)
}

func executable(
  _ name: String, path: String, dependencies: [Target.Dependency], linkerSettings: [LinkerSetting] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings,
    linkerSettings: linkerSettings)
}

/// Swift's libraries become part of a release build: one file to deploy, and some megabytes less in memory.
let standsAlone: [LinkerSetting] = [
  .unsafeFlags(
    ["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"], .when(configuration: .release))
]

/// The tests of one target, or of several that only make sense together, at `Tests/<name>`.
func tests(_ name: String, exclude: [String] = [], dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestKit", "TestSupport"], path: "Tests/\(name)",
    exclude: exclude, swiftSettings: swiftSettings)
}

let package = Package(
  name: "mise-ci",
  products: [
    .executable(name: "mise-ci", targets: ["mise-ci"]),
    .executable(name: "fakes", targets: ["fakes"]),
    .library(name: "FakeGitHub", targets: ["FakeGitHub"]),
    .library(name: "FakeNomad", targets: ["FakeNomad"]),
  ],
  targets: [
    // System libraries, and the C that Swift cannot say (variadics, epoll, pidfd).
    systemLibrary("CArchive", package: "libarchive-dev"),
    systemLibrary("CCurl", package: "libcurl4-openssl-dev"),
    systemLibrary("COpenSSL", package: "libssl-dev"),
    systemLibrary("CSQLite", package: "libsqlite3-dev"),
    systemLibrary("CNghttp2", package: "libnghttp2-dev"),
    systemLibrary("CHTTPParser", package: "libhttp-parser-dev"),
    systemLibrary("CYAML", package: "libyaml-dev"),
    .target(name: "CShims", path: "Sources/C/CShims"),

    // The floor: the operating system, hashes and tokens, protocols, storage.
    module("Platform", dependencies: ["CShims"]),
    module("Crypto", dependencies: ["COpenSSL", "Platform"]),
    module("HTTP", dependencies: ["CCurl", "CHTTPParser", "CShims", "Crypto", "Platform"]),
    module("GRPC", dependencies: ["CNghttp2", "Crypto", "Platform"]),
    module("Database", dependencies: ["CSQLite", "CShims", "Platform"]),
    module("YAML", dependencies: ["CYAML"]),
    module("Archive", dependencies: ["CArchive", "Platform"]),

    // What mise-ci is about.
    module("RunModel", dependencies: []),
    module("Masking", dependencies: ["Crypto"]),
    module("WorkerProtocol", exclude: ["ci.proto"], dependencies: ["GRPC", "Platform"]),
    module("Forge", exclude: ["GitHub"], dependencies: ["Platform"]),
    module(
      "ForgeGitHub", path: "Sources/Forge/GitHub",
      dependencies: ["Crypto", "Forge", "HTTP", "Platform"]),
    module("Runner", exclude: ["LocalProcess", "Nomad"], dependencies: ["Platform"]),
    module(
      "RunnerLocalProcess", path: "Sources/Runner/LocalProcess", dependencies: ["Platform", "Runner"]),
    module(
      "RunnerNomad", path: "Sources/Runner/Nomad", dependencies: ["HTTP", "Platform", "Runner"]),
    module("ArtifactStore", dependencies: ["CShims", "Crypto", "Database", "Platform"]),
    module(
      "Worker",
      dependencies: ["CShims", "Crypto", "GRPC", "HTTP", "Masking", "Platform", "WorkerProtocol"]),
    module("Configuration", dependencies: ["Platform", "YAML"]),
    module(
      "Matriz",
      dependencies: [
        "ArtifactStore", "Configuration", "Crypto", "Database", "Forge", "ForgeGitHub", "GRPC",
        "HTTP", "Masking", "Platform", "RunModel", "Runner", "RunnerLocalProcess", "RunnerNomad",
        "WorkerProtocol",
      ]),
    executable(
      "mise-ci", path: "Sources/mise-ci",
      dependencies: ["Configuration", "Crypto", "HTTP", "Matriz", "Platform", "Worker"]),

    // The foreign services, in process.
    fake("FakeGitHub", dependencies: ["Archive", "Crypto", "HTTP", "Platform", "YAML"]),
    fake("FakeNomad", dependencies: ["Crypto", "HTTP", "Platform"]),
    fake("LoopbackWorker", dependencies: ["Platform", "Worker"]),
    fake("TestKit", dependencies: ["Platform"]),
    fake(
      "Simulation",
      dependencies: [
        "Configuration", "Forge", "Matriz", "Platform", "RunModel", "Runner", "Worker", "WorkerProtocol",
      ]),
    executable(
      "fakes", path: "FakeServers/fakes", dependencies: ["FakeGitHub", "FakeNomad", "Platform"]),
    executable(
      "demo", path: "FakeServers/demo",
      dependencies: [
        "Configuration", "FakeGitHub", "FakeNomad", "Matriz", "Platform", "RunModel", "TestKit",
        "mise-ci",
      ]),

    executable(
      "benchmarks", path: "Benchmarks",
      dependencies: [
        "ArtifactStore", "CShims", "Crypto", "GRPC", "Matriz", "Platform", "Simulation", "Worker",
        "WorkerProtocol",
      ], linkerSettings: standsAlone),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
    tests("PlatformTests", dependencies: ["Platform"]),
    tests("CryptoTests", dependencies: ["Crypto", "Platform"]),
    tests("HTTPTests", dependencies: ["Crypto", "HTTP", "Platform"]),
    tests("GRPCTests", dependencies: ["Crypto", "GRPC", "Platform"]),
    tests("DatabaseTests", dependencies: ["Database", "Platform"]),
    tests("YAMLTests", dependencies: ["YAML"]),
    tests("ArchiveTests", dependencies: ["Archive", "Platform"]),
    tests("RunModelTests", dependencies: ["RunModel"]),
    tests("MaskingTests", dependencies: ["Masking"]),
    tests("WorkerProtocolTests", dependencies: ["GRPC", "Platform", "WorkerProtocol"]),
    tests(
      "ForgeGitHubTests",
      dependencies: ["Crypto", "FakeGitHub", "Forge", "ForgeGitHub", "HTTP", "Platform"]),
    tests(
      "RunnerNomadTests", dependencies: ["FakeNomad", "HTTP", "Platform", "Runner", "RunnerNomad"]),
    tests("RunnerLocalProcessTests", dependencies: ["Platform", "Runner", "RunnerLocalProcess"]),
    tests("ArtifactStoreTests", dependencies: ["ArtifactStore", "Crypto", "Database", "Platform"]),
    tests(
      "WorkerTests",
      dependencies: [
        "Crypto", "GRPC", "HTTP", "LoopbackWorker", "Platform", "Worker", "WorkerProtocol", "mise-ci",
      ]),
    tests("ConfigurationTests", dependencies: ["Configuration", "Platform"]),
    tests(
      "MatrizTests",
      dependencies: [
        "ArtifactStore", "Configuration", "Crypto", "Database", "Forge", "GRPC", "HTTP", "Matriz",
        "Platform", "RunModel", "Runner", "WorkerProtocol",
      ]),
    tests("MiseCITests", dependencies: ["Crypto", "HTTP", "Platform", "mise-ci"]),
    tests(
      "FakeGitHubTests", exclude: ["Clients"],
      dependencies: ["Archive", "Crypto", "FakeGitHub", "HTTP", "Platform"]),
    tests("TestKitTests", dependencies: ["HTTP", "Platform", "fakes"]),
    tests("SimulationTests", dependencies: ["Platform", "Simulation"]),
    tests(
      "FakeNomadTests", exclude: ["Clients"], dependencies: ["Crypto", "FakeNomad", "HTTP", "Platform"]),
    tests(
      "EndToEndTests",
      dependencies: [
        "Configuration", "Crypto", "FakeGitHub", "FakeNomad", "GRPC", "HTTP", "LoopbackWorker",
        "Matriz", "Platform", "RunModel", "mise-ci", "demo",
      ]),
  ]
)
