import Platform

extension ConfigurationReader {
  mutating func server() -> MatrizConfiguration.Server {
    var server = MatrizConfiguration.Server()
    if let address = endpoint("server.http_addr") { server.httpAddress = address }
    if let address = endpoint("server.grpc_addr") { server.grpcAddress = address }
    server.externalURL = webAddress("server.external_url", allowsPath: false)
    server.grpcExternalAddress = endpoint("server.grpc_external_addr")
    if let address = server.grpcExternalAddress, address.host.isEmpty || address.port == 0,
      let setting = source["server.grpc_external_addr"]
    {
      refuse(setting, "name the host and the port that workers can reach")
    }
    server.apiToken = secret("server.api_token")
    server.grpcTLS = tlsFiles(certificate: "server.grpc_tls_cert", key: "server.grpc_tls_key")
    if source["server.grpc_external_tls"] != nil {
      server.grpcExternalTLS = flag("server.grpc_external_tls", default: false)
    }
    return server
  }

  mutating func jwt() -> MatrizConfiguration.JWT? {
    let path = "jwt.secret"
    guard let setting = secretSetting(path) else {
      if source[path] == nil, source[KnownKeys.fileKey(of: path)] == nil { missing(path) }
      return nil
    }
    guard var secret = text(of: setting) else { return nil }
    if source[path] != nil {
      if isFile(secret) {
        guard let content = content(of: secret, named: setting) else { return nil }
        secret = content
      } else if secret.hasPrefix("/") || secret.hasPrefix("./") {
        warn(
          setting, "'\(path)' looks like a path, but no such file is there: it is taken as the secret itself")
      }
    }
    guard secret.utf8.count >= MatrizConfiguration.JWT.minimumSecretBytes else {
      refuse(setting, "have at least \(MatrizConfiguration.JWT.minimumSecretBytes) bytes")
      return nil
    }
    return MatrizConfiguration.JWT(secret: Secret(secret))
  }

  mutating func storage() -> MatrizConfiguration.Storage {
    var path = "storage.type"
    if let alias = source["storage.backend_type"] {
      path = "storage.backend_type"
      if let setting = source["storage.type"] {
        note(
          .conflict, alias.place,
          "'storage.backend_type' is another name of 'storage.type' (set at \(setting.place)); one of them must go"
        )
      }
    }
    let setting = source[path].map { Setting(path: "storage.type", place: $0.place, value: $0.value) }
    let kind =
      setting.map { choice(of: $0, default: MatrizConfiguration.Storage.Kind.filesystem) } ?? .filesystem
    return MatrizConfiguration.Storage(
      kind: kind, dataDirectory: text("storage.data_dir") ?? "./data", basePath: text("storage.base_path"))
  }

  mutating func release() -> MatrizConfiguration.Release {
    MatrizConfiguration.Release(waitSeconds: seconds("release.wait_seconds") ?? 600)
  }

  /// Both or none.
  mutating func tlsFiles(certificate: String, key: String) -> MatrizConfiguration.TLSFiles? {
    switch (file(certificate), file(key)) {
    case (let certificate?, let key?): return MatrizConfiguration.TLSFiles(certificate: certificate, key: key)
    case (nil, nil): return nil
    default:
      // A file that is not there was told; what is left is the one that was forgotten.
      for path in [certificate, key] where source[path] == nil { missing(path) }
      return nil
    }
  }

  /// The path of a file that has to be there.
  mutating func file(_ path: String) -> String? {
    guard let setting = source[path], let name = text(of: setting) else { return nil }
    guard isFile(name) else {
      note(.unreadable, setting.place, "'\(path)': there is no file '\(name)'")
      return nil
    }
    return name
  }
}
