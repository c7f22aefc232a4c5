import FoundationEssentials
import RunModel
import Testing

@Suite struct CodingTests {
  @Test(arguments: Stage.allCases)
  func aRunIsTheSameAfterItWasStored(stage: Stage) throws {
    let run = stage.run
    #expect(try JSONDecoder().decode(Run.self, from: JSONEncoder().encode(run)) == run)
  }

  @Test(arguments: [
    Effect.dispatch(job: "j1", attempt: 2), .stop, .uploadAsset(name: "app"), .status(.failure, "failed"),
    .reportJobStatus(job: "j1"), .reportCheck,
  ])
  func anEffectIsTheSameAfterItWasStored(effect: Effect) throws {
    #expect(try JSONDecoder().decode(Effect.self, from: JSONEncoder().encode(effect)) == effect)
  }

  @Test func statesAreStoredByTheNamesOfTheAPI() {
    #expect(
      State.allCases.map(\.rawValue) == [
        "waiting", "queued", "dispatched", "running", "succeeded", "failed", "errored", "cancelled",
        "skipped",
      ])
  }

  @Test func aMomentIsStoredAsANumber() throws {
    let bytes = try JSONEncoder().encode([Instant(milliseconds: 1_700_000_000_123)])
    #expect(String(decoding: bytes, as: UTF8.self) == "[1700000000123]")
  }
}
