import RunModel
import Testing

@Suite struct ReleaseTests {
  private func published(_ assets: [String]) -> Course {
    var course = Course(steps: [.clone, .collect("app")], source: .ofTag, assets: assets)
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .exited(code: 0))
    return course
  }

  @Test func artifactsComeFirstThenAssetsThenTheFinalStatus() {
    var course = published(["app", "notes"])
    #expect(
      course.effects == [
        .status(.pending, "queued"), .dispatch(job: "j1", attempt: 1), .status(.pending, "running"),
        .uploadAsset(name: "app"), .uploadAsset(name: "notes"),
      ])
    #expect(course.run.state == .running)
    #expect(course.send(.assetUploaded(name: "notes"), at: at(5)).isEmpty)
    #expect(course.run.state == .running)
    #expect(course.send(.assetUploaded(name: "app"), at: at(9)) == [.status(.success, "succeeded in 9s")])
    #expect(course.run.assets.map(\.state) == [.succeeded, .succeeded])
  }

  @Test func aFailedUploadEndsTheRunOnceTheOthersAreThere() {
    var course = published(["app", "notes"])
    #expect(course.send(.assetFailed(name: "app", reason: "release with tag 'v1' not found")).isEmpty)
    #expect(
      course.send(.assetUploaded(name: "notes")) == [
        .status(.error, "error: release with tag 'v1' not found")
      ])
    #expect(course.run.state == .errored)
    #expect(course.run.assets.map(\.state) == [.errored, .succeeded])
    #expect(course.job.state == .succeeded)
  }

  @Test func anUploadThatNobodyAskedForYetDoesNotCount() {
    var course = Course(steps: [.task], source: .ofTag, assets: ["app"])
    course.begin()
    course.send(.assetUploaded(name: "app"))
    #expect(course.run.assets.map(\.state) == [.queued])
    #expect(course.step(0, .exited(code: 0)) == [.uploadAsset(name: "app")])
  }

  @Test func aNameThatIsListedTwiceIsUploadedOnce() {
    let course = published(["app", "notes", "app"])
    #expect(course.effects.suffix(2) == [.uploadAsset(name: "app"), .uploadAsset(name: "notes")])
    #expect(course.run.assets.count == 2)
  }

  @Test func nothingIsUploadedWhenAJobFailed() {
    var course = Course(steps: [.task], source: .ofTag, assets: ["app"])
    course.begin()
    #expect(course.step(0, .exited(code: 1)).count == 1)
    #expect(course.run.state == .failed)
    #expect(course.run.assets.map(\.state) == [.skipped])
  }

  @Test func onlyATagHasAssets() {
    var course = Course(steps: [.task], source: .ofPush, assets: ["app"])
    course.begin()
    course.step(0, .exited(code: 0))
    #expect(course.run.state == .succeeded)
    #expect(course.run.assets.isEmpty)
  }

  @Test func aCancelWhilePublishingLeavesNoAssetUnfinished() {
    var course = published(["app", "notes"])
    course.send(.assetUploaded(name: "app"))
    #expect(course.send(.cancelRequested(by: "bob")) == [.status(.error, "cancelled by bob")])
    #expect(course.run.state == .cancelled)
    #expect(course.run.assets.map(\.state) == [.succeeded, .cancelled])
    #expect(course.send(.assetUploaded(name: "notes")).isEmpty)
    #expect(course.run.assets.map(\.state) == [.succeeded, .cancelled])
  }

  @Test(
    arguments: [
      (Source.Event.tag, "refs/tags/v1", "v1"), (.tag, "refs/tags/a/b", "a/b"), (.tag, "refs/heads/v1", nil),
      (.push, "refs/tags/v1", nil),
    ] as [(Source.Event, String, String?)])
  func aTagIsThePartAfterItsPrefix(event: Source.Event, ref: String, tag: String?) {
    var source = Source.ofTag
    source.event = event
    source.ref = ref
    #expect(source.tag == tag)
  }
}
