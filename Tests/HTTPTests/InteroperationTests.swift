import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// Our server under other people's clients, and our client at another server.
@Suite(.fewAtOnce) struct InteroperationTests {
  private static func find(_ name: String) -> String? {
    let folders = (ProcessEnvironment.current()["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  private static let curl = find("curl")
  private static let python = find("python3")

  @Test(.enabled(if: curl != nil, "curl is not installed"))
  func `curl sends, is asked to continue, and reads chunks`() async throws {
    let handler: HTTPServer.Handler = { request in
      HTTPServerResponse(body: .stream(ByteStream(next: { try await request.body.next() })))
    }
    try await withServer(handler: handler) { server in
      let url = "http://127.0.0.1:\(server.port)/"
      let body = String(repeating: "0123456789", count: 200_000)
      let arguments = ["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]
      let result = try await runProcess(
        Self.curl ?? "curl",
        arguments + ["--data-binary", "@-", "--header", "Expect: 100-continue", url],
        input: Array(body.utf8), maximumOutputBytes: 4 << 20)
      #expect(result.status.code == 0)
      #expect(result.output == Array(body.utf8))
    }
  }

  @Test(.enabled(if: python != nil, "python3 is not installed"))
  func `Python's client keeps a connection and sends chunks`() async throws {
    let script = """
      import http.client, sys
      c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
      ports = set()
      for i in range(3):
          c.request("POST", "/a%2Fb/" + str(i), body=b"x" * 10)
          r = c.getresponse(); print(r.status, r.read().decode().strip()); ports.add(c.sock.getsockname()[1])
      c.request("PUT", "/c", body=iter([b"one", b"two"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
      r = c.getresponse(); print(r.status, r.read().decode().strip())
      c.request("HEAD", "/d"); r = c.getresponse(); print(r.status, r.getheader("Content-Length"), len(r.read()))
      print(len(ports))
      """
    try await withServer(handler: describe) { server in
      let result = try await runProcess(
        Self.python ?? "python3", ["-c", script, "\(server.port)"], maximumOutputBytes: 1 << 16)
      let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n").map(String.init)
      #expect(
        lines == [
          "200 POST /a/b/0 [10] xxxxxxxxxx", "200 POST /a/b/1 [10] xxxxxxxxxx",
          "200 POST /a/b/2 [10] xxxxxxxxxx",
          "200 PUT /c [6] onetwo", "200 13 0", "1",
        ])
    }
  }
}
