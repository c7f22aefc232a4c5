extension ServerMessage {
  /// How a clone says who it is (`ci.Credentials`). Its description never shows the secret.
  package struct Credentials: ProtobufMessage, CustomStringConvertible {
    package enum Method: Sendable, Equatable {
      case token(String)
      case basic(BasicAuth)
    }

    package var auth: Method?

    package init() {}

    package init(_ auth: Method) {
      self.auth = auth
    }

    package var description: String {
      switch auth {
      case .token: "token"
      case .basic: "user name and password"
      case nil: "none"
      }
    }

    package func write(to writer: inout ProtobufWriter) {
      switch auth {
      case .token(let token): writer.element(1, token)
      case .basic(let basic): writer.message(2, basic.write)
      case nil: break
      }
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: auth = .token(try reader.string(field))
        case 2:
          var earlier: BasicAuth?
          if case .basic(let basic) = auth { earlier = basic }
          auth = .basic(try reader.merged(field, with: earlier))
        default: try reader.skip(field)
        }
      }
    }
  }

  /// A name and a password (`ci.BasicAuth`). Its description never shows the password.
  package struct BasicAuth: ProtobufMessage, CustomStringConvertible {
    package var username = ""
    package var password = ""

    package init() {}

    package init(username: String, password: String) {
      self.username = username
      self.password = password
    }

    package var description: String { "user \(username)" }

    package func write(to writer: inout ProtobufWriter) {
      writer.string(1, username)
      writer.string(2, password)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: username = try reader.string(field)
        case 2: password = try reader.string(field)
        default: try reader.skip(field)
        }
      }
    }
  }

  /// Secrets that output must not show (`ci.Mask`). Its description never shows them.
  package struct Mask: ProtobufMessage, CustomStringConvertible {
    package var values: [String] = []

    package init() {}

    package init(values: [String]) {
      self.values = values
    }

    package var description: String { "\(values.count) secrets" }

    package func write(to writer: inout ProtobufWriter) {
      writer.strings(1, values)
    }

    package mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError) {
      while let field = try reader.nextField() {
        switch field.number {
        case 1: values.append(try reader.string(field))
        default: try reader.skip(field)
        }
      }
    }
  }
}
