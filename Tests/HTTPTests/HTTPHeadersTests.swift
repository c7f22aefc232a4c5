import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct HTTPHeadersTests {
  @Test func `Names compare without regard to case, and order stays`() {
    var headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3"]
    #expect(headers["a"] == "1")
    #expect(headers.values(of: "A") == ["1", "3"])
    headers["a"] = "4"
    #expect(headers.map { "\($0.name)=\($0.value)" } == ["a=4", "B=2"])
    headers.add("b", "5")
    #expect(headers.values(of: "B") == ["2", "5"])
    headers["B"] = nil
    #expect(headers.count == 1)
    #expect(!headers.contains("b"))
  }

  @Test func `A description shows no values`() {
    let headers: HTTPHeaders = ["Authorization": "Bearer secret"]
    #expect("\(headers)" == "[Authorization]")
  }
}
