import Forge
import HTTP
import Platform

extension Routes {
  /// What GitHub sends at most.
  private static let maximumWebhookBytes = 25 * 1_024 * 1_024

  func addWebhooks(to router: inout HTTPRouter) {
    // POST /webhooks/github: 202 with the new run, 200 when there is nothing to do; answered after the commit.
    router.on("POST", "/webhooks/github") { [forge, inbox, logger] request in
      let body = try await request.bytes(upTo: Self.maximumWebhookBytes)
      let delivery: WebhookDelivery
      do throws(ForgeError) {
        delivery = try forge.decodeWebhook(WebhookRequest(headers: request.headers, body: body))
      } catch {
        logger.warning("a webhook was refused", ["peer": "\(request.peer)", "reason": error.message])
        return .problem(status: error.webhookStatus, detail: error.message)
      }
      FaultPoint.deliveryVerified.reach()
      do {
        switch try await inbox.accept(delivery) {
        case .run(let id): return .json(.object(["run": .string(id)]), status: 202)
        case .ignored(let reason): return .json(.object(["ignored": .string(reason)]))
        }
      } catch {
        logger.error("a delivery could not be stored", ["delivery": delivery.id, "error": "\(error)"])
        var response = HTTPServerResponse.problem(status: 503, detail: "the delivery could not be stored")
        response.headers["Retry-After"] = "30"
        return response
      }
    }
  }
}

extension ForgeError {
  fileprivate var webhookStatus: Int {
    switch code {
    case .badSignature: 401
    case .unsupportedMediaType: 415
    case .tooLarge: 413
    default: 400
    }
  }
}
