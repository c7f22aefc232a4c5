/// What the matriz answers a webhook.
enum DeliveryAnswer {
  /// 202 with the run, or 200: it is stored.
  case accepted
  /// 503: it is not.
  case notStored
}

extension SimulatedForge {
  /// Sends the delivery of a push; perhaps twice, late, or into the void.
  func deliver(_ push: SimulatedPush) {
    send(push)
    if nature.strikes(.deliveryDoubled) { send(push) }
  }

  /// What the forge shows as failed: it does not send it again unless it is asked to.
  var failedDeliveries: [SimulatedPush] {
    pushes.filter { !accepted.contains($0.delivery) && underWay[$0.delivery, default: 0] == 0 }
  }

  /// Asks for a delivery to be sent again, as the matriz does with those that failed.
  func redeliver(_ delivery: String) {
    guard !isDown, let push = pushes.first(where: { $0.delivery == delivery }) else { return }
    nature.note("forge: \(delivery) is sent again")
    send(push)
  }

  private func send(_ push: SimulatedPush) {
    underWay[push.delivery, default: 0] += 1
    if nature.strikes(.deliveryLost) {
      return nature.after(10_000) { [self] in ended(push, accepted: false) }
    }
    let isLate = nature.strikes(.deliveryLate)
    nature.after(isLate ? 10_000...300_000 : 10...500) { [self] in arrive(push) }
  }

  private func arrive(_ push: SimulatedPush) {
    guard let matriz = door.matriz else {
      nature.count(.deliveryMetNobody)
      return ended(push, accepted: false)
    }
    nature.note("forge: \(push.delivery) arrives")
    var isAnswered = false
    matriz.receive(push) { [self] answer in
      guard !isAnswered else { return }
      isAnswered = true
      if answer == .accepted { witness.accepted(push) } else { nature.count(.deliveryNotStored) }
      let isLost = nature.strikes(.deliveryAnswerLost)
      nature.after(5...100) { [self] in ended(push, accepted: answer == .accepted && !isLost) }
    }
    // GitHub waits no longer than this; nor does a server that was killed answer.
    nature.after(10_000) { [self] in
      if !isAnswered {
        isAnswered = true
        ended(push, accepted: false)
      }
    }
  }

  private func ended(_ push: SimulatedPush, accepted isAccepted: Bool) {
    underWay[push.delivery, default: 1] -= 1
    if isAccepted { accepted.insert(push.delivery) }
  }
}
