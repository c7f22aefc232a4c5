import Crypto
import HTTP

extension NomadAPI {
  /// `POST /v1/job/:id/dispatch?idempotency_token=`
  func dispatch(_ call: NomadCall, _ key: JobKey) throws(NomadError) -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    guard !call.body.isEmpty else { throw .badRequest("Request body is empty") }
    let body = try GoJSON.object(call.body, as: "structs.JobDispatchRequest")
    if let id = body["JobID"]?.string, !id.isEmpty, id != key.id {
      throw .badRequest("Job ID does not match")
    }
    var order = ClusterState.DispatchOrder()
    order.meta = try GoJSON.texts(body["Meta"], field: "JobDispatchRequest.Meta")
    if let text = body["Payload"]?.string {
      guard let payload = Base64.decode(text) else {
        throw .badRequest("illegal base64 data at input byte 0")
      }
      order.payload = payload
    }
    order.idempotencyToken = call.request.query("idempotency_token") ?? ""
    let outcome = try cluster.change { [order] (state) throws(NomadError) in
      try state.dispatch(key, order)
    }
    let index = max(outcome.evaluationIndex, outcome.jobIndex)
    return .nomad(
      QueryResult(
        json: [
          "DispatchedJobID": .string(outcome.jobID), "EvalID": .string(outcome.evaluationID),
          "EvalCreateIndex": .integer(Int64(outcome.evaluationIndex)),
          "JobCreateIndex": .integer(Int64(outcome.jobIndex)), "Index": .integer(Int64(index)),
        ], index: index))
  }
}
