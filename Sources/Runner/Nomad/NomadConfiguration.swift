/// Where Nomad is and what is dispatched there: the `runner` section of the configuration.
package struct NomadConfiguration: Sendable {
  /// Origins of the servers (`http://nomad:4646`); the next one is tried when one is away.
  package var addresses: [String]
  /// The file with the job template, in HCL or as JSON.
  package var jobTemplate: String
  /// The image of dispatches that name none.
  package var defaultImage: String?
  /// Given to a template that names none; without them those of the cluster's nodes are taken.
  package var datacenters: [String] = []
  package var namespace: String?
  package var region: String?
  /// The ACL token.
  package var token: String?
  /// PEM files for servers with TLS.
  package var certificateAuthorityFile: String?
  package var clientCertificateFile: String?
  package var clientKeyFile: String?
  /// How long a dispatch that is dead is left as it is, for people to look at.
  package var keepEndedSeconds = 3_600.0
  /// The time for one request to one server.
  package var requestTimeoutSeconds = 10.0

  package init(addresses: [String], jobTemplate: String) {
    self.addresses = addresses
    self.jobTemplate = jobTemplate
  }
}
