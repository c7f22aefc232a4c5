extension ServerMessage {
  /// Brings a repository or a file to the worker, or a file from it (`ci.Copy`).
  package struct Copy: ProtobufMessage {
    /// An open enum: values above 1 are kept as they came.
    package struct Direction: RawRepresentable, Hashable, Sendable {
      package let rawValue: Int32

      package init(rawValue: Int32) {
        self.rawValue = rawValue
      }

      package static let toWorker = Direction(rawValue: 0)
      package static let fromWorker = Direction(rawValue: 1)
    }

    package var direction = Direction.toWorker
    /// To the worker: a repository's URL, or empty when `data` is meant. From it: the file's path.
    package var source = ""
    /// To the worker: where the clone or the file goes.
    package var dest = ""
    /// The content of the file at `dest`.
    package var data: [UInt8] = []
    /// What the clone may use. Never written anywhere.
    package var creds: Credentials?
    /// The ref to fetch; empty for the repository's default branch.
    package var ref = ""
    /// The commit to check out; empty for the tip of what was fetched.
    package var commit = ""
    /// How many commits of history; 0 for all.
    package var depth: UInt32 = 0

    package init() {}

    package func write(to writer: inout ProtobufWriter) {
      writer.int32(1, direction.rawValue)
      writer.string(2, source)
      writer.string(3, dest)
      writer.data(4, data)
      if let creds { writer.message(5, creds.write) }
      writer.string(16, ref)
      writer.string(17, commit)
      writer.varint(18, UInt64(depth))
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: direction = Direction(rawValue: try reader.int32(field))
        case 2: source = try reader.string(field)
        case 3: dest = try reader.string(field)
        case 4: data = Array(try reader.range(field))
        case 5: creds = try reader.merged(field, with: creds)
        case 16: ref = try reader.string(field)
        case 17: commit = try reader.string(field)
        case 18: depth = try reader.uint32(field)
        default: try reader.skip(field)
        }
      }
    }
  }

  /// Starts a command (`ci.Run`).
  package struct Run: ProtobufMessage {
    /// A name to look up on `PATH`, or a path.
    package var cmd = ""
    package var args: [String] = []
    /// Added to the worker's own environment, in which these win.
    package var env: [String: String] = [:]
    /// Relative to the work folder; empty for the work folder itself.
    package var workdir = ""

    package init() {}

    package init(
      cmd: String, args: [String] = [], env: [String: String] = [:], workdir: String = ""
    ) {
      self.cmd = cmd
      self.args = args
      self.env = env
      self.workdir = workdir
    }

    package func write(to writer: inout ProtobufWriter) {
      writer.string(1, cmd)
      writer.strings(2, args)
      writer.map(3, env)
      writer.string(4, workdir)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: cmd = try reader.string(field)
        case 2: args.append(try reader.string(field))
        case 3: try reader.mapEntry(field, into: &env)
        case 4: workdir = try reader.string(field)
        default: try reader.skip(field)
        }
      }
    }
  }
}
