extension ConfigurationReader {
  /// What failed is kept for three days by the forge: it has to be asked for well before.
  private static let maximumRedeliverySeconds = 86_400
  private static let maximumReconcileSeconds = 86_400

  mutating func forge() -> MatrizConfiguration.Forge? {
    let kind = choice("forge.type", default: MatrizConfiguration.Forge.Kind.github)
    let access = access()
    var forge = MatrizConfiguration.Forge(
      kind: kind, access: access ?? .token(Secret("")), webhookSecrets: webhookSecrets())
    if let address = webAddress("forge.api_url", allowsPath: true) { forge.apiURL = address }
    if let address = webAddress("forge.uploads_url", allowsPath: true) { forge.uploadsURL = address }
    if let address = webAddress("forge.web_url", allowsPath: true) { forge.webURL = address }
    if let context = text("forge.status_context") { forge.statusContext = context }
    forge.redeliverySeconds =
      number("forge.redelivery_seconds", 1...Self.maximumRedeliverySeconds, of: "seconds")
      ?? forge.redeliverySeconds
    forge.reconcileSeconds =
      number("forge.reconcile_seconds", 0...Self.maximumReconcileSeconds, of: "seconds")
      ?? forge.reconcileSeconds
    forge.perJobStatus = flag("forge.per_job_status", default: forge.perJobStatus)
    forge.checks = flag("forge.checks", default: forge.checks)
    forge.forks = choice("forge.forks", default: forge.forks)
    return access == nil || forge.webhookSecrets.isEmpty ? nil : forge
  }

  /// The app if one is named, else the token.
  private mutating func access() -> MatrizConfiguration.Forge.Access? {
    let id = appID()
    let key = privateKey()
    let token = secret("forge.token")
    switch (id, key, token) {
    case (.value(let id), .value(let key), nil):
      return .app(id: id, privateKey: key)
    case (.absent, .absent, let token?):
      return .token(token)
    case (.absent, .absent, nil):
      missing("forge.app_id")
      missing("forge.private_key")
    case (_, _, _?):
      note(
        .conflict, nil, "'forge.token' and the app ('forge.app_id', 'forge.private_key') exclude each other")
    case (.absent, _, nil):
      missing("forge.app_id")
    case (_, .absent, nil):
      missing("forge.private_key")
    case (.wrong, _, nil), (_, .wrong, nil):
      break
    }
    return nil
  }

  private enum Found<T> {
    case absent
    /// Set, and the problem is noted.
    case wrong
    case value(T)
  }

  private mutating func appID() -> Found<Int64> {
    let path = "forge.app_id"
    guard let setting = source[path] ?? source.variable("GITHUB_APP_ID", for: path) else { return .absent }
    guard let id = setting.text.flatMap({ Int64($0) }), id > 0 else {
      refuse(setting, "be the app's number")
      return .wrong
    }
    return .value(id)
  }

  /// A PEM text, or the path of a file with one.
  private mutating func privateKey() -> Found<Secret> {
    let path = "forge.private_key"
    let isOurs = source[path] != nil || source[KnownKeys.fileKey(of: path)] != nil
    let setting =
      isOurs ? secretSetting(path) : source.variable("GITHUB_APP_PRIVATE_KEY_PEM", for: path)
    guard let setting else { return isOurs ? .wrong : .absent }
    guard var text = text(of: setting) else { return .wrong }
    if !text.contains(Self.pemStart), isFile(text) {
      guard let content = content(of: text, named: setting) else { return .wrong }
      text = content
    }
    guard text.contains(Self.pemStart) else {
      // What was given may be a damaged key, so it does not stand in the message.
      refuse(setting, "be a PEM text that begins with \(Self.pemStart), or the path of a file with one")
      return .wrong
    }
    // Variables often carry the line ends as the two characters \n.
    if !text.contains("\n") { text = text.replacing("\\n", with: "\n") }
    return .value(Secret(text))
  }

  private mutating func webhookSecrets() -> [Secret] {
    let path = "forge.webhook_secret"
    guard let setting = secretSetting(path) else {
      if source[path] == nil, source[KnownKeys.fileKey(of: path)] == nil { missing(path) }
      return []
    }
    guard let items = setting.items(in: source.file), !items.isEmpty else {
      refuse(setting, "be a secret or a list of secrets")
      return []
    }
    var secrets: [Secret] = []
    for item in items {
      if let text = text(of: item) { secrets.append(Secret(text)) }
    }
    return secrets
  }

  private static var pemStart: String { "-----BEGIN" }
}
