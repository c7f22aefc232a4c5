/// The error codes of RFC 9113 section 7 that are sent or looked at here.
enum HTTP2Error {
  static let noError: UInt32 = 0x0
  static let protocolError: UInt32 = 0x1
  static let internalError: UInt32 = 0x2
  static let refusedStream: UInt32 = 0x7
  static let cancel: UInt32 = 0x8
}
