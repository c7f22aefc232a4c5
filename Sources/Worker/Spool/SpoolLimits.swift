/// How much output a worker keeps that the server has not acknowledged.
struct SpoolLimits: Sendable, Equatable {
  /// Smaller and larger ones are brought between these.
  static let memoryRange = (64 * 1_024)...(1_024 * 1_024 * 1_024)
  static let fileRange = 0...(1_024 * 1_024 * 1_024 * 1_024)

  let memoryBytes: Int
  /// 0 for no file.
  let fileBytes: Int

  /// `nil` unless both are said.
  init?(memoryBytes: Int?, fileBytes: Int?) {
    guard let memoryBytes, let fileBytes else { return nil }
    self.memoryBytes = min(max(memoryBytes, Self.memoryRange.lowerBound), Self.memoryRange.upperBound)
    self.fileBytes = min(max(fileBytes, Self.fileRange.lowerBound), Self.fileRange.upperBound)
  }
}
