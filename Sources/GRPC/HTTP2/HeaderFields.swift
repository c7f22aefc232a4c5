import CNghttp2

/// Header fields in the form that nghttp2 takes.
enum HeaderFields {
  /// Calls `body` with the fields as C structs that are valid during the call; nghttp2 copies what it keeps.
  static func withNative<T>(
    _ fields: [(name: String, value: String)], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> T
  ) -> T {
    var bytes: [UInt8] = []
    for field in fields {
      bytes.append(contentsOf: field.name.utf8)
      bytes.append(contentsOf: field.value.utf8)
    }
    return bytes.withUnsafeMutableBufferPointer { buffer in
      var native: [nghttp2_nv] = []
      native.reserveCapacity(fields.count)
      var offset = 0
      for field in fields {
        let nameCount = field.name.utf8.count
        let valueCount = field.value.utf8.count
        native.append(
          nghttp2_nv(
            name: buffer.baseAddress.map { $0 + offset },
            value: buffer.baseAddress.map { $0 + offset + nameCount },
            namelen: nameCount, valuelen: valueCount, flags: flags(of: field.name)))
        offset += nameCount + valueCount
      }
      return native.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }

  /// Credentials stay out of compression tables (RFC 7541 section 7.1.3), and so does what is long and comes once.
  private static func flags(of name: String) -> UInt8 {
    let isKeptOut = name == "authorization" || name == "grpc-message"
    return UInt8((isKeptOut ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE).rawValue)
  }
}
