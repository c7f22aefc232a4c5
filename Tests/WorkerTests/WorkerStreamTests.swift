import GRPC
import Glibc
import Platform
import TestSupport
import Testing
import Worker
import WorkerProtocol

@Suite("A worker and its server over gRPC", .fewAtOnce)
struct WorkerStreamTests {
  @Test("The worker shows its token, says who it is, carries out a command and ends after Close")
  func wholeStory() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      #expect(session.authorization == "Bearer token-1")
      let info = try await session.runnerInfo()
      #expect(info.os == "linux")
      #expect(!info.hostname.isEmpty)
      #expect(!info.arch.isEmpty)
      #expect(info.extra[WorkerService.instanceKey]?.count == 32)
      #expect(info.features == WorkerFeature.all)
      try await session.send(.allFeatures, .shell("echo out; echo err >&2; exit 4", id: 7))
      var log: [UInt8] = []
      #expect(try await session.outcome(of: 7, into: &log) == .done(.init(exitCode: 4)))
      #expect(String(decoding: log, as: UTF8.self).split(separator: "\n").sorted() == ["err", "out"])
      try await session.send(.ack(log.count), .close)
    }
    #expect(exit == .closed)
  }

  @Test("A server that knows nothing of acknowledgements is served as well")
  func plainServer() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.shell("seq 1 10000", id: 1))
      var log: [UInt8] = []
      #expect(try await session.outcome(of: 1, into: &log) == .done(.init()))
      #expect(log.count == 48_894)
      try await session.send(.close)
    }
    #expect(exit == .closed)
  }

  @Test("Before it ends the worker waits for the last acknowledgement")
  func waitsForAck() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.allFeatures, .shell("echo hello", id: 1))
      var log: [UInt8] = []
      #expect(try await session.outcome(of: 1, into: &log) == .done(.init()))
      try await session.send(.close, .ack(log.count - 1))
      // It did not end at that: it answers on a new stream and gives the byte that is missing.
      session.finish(GRPCStatus(.unavailable, "restart"))
      let second = try await server.nextSession()
      _ = try await second.runnerInfo()
      try await second.send(.allFeatures, .resume(log.count - 1))
      let last = try await second.next()
      #expect(last == WorkerMessage(id: 1, offset: 5, .output(.init(.standardOutput, [10]))))
      try await second.send(.ack(log.count))
    }
    #expect(exit == .closed)
  }

  @Test("A server that says Close and never acknowledges is left after its lease")
  func neverAcknowledged() async throws {
    let exit = try await ScriptedServer.withWorker(leaseSeconds: 0.5) { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.allFeatures, .shell("echo hello", id: 1))
      var log: [UInt8] = []
      #expect(try await session.outcome(of: 1, into: &log) == .done(.init()))
      try await session.send(.close)
    }
    #expect(exit == .lost)
  }

  @Test("The connection breaks while a command runs: it goes on, and not a byte is missing or comes twice")
  func reconnects() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let first = try await server.nextSession()
      let info = try await first.runnerInfo()
      try await withTemporaryDirectory(prefix: "worker-test") { folder in
        let script = "echo before; while [ ! -e \(folder)/go ]; do sleep 0.01; done; echo after; exit 3"
        let command = ServerMessage.shell(script, id: 1)
        try await first.send(.allFeatures, command)
        let begin = try await first.next()
        #expect(
          begin == WorkerMessage(id: 1, offset: 0, .output(.init(.standardOutput, Array("before\n".utf8)))))
        first.finish(GRPCStatus(.unavailable, "the server restarts"))

        let second = try await server.nextSession()
        let again = try await second.runnerInfo()
        #expect(again.extra == info.extra)
        // Three bytes were made durable; the command is sent again, as by a server that has just started.
        try await second.send(.allFeatures, .resume(3), command)
        var log = Array("bef".utf8)
        let go = try Descriptor.open("\(folder)/go", flags: O_WRONLY | O_CREAT)
        _ = go
        #expect(try await second.outcome(of: 1, into: &log) == .done(.init(exitCode: 3)))
        #expect(String(decoding: log, as: UTF8.self) == "before\nafter\n")
        try await second.send(.ack(log.count), .close)
      }
    }
    #expect(exit == .closed)
  }

  @Test("A result that was lost with its stream is sent again, and the command does not run twice")
  func lostResult() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let first = try await server.nextSession()
      _ = try await first.runnerInfo()
      let command = ServerMessage.shell("echo once >> record; cat record", id: 1)
      try await first.send(.allFeatures, command)
      var log: [UInt8] = []
      #expect(try await first.outcome(of: 1, into: &log) == .done(.init()))
      first.finish(GRPCStatus(.unavailable, "gone"))
      let second = try await server.nextSession()
      _ = try await second.runnerInfo()
      try await second.send(.allFeatures, .resume(0), command)
      var again: [UInt8] = []
      #expect(try await second.outcome(of: 1, into: &again) == .done(.init()))
      #expect(again == Array("once\n".utf8))
      try await second.send(.ack(again.count), .close)
    }
    #expect(exit == .closed)
  }

  @Test("A renewed token is what the next connection shows")
  func renew() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let first = try await server.nextSession()
      _ = try await first.runnerInfo()
      try await first.send(.allFeatures, ServerMessage(.renew(.init(token: "token-2"))))
      // The next command's result says that the token has arrived.
      try await first.send(.shell("exit 0", id: 1))
      var log: [UInt8] = []
      _ = try await first.outcome(of: 1, into: &log)
      first.finish(GRPCStatus(.unavailable, "gone"))
      let second = try await server.nextSession()
      #expect(second.authorization == "Bearer token-2")
      try await second.send(.allFeatures, .resume(0), .close)
    }
    #expect(exit == .closed)
  }

  @Test("A refusal is final", arguments: [GRPCStatus.Code.unauthenticated, .permissionDenied])
  func refused(code: GRPCStatus.Code) async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      session.finish(GRPCStatus(code, "no"))
    }
    #expect(exit == .lost)
  }

  @Test("A server that sends what is no message is left")
  func notAMessage() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      try await session.send(raw: [0x0A, 0xFF])
    }
    #expect(exit == .lost)
  }

  @Test("A plain server that ends the stream without Close ends the worker")
  func plainEnd() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      session.finish()
    }
    #expect(exit == .lost)
  }

  @Test("When the lease ends the worker ends, with what it runs")
  func leaseEnds() async throws {
    let exit = try await ScriptedServer.withWorker(leaseSeconds: 0.5) { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.allFeatures, .shell("echo here; sleep 600", id: 1))
      _ = try await session.next()
      await server.shutdown()
    }
    #expect(exit == .lost)
  }

  @Test("A server that is not there is tried until the lease ends")
  func unreachable() async throws {
    let server = try await ScriptedServer.start()
    let address = server.address
    await server.shutdown()
    var options = WorkerOptions(callbackURL: "", token: "t", logger: .disabled)
    options.serverAddress = address
    options.leaseSeconds = 0.5
    #expect(await Worker.run(options) == .lost)
  }

  @Test("A command is cancelled over the stream")
  func cancelOnWire() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.allFeatures, .shell("echo here; exec sleep 600", id: 1))
      var log = try await session.next().payload.map { _ in Array("here\n".utf8) } ?? []
      try await session.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: 5))))
      #expect(try await session.outcome(of: 1, into: &log) == .done(.init(exitCode: 143)))
      try await session.send(.ack(log.count), .close)
    }
    #expect(exit == .closed)
  }

  @Test("Close while a command runs ends the command")
  func closeWhileRunning() async throws {
    let exit = try await ScriptedServer.withWorker { server in
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.allFeatures, .shell("echo here; exec sleep 600", id: 1))
      _ = try await session.next()
      try await session.send(.close, .ack(5))
    }
    #expect(exit == .closed)
  }

  @Test("A file comes in chunks with their offsets, and goes on where the server says after a break")
  func fileResumes() async throws {
    let exit = try await ScriptedServer.withWorker { options in
      options.fileChunkBytes = 10_000
    } _: { server in
      let first = try await server.nextSession()
      _ = try await first.runnerInfo()
      try await first.send(.allFeatures, .shell("seq 1 20000 > file", id: 1))
      var log: [UInt8] = []
      #expect(try await first.outcome(of: 1, into: &log) == .done(.init()))
      var copy = ServerMessage.Copy()
      copy.direction = .fromWorker
      copy.source = "file"
      try await first.send(ServerMessage(id: 2, .copy(copy)))
      var file: [UInt8] = []
      for _ in 0..<3 {
        let message = try await first.next()
        guard case .fileChunk(let chunk) = message.payload else { continue }
        #expect(message.offset == UInt64(file.count))
        file += chunk.data
      }
      first.finish(GRPCStatus(.unavailable, "gone"))
      let second = try await server.nextSession()
      _ = try await second.runnerInfo()
      try await second.send(
        .allFeatures, .resume(0), .resume(25_000, id: 2), ServerMessage(id: 2, .copy(copy)))
      file.removeSubrange(25_000...)
      while true {
        let message = try await second.next()
        guard case .fileChunk(let chunk) = message.payload else { continue }
        #expect(message.offset == UInt64(file.count))
        file += chunk.data
        if chunk.eof { break }
      }
      #expect(file == (1...20_000).flatMap { Array("\($0)\n".utf8) })
      try await second.send(.close)
    }
    #expect(exit == .closed)
  }

  @Test(
    "Options that cannot be right are a wrong usage",
    arguments: [
      ("http://localhost:1", "", String?.none), ("", "token", nil), ("ftp://x", "token", nil),
      ("http://h/path", "token", nil),
      ("http://h:0", "token", nil), ("http://u@h", "token", nil), ("http://h", "to ken", nil),
      ("http://h", "token", "nohost"),
    ])
  func usage(callback: String, token: String, server: String?) async {
    var options = WorkerOptions(callbackURL: callback, token: token, logger: .disabled)
    options.serverAddress = server
    #expect(await Worker.run(options) == .usage)
  }
}
