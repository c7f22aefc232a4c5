extension ServerMessage {
  /// Everything before `offset` is durable (`ci.Ack`).
  package struct Ack: ProtobufMessage {
    /// The file transfer that is meant, or 0 for the job's log.
    package var id: UInt64 = 0
    /// In bytes.
    package var offset: UInt64 = 0

    package init() {}

    package init(id: UInt64 = 0, offset: UInt64) {
      self.id = id
      self.offset = offset
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.varint(1, id)
      writer.varint(2, offset)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: id = try reader.varint(field)
        case 2: offset = try reader.varint(field)
        default: try reader.skip(field)
        }
      }
    }
  }

  /// Go on from `offset` (`ci.Resume`): sent on every stream, before anything is expected of the worker.
  package struct Resume: ProtobufMessage {
    /// The file transfer that is meant, or 0 for the job's log.
    package var id: UInt64 = 0
    /// In bytes.
    package var offset: UInt64 = 0

    package init() {}

    package init(id: UInt64 = 0, offset: UInt64) {
      self.id = id
      self.offset = offset
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.varint(1, id)
      writer.varint(2, offset)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: id = try reader.varint(field)
        case 2: offset = try reader.varint(field)
        default: try reader.skip(field)
        }
      }
    }
  }

  /// The token to connect with from now on (`ci.Renew`). Its description never shows it.
  package struct Renew: ProtobufMessage, CustomStringConvertible {
    package var token = ""

    package init() {}

    package init(token: String) {
      self.token = token
    }

    package var description: String { "a new token" }

    package func write(to writer: inout ProtobufWriter) {
      writer.string(1, token)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: token = try reader.string(field)
        default: try reader.skip(field)
        }
      }
    }
  }

  /// The additions of `WorkerFeature` that the server knows (`ci.Features`).
  package struct Features: ProtobufMessage {
    package var names: [String] = []

    package init() {}

    package init(names: [String]) {
      self.names = names
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.strings(1, names)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: names.append(try reader.string(field))
        default: try reader.skip(field)
        }
      }
    }
  }

  /// Stop a command (`ci.Cancel`): TERM to all of its processes, KILL after the grace period.
  package struct Cancel: ProtobufMessage {
    /// The command.
    package var id: UInt64 = 0
    package var graceSeconds: UInt32 = 0

    package init() {}

    package init(id: UInt64, graceSeconds: UInt32) {
      self.id = id
      self.graceSeconds = graceSeconds
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.varint(1, id)
      writer.varint(2, UInt64(graceSeconds))
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: id = try reader.varint(field)
        case 2: graceSeconds = try reader.uint32(field)
        default: try reader.skip(field)
        }
      }
    }
  }
}
