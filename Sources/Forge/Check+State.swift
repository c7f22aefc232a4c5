extension Check.State {
  /// Whether nothing comes after it: a forge keeps what is completed as it is. So what waits for somebody, and is
  /// `actionRequired`, goes on as another check.
  package var isFinal: Bool {
    if case .completed = self { true } else { false }
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
