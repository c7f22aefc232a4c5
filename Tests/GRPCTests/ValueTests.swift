import TestSupport
import Testing

@testable import GRPC

@Suite(.fewAtOnce) struct ValueTests {
  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("100 %", "100 %25"), ("a\nb", "a%0Ab"), ("ä", "%C3%A4"),
    ("~\u{7F}", "~%7F"),
  ])
  func `A status message is percent-encoded`(message: String, encoded: String) {
    #expect(StatusMessageCoding.encode(message) == encoded)
    #expect(StatusMessageCoding.decode(encoded) == message)
  }

  @Test(arguments: [
    ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%c3%A4", "ä"), ("%%41", "%A"), ("%ff", "\u{FFFD}"),
  ])
  func `What is no escape stands as it is`(encoded: String, message: String) {
    #expect(StatusMessageCoding.decode(encoded) == message)
  }

  @Test func `A long status message is cut`() {
    #expect(StatusMessageCoding.encode(String(repeating: "x", count: 5_000)).count == 1_024)
  }

  @Test(arguments: [
    (0.0, "0n"), (-1, "0n"), (1e-9, "1n"), (0.05, "50000000n"), (0.5, "500000u"), (2, "2000000u"),
    (100, "100000m"), (100_000, "100000S"), (1e12, "99999999S"),
  ])
  func `A timeout takes the finest unit that fits`(seconds: Double, text: String) {
    #expect(GRPCTimeout.encode(seconds: seconds) == text)
  }

  @Test(arguments: [
    ("1H", 3_600.0), ("2M", 120), ("3S", 3), ("4m", 0.004), ("5u", 0.000_005), ("6n", 6e-9),
    ("99999999H", 99_999_999), ("00000001S", 1),
  ])
  func `A timeout is read in every unit`(text: String, seconds: Double) {
    #expect(GRPCTimeout.decode(text) == seconds)
  }

  @Test(arguments: ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789S", "1 S", "٣S"])
  func `A malformed timeout is none`(text: String) {
    #expect(GRPCTimeout.decode(text) == nil)
  }

  @Test func `Metadata keeps order and repetitions and drops what HTTP/2 cannot carry`() {
    var metadata: GRPCMetadata = ["B": "2", "a": "1", "b": "3"]
    metadata.add("grpc-status", "0")
    metadata.add(":path", "/")
    metadata.add("content-type", "text/plain")
    metadata.add("with blank", "x")
    metadata.add("c", "line\nbreak")
    metadata.add("not-binary", bytes: [1])
    #expect(metadata.entries.map { "\($0.name)=\($0.value)" } == ["b=2", "a=1", "b=3"])
    #expect(metadata["B"] == "2")
  }

  @Test(
    arguments: [("AP8KDQ==", [0, 255, 10, 13]), ("AP8KDQ", [0, 255, 10, 13]), ("AQ,Ag", [1]), ("", [])]
      as [(String, [UInt8])])
  func `Binary metadata is read with and without padding`(text: String, bytes: [UInt8]) {
    #expect((["x-bin": text] as GRPCMetadata).bytes("x-bin") == bytes)
  }

  @Test(arguments: [
    (400, GRPCStatus.Code.internalError), (401, .unauthenticated), (403, .permissionDenied),
    (404, .unimplemented),
    (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (500, .unknown),
    (302, .unknown),
  ])
  func `An HTTP status stands for a code`(status: Int, code: GRPCStatus.Code) {
    #expect(GRPCStatus.Code(httpStatus: status) == code)
  }

  @Test(
    arguments: [
      (0, GRPCStatus.Code.internalError), (1, .internalError), (7, .unavailable), (8, .cancelled),
      (11, .resourceExhausted),
      (12, .permissionDenied), (99, .internalError),
    ] as [(UInt32, GRPCStatus.Code)])
  func `A reset stands for a code`(error: UInt32, code: GRPCStatus.Code) {
    #expect(GRPCStatus.Code(http2Error: error) == code)
  }
}
