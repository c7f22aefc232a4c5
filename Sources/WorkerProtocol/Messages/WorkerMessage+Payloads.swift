extension WorkerMessage {
  /// Who the worker is (`ci.RunnerInfo`); the first message on every stream.
  package struct RunnerInfo: ProtobufMessage {
    package var hostname = ""
    /// As Go names it: `linux`.
    package var os = ""
    /// As Go names it: `amd64`, `arm64`.
    package var arch = ""
    package var extra: [String: String] = [:]
    package var version = ""
    /// The additions of `WorkerFeature` that the worker knows.
    package var features: [String] = []

    package init() {}

    package func write(to writer: inout ProtobufWriter) {
      writer.string(1, hostname)
      writer.string(2, os)
      writer.string(3, arch)
      writer.map(4, extra)
      writer.string(5, version)
      writer.strings(16, features)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: hostname = try reader.string(field)
        case 2: os = try reader.string(field)
        case 3: arch = try reader.string(field)
        case 4: try reader.mapEntry(field, into: &extra)
        case 5: version = try reader.string(field)
        case 16: features.append(try reader.string(field))
        default: try reader.skip(field)
        }
      }
    }
  }

  /// Bytes that a command wrote (`ci.Output`), cut anywhere.
  package struct Output: ProtobufMessage {
    /// Which of the two streams; an open enum, values above 1 are kept as they came.
    package struct Stream: RawRepresentable, Hashable, Sendable {
      package let rawValue: Int32

      package init(rawValue: Int32) {
        self.rawValue = rawValue
      }

      package static let standardOutput = Stream(rawValue: 0)
      package static let standardError = Stream(rawValue: 1)
    }

    package var stream = Stream.standardOutput
    package var data: [UInt8] = []

    package init() {}

    package init(_ stream: Stream, _ data: [UInt8]) {
      self.stream = stream
      self.data = data
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.int32(Field.stream, stream.rawValue)
      writer.data(Field.data, data)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case Field.stream: stream = Stream(rawValue: try reader.int32(field))
        case Field.data: data = Array(try reader.range(field))
        default: try reader.skip(field)
        }
      }
    }

    enum Field {
      static let stream: UInt32 = 1
      static let data: UInt32 = 2
    }
  }

  /// The command ended (`ci.Done`).
  package struct Done: ProtobufMessage {
    /// What the command returned, or 128 + n when signal n ended it.
    package var exitCode: Int32 = 0

    package init() {}

    package init(exitCode: Int32) {
      self.exitCode = exitCode
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.int32(1, exitCode)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: exitCode = try reader.int32(field)
        default: try reader.skip(field)
        }
      }
    }
  }

  /// A piece of the file that was asked for (`ci.FileChunk`); the last has `eof`, and may be empty.
  package struct FileChunk: ProtobufMessage {
    package var data: [UInt8] = []
    package var eof = false

    package init() {}

    package init(_ data: [UInt8], eof: Bool) {
      self.data = data
      self.eof = eof
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.data(Field.data, data)
      writer.bool(Field.eof, eof)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case Field.data: data = Array(try reader.range(field))
        case Field.eof: eof = try reader.bool(field)
        default: try reader.skip(field)
        }
      }
    }

    enum Field {
      static let data: UInt32 = 1
      static let eof: UInt32 = 2
    }
  }

  /// The command could not be carried out (`ci.Error`).
  package struct Failure: ProtobufMessage {
    /// Why, for a person.
    package var message = ""

    package init() {}

    package init(message: String) {
      self.message = message
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.string(1, message)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: message = try reader.string(field)
        default: try reader.skip(field)
        }
      }
    }
  }
}
