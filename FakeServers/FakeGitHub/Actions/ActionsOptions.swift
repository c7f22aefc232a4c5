/// How the fake's GitHub Actions behave.
public struct ActionsOptions: Sendable {
  /// What the answer to a dispatch is: GitHub's versions differ.
  public enum DispatchAnswer: Sendable, Hashable {
    /// 200 with the run when `return_run_details` asks for it, else 204.
    case withRunDetails
    /// Always 204: the field is not known, and nobody minds it.
    case silent
    /// 400 for the field, which is not known.
    case refusing
  }

  public var dispatchAnswer = DispatchAnswer.withRunDetails

  /// Whether a push makes runs of the workflows that say `on: push`.
  public var runsOnPush = false

  /// Has every run start, take its steps and succeed, with that pause before each; `nil` leaves all that to the test.
  public var advancesEveryMilliseconds: Int?

  /// Whether a cancellation ends a run at once; otherwise it is only asked for (`isCancelRequested`), and the test ends it.
  public var cancelsAtOnce = true

  /// How long the links to logs and artifacts are good. GitHub gives a minute.
  public var linkSeconds: Int64 = 60

  /// The host in these links, another one than the API's as on GitHub; it has to lead here. By default it is the API's own.
  public var linkHost: String?

  /// How long artifacts are kept.
  public var artifactDays: Int64 = 90

  public init() {}
}
