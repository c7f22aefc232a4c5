package import WorkerProtocol

/// What the server asked for, told apart.
package enum WorkerCommand: Sendable, Equatable {
  case clone(ServerMessage.Copy)
  case writeFile(dest: String, bytes: [UInt8])
  case sendFile(source: String)
  case run(ServerMessage.Run)
  /// A command that this worker does not know; the text says which.
  case unknown(String)

  /// A copy to the worker with content, or without a source, writes a file; with a source it clones.
  package init(_ copy: ServerMessage.Copy) {
    switch copy.direction {
    case .fromWorker: self = .sendFile(source: copy.source)
    case .toWorker where copy.source.isEmpty || !copy.data.isEmpty:
      self = .writeFile(dest: copy.dest, bytes: copy.data)
    case .toWorker: self = .clone(copy)
    default: self = .unknown("copy in direction \(copy.direction.rawValue)")
    }
  }
}

/// How a command ended. A file that is sent has no result but its last chunk, unless it fails.
package enum CommandResult: Sendable, Equatable {
  case done(exitCode: Int32)
  case failed(String)
  case fileSent
}
