import Glibc

/// One flat JSON object.
struct JSONLine {
  enum Value {
    case text(String)
    case number(Double, digits: Int)
  }

  let text: String

  /// The names and texts are ours: they need no escapes.
  init(_ members: [(name: String, value: Value)]) {
    let parts = members.map { member in
      switch member.value {
      case .text(let text): "\"\(member.name)\":\"\(text)\""
      case .number(let number, let digits): "\"\(member.name)\":\(fixed(number, digits))"
      }
    }
    text = "{" + parts.joined(separator: ",") + "}"
  }
}

/// A number with that many digits behind the point.
func fixed(_ number: Double, _ digits: Int) -> String {
  guard number.isFinite else { return "0" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int64((abs(number) * scale).rounded())
  let sign = number < 0 && scaled != 0 ? "-" : ""
  let whole = scaled / Int64(scale)
  guard digits > 0 else { return "\(sign)\(whole)" }
  let rest = String(scaled % Int64(scale))
  return "\(sign)\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
}

func pad(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

func median(_ numbers: [Double]) -> Double {
  guard !numbers.isEmpty else { return 0 }
  let sorted = numbers.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Prints a line at once: who reads it may be a process that waits for it.
func emit(_ line: String) {
  Array((line + "\n").utf8).withUnsafeBytes { bytes in
    var done = 0
    while done < bytes.count {
      let count = write(1, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count <= 0 { return }
      done += count
    }
  }
}
