import Matriz
import Platform
import RunModel
import Runner

extension SimulatedMatriz {
  /// A worker connects with the token of an attempt: one worker at a time, and always the same.
  func accept(_ link: Link, _ key: AttemptKey, instance: String, features: [String]) {
    link.onServer = { [weak self] message in
      guard let self, isAlive, case .message = message else { return }
      greeted(link, key, instance: instance, features)
    }
  }

  private func greeted(_ link: Link, _ key: AttemptKey, instance: String, _ features: [String]) {
    guard let job = disk.committed.run(key.run)?.job(key.job), job.attempt == key.attempt,
      !job.state.isFinal
    else { return link.endFromServer(isFinal: true) }
    let takesAll = nature.mutation == .takesEveryInstance
    if let known = job.worker, known.instance != instance, !takesAll {
      return link.endFromServer(isFinal: true)
    }
    guard let before = sessions[key] else { return serve(link, key, instance: instance, features) }
    guard before.instance == instance || takesAll else { return link.endFromServer(isFinal: true) }
    nature.count(.workerReconnectsEarly)
    let end = before.onEnd
    before.onEnd = { [weak self] in
      end()
      self?.serve(link, key, instance: instance, features)
    }
    before.giveWay()
  }

  private func serve(_ link: Link, _ key: AttemptKey, instance: String, _ features: [String]) {
    guard isAlive else { return }
    let session = SimulatedSession(link, key, instance: instance, features: features, matriz: self)
    sessions[key] = session
    session.onEnd = { [weak self, weak session] in
      if let self, let session, sessions[key] === session { sessions[key] = nil }
    }
    link.onServer = { [weak session] message in session?.receive(message) }
    session.begin()
  }

  /// That a worker is away could not be stored: nobody else will tell, unless it has come back.
  func tellLater(away key: AttemptKey) {
    act(after: 1_000...5_000) { [self] in
      guard sessions[key] == nil else { return }
      handle(.workerAway(job: key.job, attempt: key.attempt), run: key.run) { [self] isStored in
        if !isStored { tellLater(away: key) }
      }
    }
  }

  // MARK: The runner's word

  /// Asks the runner about workers that are missed, when the real rules say so.
  func inquire() {
    for inquiry in inquiries.takeReady(at: clock) {
      guard isMissed(inquiry) else {
        _ = inquiries.conclude(inquiry, nil, at: clock, random: 0)
        continue
      }
      runner.state(inquiry.handle, answer: answer { [self] result in conclude(inquiry, try? result.get()) })
    }
    guard let next = inquiries.nextTime else { return }
    if let inquiryTime, inquiryTime <= next { return }
    inquiryTime = next
    let delay = Int(max(1, next.milliseconds - clock.milliseconds))
    act(after: delay...delay) { [self] in
      guard inquiryTime == next else { return }
      inquiryTime = nil
      inquire()
    }
  }

  private func conclude(_ inquiry: RunnerInquiries.Inquiry, _ state: RunnerJobState?) {
    let random = nature.random.fraction()
    if let event = inquiries.conclude(inquiry, state, at: clock, random: random) {
      handle(event, run: inquiry.run, when: { $0.missedWorkers.contains(inquiry) }, then: { _ in })
    }
    inquire()
  }

  private func isMissed(_ inquiry: RunnerInquiries.Inquiry) -> Bool {
    guard let run = disk.committed.run(inquiry.run) else { return false }
    inquiries.note(run, at: clock)
    return run.missedWorkers.contains(inquiry)
  }

  /// Compares what the runner has of ours with the runs, and stops workers whose attempt is over.
  func searchForOrphans() {
    runner.list(
      answer: answer { [self] result in
        guard case .success(let found) = result else {
          return act(after: 1_000...60_000) { [self] in searchForOrphans() }
        }
        for orphan in found where isOver(orphan.key) {
          nature.note("matriz: \(orphan.handle) is an orphan")
          runner.cancel(orphan.handle, answer: { _ in })
        }
        act(after: 300_000...300_000) { [self] in searchForOrphans() }
      })
  }

  /// A worker that was told to go may take a minute.
  private func isOver(_ key: AttemptKey) -> Bool {
    guard let job = disk.committed.run(key.run)?.job(key.job) else { return false }
    guard job.attempt == key.attempt else { return job.attempt > key.attempt }
    return job.finishedAt.map { $0.adding(seconds: 60) <= clock.instant } ?? false
  }
}
