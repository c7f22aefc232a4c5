internal import Forge

/// The JSON in a webhook's body, which stands there as it is or as the field `payload` of a form.
enum WebhookBody {
  static let contentTypeHeader = "Content-Type"

  /// - Throws: `unsupportedMediaType`, `malformed`.
  static func json(of webhook: AuthenticWebhook) throws(ForgeError) -> [UInt8] {
    let contentType = webhook.headers[contentTypeHeader.lowercased()] ?? ""
    let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    switch mediaType {
    case "application/json": return webhook.body
    case "application/x-www-form-urlencoded": return try payload(ofForm: webhook.body)
    default:
      throw ForgeError(
        .unsupportedMediaType,
        "a webhook's content type is application/json or application/x-www-form-urlencoded, not '\(contentType)'"
      )
    }
  }

  private static func payload(ofForm body: [UInt8]) throws(ForgeError) -> [UInt8] {
    let name = Array("payload=".utf8)
    // One by one: a form of nothing but '&' has as many fields as bytes.
    var rest = body[...]
    while !rest.isEmpty {
      let field = rest.prefix { $0 != UInt8(ascii: "&") }
      guard field.starts(with: name) else {
        rest = rest.dropFirst(field.count + 1)
        continue
      }
      guard let json = decoded(field.dropFirst(name.count)) else {
        throw ForgeError(.malformed, "the form's field 'payload' is not percent-encoded")
      }
      return json
    }
    throw ForgeError(.malformed, "the form has no field 'payload'")
  }

  /// The bytes of a form field's value: `+` is a blank, `%` begins two hexadecimal digits.
  private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
          return nil
        }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.flatMap { UInt8(exactly: $0) }
  }
}
