/// The additions to the plain protocol, by the names under which both sides announce them.
///
/// A side uses an addition only when both have named it: the worker in `RunnerInfo.features`, the server in
/// `ServerMessage.Features`. Unknown names are ignored.
package enum WorkerFeature {
  /// `Copy.ref`, `Copy.commit` and `Copy.depth` of a clone.
  package static let copyCommit = "copy.commit"
  /// Output carries its offset in the job's log, and the server acknowledges what is durable.
  package static let logAck = "log.ack"
  /// After a broken stream the worker connects again and goes on where `Resume` says.
  package static let resume = "resume"
  /// A running command can be stopped.
  package static let cancel = "cancel"
  /// The server hands out a new token before the old one ends.
  package static let renew = "renew"
  /// The server names secrets that output must not show.
  package static let mask = "mask"

  /// All of them, in the order in which they are announced.
  package static let all = [copyCommit, logAck, resume, cancel, renew, mask]
}
