import Platform

extension ConfigurationReader {
  /// More workers than this on one machine are a mistake.
  private static let maximumLocalJobs = 10_000
  private static let maximumBytes = 1 << 50

  private static let nomadKeys = [
    "runner.addr", "runner.job_template", "runner.default_image", "runner.datacenters", "runner.namespace",
    "runner.region", "runner.token", "runner.ca_file", "runner.cert_file", "runner.key_file",
  ]
  private static let localKeys = [
    "runner.max_local_jobs", "runner.limits.open_files", "runner.limits.file_bytes",
    "runner.limits.memory_bytes", "runner.limits.processes",
  ]

  /// Without a type, an address makes it Nomad's; with neither, jobs run on this machine.
  mutating func runner() -> MatrizConfiguration.Runner? {
    let kind = choice(
      "runner.type", default: source["runner.addr"] == nil ? MatrizConfiguration.Runner.Kind.local : .nomad)
    switch kind {
    case .local:
      refuseKeys(Self.nomadKeys, of: .nomad)
      return localRunner()
    case .nomad:
      refuseKeys(Self.localKeys, of: .local)
      return nomadRunner()
    }
  }

  private mutating func localRunner() -> MatrizConfiguration.Runner {
    var runner = MatrizConfiguration.Runner()
    if let count = number("runner.max_local_jobs", 1...Self.maximumLocalJobs, of: "jobs") {
      runner.maximumLocalJobs = count
    }
    runner.localLimits = ResourceLimits(
      openFiles: number("runner.limits.open_files", 64...(1 << 20), of: "descriptors"),
      fileBytes: number("runner.limits.file_bytes", 4_096...Self.maximumBytes, of: "bytes").map(Int64.init),
      memoryBytes: number("runner.limits.memory_bytes", (16 << 20)...Self.maximumBytes, of: "bytes")
        .map(Int64.init),
      processes: number("runner.limits.processes", 16...(1 << 22), of: "processes"))
    return runner
  }

  private mutating func nomadRunner() -> MatrizConfiguration.Runner? {
    var addresses: [String] = []
    for item in items("runner.addr") ?? [] {
      if let address = webAddress(of: item, allowsPath: true) { addresses.append(address) }
    }
    if source["runner.addr"] == nil { missing("runner.addr") }
    let template = file("runner.job_template")
    if source["runner.job_template"] == nil { missing("runner.job_template") }
    var runner = MatrizConfiguration.Runner(
      addresses: addresses, jobTemplate: template ?? "", defaultImage: text("runner.default_image"),
      datacenters: texts("runner.datacenters") ?? [], namespace: text("runner.namespace"),
      region: text("runner.region"), token: secret("runner.token"))
    runner.certificateAuthorityFile = file("runner.ca_file")
    runner.clientTLS = tlsFiles(certificate: "runner.cert_file", key: "runner.key_file")
    return addresses.isEmpty || template == nil ? nil : runner
  }

  /// A key that another type of runner reads would be without effect, which nobody wants who sets it.
  private mutating func refuseKeys(_ paths: [String], of kind: MatrizConfiguration.Runner.Kind) {
    for path in paths {
      guard let setting = source[path] ?? source[KnownKeys.fileKey(of: path)] else { continue }
      note(.conflict, setting.place, "'\(setting.path)' is for 'runner.type: \(kind.rawValue)'")
    }
  }
}
