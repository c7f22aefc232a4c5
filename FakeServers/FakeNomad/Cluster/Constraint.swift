import HTTP

/// A job's demand on nodes, such as `${attr.kernel.name} = linux`.
struct Constraint: CustomStringConvertible {
  let left: String
  let operand: String
  let right: String

  init(_ block: JSONValue) {
    left = block["LTarget"]?.string ?? ""
    let operand = block["Operand"]?.string ?? ""
    self.operand = operand.isEmpty ? "=" : operand
    right = block["RTarget"]?.string ?? ""
  }

  /// As placement failures name it.
  var description: String { "\(left) \(operand) \(right)" }

  /// Whether a node with these attributes will do. What is about other allocations (`distinct_hosts`) always does.
  func isMet(by attributes: [String: String]) -> Bool {
    let left = resolve(left, attributes)
    let right = resolve(right, attributes)
    switch operand {
    case "is_set", "attribute_is_set": return left != nil
    case "is_not_set", "attribute_is_not_set": return left == nil
    case "distinct_hosts", "distinct_property": return true
    case "!=", "not": return left != right
    default: break
    }
    guard let left, let right else { return false }
    switch operand {
    case "=", "==", "is": return left == right
    case "<": return isOrdered(left, right)
    case ">": return isOrdered(right, left)
    case "<=": return !isOrdered(right, left)
    case ">=": return !isOrdered(left, right)
    case "regexp": return (try? Regex(right)).map { left.firstMatch(of: $0) != nil } ?? false
    case "set_contains", "set_contains_all": return set(right).isSubset(of: set(left))
    case "set_contains_any": return !set(right).isDisjoint(with: set(left))
    default: return false
    }
  }

  private func resolve(_ target: String, _ attributes: [String: String]) -> String? {
    guard target.hasPrefix("${"), target.hasSuffix("}") else { return target }
    return attributes[String(target.dropFirst(2).dropLast())]
  }

  /// By number where both are one, else by text.
  private func isOrdered(_ left: String, _ right: String) -> Bool {
    if let left = Double(left), let right = Double(right) { return left < right }
    return left < right
  }

  private func set(_ text: String) -> Set<String> {
    Set(
      text.split(separator: ",").map { part in
        String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
      })
  }
}
