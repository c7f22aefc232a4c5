extension Check.State {
  /// Whether nothing comes after it. What waits for somebody is completed for a forge, and goes on all the same.
  package var isFinal: Bool {
    if case .completed(let conclusion) = self { conclusion != .actionRequired } else { false }
  }

  /// What is to be shown where this is shown and `next` is reported: reports overtake each other, and a check does not go
  /// back.
  package func advanced(to next: Check.State) -> Check.State {
    switch (self, next) {
    case (.inProgress, .queued): self
    case _ where isFinal && !next.isFinal: self
    default: next
    }
  }
}
