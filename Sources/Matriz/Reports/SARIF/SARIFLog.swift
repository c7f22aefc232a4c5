/// A file of the Static Analysis Results Interchange Format, as far as it is read here. Lists have bounds, those of GitHub
/// where it has some: a small file can have very many elements.
///
/// Source: OASIS, SARIF Version 2.1.0; the properties have their names there.
struct SARIFLog: Decodable {
  let version: String?
  let runs: BoundedList<20, Run>?

  struct Run: Decodable {
    let tool: Tool?
    let results: BoundedList<25_000, Result>?
    let artifacts: BoundedList<100_000, Artifact>?
    let originalUriBaseIds: [String: ArtifactLocation]?
  }

  struct Tool: Decodable {
    let driver: Component?
    let extensions: BoundedList<100, Component>?
  }

  struct Component: Decodable {
    let name: String?
    let rules: BoundedList<25_000, Rule>?
    let globalMessageStrings: [String: Message]?
  }

  struct Rule: Decodable {
    let id: String?
    let defaultConfiguration: Configuration?
    let messageStrings: [String: Message]?
    let shortDescription: Message?
  }

  struct Configuration: Decodable {
    let level: String?
  }

  struct Message: Decodable {
    let text: String?
    let id: String?
    let arguments: BoundedList<100, String>?
  }

  struct Result: Decodable {
    let ruleId: String?
    let ruleIndex: Int?
    let rule: RuleReference?
    let kind: String?
    let level: String?
    let message: Message?
    let locations: BoundedList<1, Location>?
    let suppressions: BoundedList<100, Suppression>?
    let baselineState: String?
  }

  struct RuleReference: Decodable {
    let id: String?
    let index: Int?
    let toolComponent: ComponentReference?
  }

  struct ComponentReference: Decodable {
    let index: Int?
  }

  struct Suppression: Decodable {
    let status: String?
  }

  struct Location: Decodable {
    let physicalLocation: PhysicalLocation?
  }

  struct PhysicalLocation: Decodable {
    let artifactLocation: ArtifactLocation?
    let region: Region?
  }

  struct Artifact: Decodable {
    let location: ArtifactLocation?
  }

  struct ArtifactLocation: Decodable {
    let uri: String?
    let uriBaseId: String?
    let index: Int?
  }

  struct Region: Decodable {
    let startLine: Int?
    let startColumn: Int?
    let endLine: Int?
    let endColumn: Int?
  }
}
