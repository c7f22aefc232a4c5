/// The names of the gRPC service `ci.Server`.
package enum WorkerService {
  /// The path of `rpc Connect(stream WorkerMessage) returns (stream ServerMessage)`.
  package static let connectPath = "/ci.Server/Connect"
  /// The metadata that carries the worker's token, as `Bearer <token>`.
  package static let authorizationHeader = "authorization"
  /// The key in `RunnerInfo.extra` of the random name of a worker process.
  package static let instanceKey = "instance"
  /// The key there of the folder that the worker works in, with no symbolic links on the way.
  package static let workspaceKey = "workspace"
}
