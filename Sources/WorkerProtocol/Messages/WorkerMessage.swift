/// What a worker sends (`ci.WorkerMessage`).
///
/// For output and file chunks, of which there are many, `WorkerMessageView` reads and `WorkerMessageFrame`
/// writes without a copy of the data; this type is for all the rest, and for tests.
package struct WorkerMessage: ProtobufMessage {
  package enum Payload: Sendable, Equatable {
    case runnerInfo(RunnerInfo)
    case output(Output)
    case done(Done)
    case fileChunk(FileChunk)
    case error(Failure)
  }

  /// The command that this answers; 0 for none.
  package var id: UInt64 = 0
  /// Missing when the sender put none in, or one that this side does not know.
  package var payload: Payload?
  /// Where the data begins: in the job's log for `output`, in the file for `fileChunk`. In bytes.
  package var offset: UInt64 = 0

  package init() {}

  package init(id: UInt64 = 0, offset: UInt64 = 0, _ payload: Payload) {
    self.id = id
    self.offset = offset
    self.payload = payload
  }

  package func write(to writer: inout ProtobufWriter) {
    writer.varint(Field.id, id)
    switch payload {
    case .runnerInfo(let info): writer.message(Field.runnerInfo, info.write)
    case .output(let output): writer.message(Field.output, output.write)
    case .done(let done): writer.message(Field.done, done.write)
    case .fileChunk(let chunk): writer.message(Field.fileChunk, chunk.write)
    case .error(let failure): writer.message(Field.error, failure.write)
    case nil: break
    }
    writer.varint(Field.offset, offset)
  }

  package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
    while let field = try reader.nextField() {
      switch field.number {
      case Field.id: id = try reader.varint(field)
      case Field.runnerInfo:
        var earlier: RunnerInfo?
        if case .runnerInfo(let info) = payload { earlier = info }
        payload = .runnerInfo(try reader.merged(field, with: earlier))
      case Field.output:
        var earlier: Output?
        if case .output(let output) = payload { earlier = output }
        payload = .output(try reader.merged(field, with: earlier))
      case Field.done:
        var earlier: Done?
        if case .done(let done) = payload { earlier = done }
        payload = .done(try reader.merged(field, with: earlier))
      case Field.fileChunk:
        var earlier: FileChunk?
        if case .fileChunk(let chunk) = payload { earlier = chunk }
        payload = .fileChunk(try reader.merged(field, with: earlier))
      case Field.error:
        var earlier: Failure?
        if case .error(let failure) = payload { earlier = failure }
        payload = .error(try reader.merged(field, with: earlier))
      case Field.offset: offset = try reader.varint(field)
      default: try reader.skip(field)
      }
    }
  }

  /// The numbers of `ci.proto`.
  enum Field {
    static let id: UInt32 = 1
    static let runnerInfo: UInt32 = 2
    static let output: UInt32 = 3
    static let done: UInt32 = 4
    static let fileChunk: UInt32 = 5
    static let error: UInt32 = 6
    static let offset: UInt32 = 16
  }
}
