import FoundationEssentials
import HTTP
import Platform
import Testing

/// What a real server was recorded to answer, when a folder of that is named by `MISE_CI_CONTRACT_DATA`:
/// `nomad/errors.json` has status and body by name, `nomad/exchanges.json` requests and answers by name.
enum ContractData {
  static let folder = ProcessEnvironment["MISE_CI_CONTRACT_DATA"].map { "\($0)/nomad" }

  static func read(_ name: String) throws -> [String: JSONValue] {
    let folder = try #require(folder)
    let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    return try #require(JSONValue(parsing: Array(bytes)).object)
  }
}

/// Where one JSON value lacks a field of another, has one more, or has another type there.
struct ShapeDifference {
  private(set) var texts: [String] = []

  init(expected: JSONValue, actual: JSONValue) {
    compare(expected, actual, at: "")
  }

  private mutating func compare(_ expected: JSONValue, _ actual: JSONValue, at path: String) {
    switch (expected, actual) {
    case (.null, _): break
    case (.object(let expected), .object(let actual)):
      for key in Set(expected.keys).union(actual.keys).sorted() {
        switch (expected[key], actual[key]) {
        case (let expected?, let actual?): compare(expected, actual, at: "\(path).\(key)")
        case (_?, nil): texts.append("\(path).\(key) is missing")
        default: texts.append("\(path).\(key) is too much")
        }
      }
    case (.array(let expected), .array(let actual)):
      guard let first = expected.first else { return }
      if actual.isEmpty { texts.append("\(path) is empty") }
      for (number, item) in actual.enumerated() {
        compare(expected.indices.contains(number) ? expected[number] : first, item, at: "\(path)[\(number)]")
      }
    case (.string, .string), (.bool, .bool), (.integer, .integer), (.number, .number), (.integer, .number),
      (.number, .integer):
      break
    default: texts.append("\(path) is \(actual) and not like \(expected)")
    }
  }
}
