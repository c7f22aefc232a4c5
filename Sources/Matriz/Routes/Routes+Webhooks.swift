import Forge
import HTTP
import Platform

extension Routes {
  /// What GitHub sends at most.
  private static let maximumWebhookBytes = 25_000_000
  /// When one may ask again for what could not be stored.
  private static let retryAfterSeconds = 30

  func addWebhooks(to router: inout HTTPRouter) {
    // POST /webhooks/github: 202 with the new run, 200 when there is nothing to do; answered after the commit.
    router.on("POST", "/webhooks/github") { [forge, inbox, logger] request in
      let body = try await request.bytes(upTo: Self.maximumWebhookBytes)
      do {
        let webhook = try forge.authenticate(WebhookRequest(headers: request.headers, body: body))
        FaultPoint.deliveryVerified.reach()
        return try await inbox.accept(webhook).response
      } catch let error as ForgeError where error.isTransient {
        logger.warning("a webhook cannot be taken now", ["reason": error.message])
        return Self.notStored(error.message)
      } catch let error as ForgeError {
        logger.warning("a webhook was refused", ["peer": "\(request.peer)", "reason": error.message])
        return .problem(status: error.webhookStatus, detail: error.message)
      } catch {
        logger.error("a delivery could not be stored", ["error": "\(error)"])
        return Self.notStored("the delivery could not be stored")
      }
    }
  }

  /// 503: nothing was changed, and may be later.
  static func notStored(_ detail: String) -> HTTPServerResponse {
    var response = HTTPServerResponse.problem(status: 503, detail: detail)
    response.headers["Retry-After"] = "\(retryAfterSeconds)"
    return response
  }
}

extension DeliveryInbox.Outcome {
  var response: HTTPServerResponse {
    switch self {
    case .run(let id): .json(.object(["run": .string(id)]), status: 202)
    case .ignored(let reason): .json(.object(["ignored": .string(reason)]))
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
