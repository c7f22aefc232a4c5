/// The keys that a configuration may have. Paths are written with dots: `storage.storage_quota.max_size_gb`.
enum KnownKeys {
  /// Keys that this version carries out.
  static let built: [String] = [
    "server.http_addr", "server.grpc_addr", "server.external_url", "server.grpc_external_addr",
    "server.grpc_external_tls", "server.api_token", "server.grpc_tls_cert", "server.grpc_tls_key",
    "jwt.secret",
    "forge.type", "forge.app_id", "forge.private_key", "forge.webhook_secret", "forge.token",
    "forge.api_url", "forge.uploads_url", "forge.web_url", "forge.status_context",
    "forge.redelivery_seconds", "forge.reconcile_seconds", "forge.per_job_status", "forge.checks",
    "forge.forks",
    "runner.type", "runner.addr", "runner.job_template", "runner.default_image", "runner.datacenters",
    "runner.namespace", "runner.region", "runner.token", "runner.ca_file", "runner.cert_file",
    "runner.key_file",
    "runner.max_local_jobs", "runner.limits.open_files", "runner.limits.file_bytes",
    "runner.limits.memory_bytes", "runner.limits.processes",
    "storage.type", "storage.backend_type", "storage.data_dir", "storage.base_path",
    "pipeline.tasks", "pipeline.artifacts", "pipeline.release_assets", "pipeline.sarif",
    "limits.job_seconds", "limits.step_seconds", "limits.dispatch_seconds",
    "limits.ping_seconds", "limits.lease_seconds", "limits.grace_seconds", "limits.run_seconds",
    "limits.idle_output_seconds", "limits.log_bytes", "limits.spool_memory_bytes", "limits.spool_file_bytes",
    "limits.concurrent_jobs", "limits.concurrent_jobs_per_repository", "limits.supersede",
    "limits.retries.infrastructure",
    "release.wait_seconds",
  ]

  /// Keys that a later version carries out, with the one value that they may have already: their default,
  /// because that asks for nothing.
  static let notBuilt: [String: String?] = [
    "storage.bucket": nil, "storage.prefix": nil, "storage.endpoint": nil, "storage.region": nil,
    "storage.path_style": nil, "storage.access_key": nil, "storage.secret_key": nil,
    "storage.service_account": nil, "storage.compression_enabled": "true",
    "storage.verify_checksum": "true", "storage.versioning_enabled": "false",
    "storage.retention_policy.diff": "30", "storage.retention_policy.log": "7",
    "storage.retention_policy.test": "14", "storage.retention_policy.default": "90",
    "storage.storage_quota.max_size_gb": "100", "storage.storage_quota.warn_threshold": "0.8",
    "retention.runs_days": "90", "retention.deliveries_days": "30",
  ]

  /// Values of `type` keys that a later version carries out.
  static let typesNotBuilt: [String: [String]] = [
    "runner.type": ["github_actions"],
    "storage.type": ["s3", "gcs"],
  ]

  /// Keys whose value may stand in a file of its own, named by `<key>_file`.
  static let secrets = [
    "server.api_token", "jwt.secret", "forge.private_key", "forge.webhook_secret", "forge.token",
    "runner.token",
    "storage.access_key", "storage.secret_key", "storage.service_account",
  ]

  /// A section whose keys are the user's own names.
  static let namedByUser = "secrets"

  /// Every path that can have a value.
  static let all: Set<String> = Set(built).union(notBuilt.keys).union(secrets.map(fileKey(of:)))

  /// Every path that stands for a mapping of further keys.
  static let groups: Set<String> = Set(
    all.flatMap { path in
      let parts = path.split(separator: ".")
      return (1..<parts.count).map { parts.prefix($0).joined(separator: ".") }
    }
  ).union([namedByUser])

  static func fileKey(of path: String) -> String { "\(path)_file" }

  /// The variable that sets the key: `MISE_CI_SERVER_HTTP_ADDR`.
  static func variable(for path: String) -> String {
    "MISE_CI_" + path.replacing(".", with: "_").uppercased()
  }

  /// Variables that carry our prefix and are not configuration of a matriz: those of the command line, of
  /// workers, of the commands of a job (a matriz may be started by one), and of tests.
  static let otherVariables: Set<String> = [
    "MISE_CI_URL", "MISE_CI_API_TOKEN", "MISE_CI_CALLBACK", "MISE_CI_TOKEN", "MISE_CI_CA_FILE",
    "MISE_CI_LOCAL_WORKER", "MISE_CI_WORKER_ROOT",
    "MISE_CI_FAULT_POINT", "MISE_CI_CONTRACT_DATA", "MISE_CI_PYTHON", "MISE_CI_NOMAD_ADDR",
    "MISE_CI_NOMAD_TOKEN",
    "MISE_CI_RUN_ID",
    "MISE_CI_JOB_ID", "MISE_CI_REPOSITORY", "MISE_CI_REF", "MISE_CI_SHA", "MISE_CI_EVENT",
  ]
}
