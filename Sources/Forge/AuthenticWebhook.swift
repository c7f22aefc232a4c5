/// A webhook whose sender was verified: what is needed to read it, now or later. A forge makes it from a request, and a
/// record of one that was made before gives it again.
package struct AuthenticWebhook: Sendable, Hashable {
  /// The fields of the head that say how the body is to be read, and what it is about; names are in lower case.
  package let headers: [String: String]
  /// Byte for byte as it came.
  package let body: [UInt8]
  /// The forge's id of the delivery, and its name of the event (`push`); `nil` where the webhook names none that is a
  /// name, which makes it malformed.
  package let deliveryID: String?
  package let eventName: String?

  package init(headers: [String: String], body: [UInt8], deliveryID: String?, eventName: String?) {
    self.headers = headers
    self.body = body
    self.deliveryID = deliveryID
    self.eventName = eventName
  }
}
