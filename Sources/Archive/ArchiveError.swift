/// Why an archive could not be written or read.
package struct ArchiveError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The bytes are no zip archive, or a damaged one.
    case malformed
    /// The archive has what could do harm where it is unpacked: a name or a link that leads out, a device, a password.
    case refused
    /// The archive has more entries, longer names or more bytes than is allowed.
    case limit
    /// An entry that was to be written makes no sense: its name, or fewer or more bytes than were announced.
    case invalidEntry
    /// The file could not be opened, or there is no memory.
    case system
  }

  package let code: Code
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
