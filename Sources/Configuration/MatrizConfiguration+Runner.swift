package import Platform

extension MatrizConfiguration {
  /// Section `runner`: what starts workers.
  package struct Runner: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
      /// Processes of this machine.
      case local
      case nomad
    }

    package var kind: Kind
    // Of `nomad`.
    /// Bases of the HTTP API, without a slash at their ends; the first that answers is used. Never empty for `nomad`.
    package var addresses: [String]
    /// The path of the job file that is registered and dispatched.
    package var jobTemplate: String
    /// The image of a job that names none.
    package var defaultImage: String?
    /// Where jobs may run; empty for all that the runner has.
    package var datacenters: [String]
    package var namespace: String?
    package var region: String?
    package var token: Secret?
    /// PEM files: who may have signed the servers' certificates, and our own certificate with its key.
    package var certificateAuthorityFile: String?
    package var clientTLS: TLSFiles?
    // Of `local`.
    /// How many jobs there may be at once on this machine; the number of its cores by default.
    package var maximumLocalJobs = processorCount()
    /// What each job may use.
    package var localLimits = ResourceLimits()
    /// The program `mise-ci` that workers run; `nil` is the one that is running.
    package var workerProgram: String?

    /// Processes of this machine.
    package init() {
      self.init(addresses: [], jobTemplate: "")
      kind = .local
    }

    /// Nomad.
    package init(
      addresses: [String], jobTemplate: String, defaultImage: String? = nil, datacenters: [String] = [],
      namespace: String? = nil, region: String? = nil, token: Secret? = nil
    ) {
      kind = .nomad
      self.addresses = addresses
      self.jobTemplate = jobTemplate
      self.defaultImage = defaultImage
      self.datacenters = datacenters
      self.namespace = namespace
      self.region = region
      self.token = token
    }
  }
}
