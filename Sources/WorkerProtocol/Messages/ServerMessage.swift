/// What the server sends (`ci.ServerMessage`): a command, or a word about the stream itself.
package struct ServerMessage: ProtobufMessage {
  package enum Payload: Sendable, Equatable {
    case copy(Copy)
    case run(Run)
    /// Nothing more comes: the worker ends.
    case close
    case ack(Ack)
    case resume(Resume)
    case renew(Renew)
    case features(Features)
    case cancel(Cancel)
    case mask(Mask)
  }

  /// Names a command; its answers carry the same.
  package var id: UInt64 = 0
  /// Missing when the sender put none in, or one that this side does not know.
  package var payload: Payload?

  package init() {}

  package init(id: UInt64 = 0, _ payload: Payload) {
    self.id = id
    self.payload = payload
  }

  package func write(to writer: inout ProtobufWriter) {
    writer.varint(Field.id, id)
    switch payload {
    case .copy(let copy): writer.message(Field.copy, copy.write)
    case .run(let run): writer.message(Field.run, run.write)
    case .close: writer.message(Field.close) { _ in }
    case .ack(let ack): writer.message(Field.ack, ack.write)
    case .resume(let resume): writer.message(Field.resume, resume.write)
    case .renew(let renew): writer.message(Field.renew, renew.write)
    case .features(let features): writer.message(Field.features, features.write)
    case .cancel(let cancel): writer.message(Field.cancel, cancel.write)
    case .mask(let mask): writer.message(Field.mask, mask.write)
    case nil: break
    }
  }

  package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
    while let field = try reader.nextField() {
      switch field.number {
      case Field.id: id = try reader.varint(field)
      case Field.copy:
        var earlier: Copy?
        if case .copy(let copy) = payload { earlier = copy }
        payload = .copy(try reader.merged(field, with: earlier))
      case Field.run:
        var earlier: Run?
        if case .run(let run) = payload { earlier = run }
        payload = .run(try reader.merged(field, with: earlier))
      case Field.close:
        var inner = try reader.message(field)
        while let unknown = try inner.nextField() { try inner.skip(unknown) }
        payload = .close
      default: try mergeAddition(field, from: &reader)
      }
    }
  }

  /// The members of the `oneof` from 16 on.
  private mutating func mergeAddition(
    _ field: ProtobufField, from reader: inout ProtobufReader
  ) throws(WorkerProtocolError) {
    switch field.number {
    case Field.ack:
      var earlier: Ack?
      if case .ack(let ack) = payload { earlier = ack }
      payload = .ack(try reader.merged(field, with: earlier))
    case Field.resume:
      var earlier: Resume?
      if case .resume(let resume) = payload { earlier = resume }
      payload = .resume(try reader.merged(field, with: earlier))
    case Field.renew:
      var earlier: Renew?
      if case .renew(let renew) = payload { earlier = renew }
      payload = .renew(try reader.merged(field, with: earlier))
    case Field.features:
      var earlier: Features?
      if case .features(let features) = payload { earlier = features }
      payload = .features(try reader.merged(field, with: earlier))
    case Field.cancel:
      var earlier: Cancel?
      if case .cancel(let cancel) = payload { earlier = cancel }
      payload = .cancel(try reader.merged(field, with: earlier))
    case Field.mask:
      var earlier: Mask?
      if case .mask(let mask) = payload { earlier = mask }
      payload = .mask(try reader.merged(field, with: earlier))
    default: try reader.skip(field)
    }
  }

  /// The numbers of `ci.proto`.
  private enum Field {
    static let id: UInt32 = 1
    static let copy: UInt32 = 2
    static let run: UInt32 = 3
    static let close: UInt32 = 4
    static let ack: UInt32 = 16
    static let resume: UInt32 = 17
    static let renew: UInt32 = 18
    static let features: UInt32 = 19
    static let cancel: UInt32 = 20
    static let mask: UInt32 = 21
  }
}
