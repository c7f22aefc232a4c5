import HTTP
import Platform
import Synchronization

/// What stands behind the server: faults and the record of requests around the API and the control routes.
final class Service: Sendable {
  let cluster: Cluster
  let record: Watched<RequestRecord>
  /// Has the server go away for so many seconds; set by who owns it.
  let restartServer = Mutex<(@Sendable (Double) async -> Void)?>(nil)
  private let api: NomadAPI

  init(_ options: FakeNomadOptions, folder: String) {
    cluster = Cluster(options, folder: folder)
    record = Watched(RequestRecord(maximumRequests: options.maximumRecordedRequests))
    api = NomadAPI(cluster: cluster)
  }

  @concurrent
  func respond(to request: HTTPServerRequest) async -> HTTPServerResponse {
    guard let body = try? await request.bytes(upTo: NomadCall.maximumBodyBytes) else {
      return .text("http: request body too large", status: 413)
    }
    let call = NomadCall(request: request, body: body)
    switch request.path.first {
    case "_fake": return await respond(toControl: call)
    case "v1": break
    default: return .empty(404)
    }
    let fault = record.withLock { $0.takeFault(method: request.method, path: request.rawPath) }
    let response = await respond(to: call, fault)
    note(call, status: response?.status)
    return response ?? .reset
  }

  /// `nil` for a connection that is cut.
  private func respond(to call: NomadCall, _ fault: FakeNomad.Fault?) async -> HTTPServerResponse? {
    switch fault {
    case .respond(let status, let body): return .text(body, status: status)
    case .cut: return nil
    case .cutAfterHandling:
      _ = await api.respond(to: call)
      return nil
    case .truncate: return await api.respond(to: call).truncated()
    case .delay(let milliseconds):
      let response = await api.respond(to: call)
      // Ends early when the client has left.
      try? await Task.sleep(for: .milliseconds(milliseconds))
      return response
    case nil: return await api.respond(to: call)
    }
  }

  private func note(_ call: NomadCall, status: Int?) {
    let request = call.request
    let recorded = FakeNomad.RecordedRequest(
      method: request.method, path: request.rawPath,
      query: Dictionary(request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
      headers: Dictionary(
        request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
      body: call.body, status: status)
    record.withLock { $0.add(recorded) }
  }

  func reset() async {
    await cluster.reset()
    record.withLock { $0.reset() }
  }
}
