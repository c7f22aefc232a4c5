import Masking

/// One stream of a command's output on its way into the log, without the job's secrets.
struct MaskedOutput: Sendable {
  private let secrets: JobSecrets
  private var lines = AddMaskLines()
  private var masking: MaskingStream

  init(_ secrets: JobSecrets) {
    self.secrets = secrets
    masking = MaskingStream(mask: secrets.mask, replacement: .stars)
  }

  /// What may be shown now. What may be the beginning of a secret is held back until more comes.
  mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
    mask(lines.feed(bytes))
  }

  /// What was held back: the stream is at its end.
  mutating func flush() -> [UInt8] {
    mask(lines.flush()) + masking.flush()
  }

  private mutating func mask(_ pieces: [AddMaskLines.Piece]) -> [UInt8] {
    var shown: [UInt8] = []
    for piece in pieces {
      // The other stream, or the server, may have named more meanwhile.
      masking.use(secrets.mask)
      switch piece {
      case .bytes(let bytes): shown += masking.feed(bytes)
      case .value(let value):
        secrets.add([value])
        // Also when it is too short to be masked elsewhere.
        shown += masking.feed(Array("***".utf8))
      }
    }
    return shown
  }
}
