import RunModel
import Testing

@Suite struct StatusTests {
  @Test(arguments: [
    (0, "0s"), (59, "59s"), (60, "1m 00s"), (61, "1m 01s"), (3_599, "59m 59s"), (3_600, "60m 00s"),
  ])
  func theEndSaysHowLongItTook(seconds: Int, text: String) {
    var course = Course(steps: [.task])
    course.begin()
    #expect(course.step(0, .exited(code: 0), at: at(seconds)) == [.status(.success, "succeeded in \(text)")])
  }

  @Test func aClockThatWasSetBackIsNoNegativeTime() {
    var course = Course(steps: [.task])
    course.begin()
    course.step(0, .exited(code: 1), at: at(-100))
    #expect(course.lastStatus?.description == "failed in 0s: mise run ci: exit code 1")
  }

  @Test func aRunThatIsBuiltAtTheMergeCommitReportsToItsHead() {
    var source = Source.ofPush
    #expect(source.builtSha == "aaaa")
    source.mergeSha = "bbbb"
    #expect(source.builtSha == "bbbb")
    #expect(source.sha == "aaaa")
  }
}
