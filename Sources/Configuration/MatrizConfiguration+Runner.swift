extension MatrizConfiguration {
  /// Section `runner`: what starts workers.
  package struct Runner: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
      case nomad
    }

    package var kind: Kind
    /// Bases of the HTTP API, without a slash at their ends; the first that answers is used. Never empty.
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

    package init(
      kind: Kind = .nomad, addresses: [String], jobTemplate: String, defaultImage: String? = nil,
      datacenters: [String] = [], namespace: String? = nil, region: String? = nil, token: Secret? = nil
    ) {
      self.kind = kind
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
