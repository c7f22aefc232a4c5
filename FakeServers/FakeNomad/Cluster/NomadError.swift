/// A refusal in Nomad's own form: a status and plain text.
struct NomadError: Error, Hashable {
  var status: Int
  var message: String

  /// 400: the request itself is wrong.
  static func badRequest(_ message: String) -> NomadError { NomadError(status: 400, message: message) }
  /// 404: nothing of that name.
  static func notFound(_ message: String) -> NomadError { NomadError(status: 404, message: message) }
  /// 500: what Nomad's servers refuse, which its HTTP side passes on without a better status.
  static func refused(_ message: String) -> NomadError { NomadError(status: 500, message: message) }

  static let permissionDenied = NomadError(status: 403, message: "Permission denied")
  static let tokenNotFound = NomadError(status: 403, message: "ACL token not found")
  static let noLeader = NomadError.refused("No cluster leader")
  static let methodNotAllowed = NomadError(status: 405, message: "Invalid method")

  /// Several mistakes in one text, as Go's multierror prints them; itself one line of an outer list when nested.
  static func list(_ messages: [String]) -> String {
    let head = messages.count == 1 ? "1 error occurred:" : "\(messages.count) errors occurred:"
    return head + "\n" + messages.map { "\t* \($0)\n" }.joined() + "\n"
  }
}
