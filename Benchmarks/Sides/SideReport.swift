/// What one side tells the measuring process, as one line of text.
struct SideReport: Sendable {
  /// From the first command to the end of the work; 0 for a side that does not measure it.
  var seconds = 0.0
  var bytes = 0
  var count = 0
  var cpuSeconds = 0.0
  var peakKiB = 0
  /// How much resident memory grew with what was measured.
  var grownKiB = 0

  var line: String {
    "report \(seconds) \(bytes) \(count) \(cpuSeconds) \(peakKiB) \(grownKiB)"
  }

  init(seconds: Double = 0, bytes: Int = 0, count: Int = 0, grownKiB: Int = 0) {
    self.seconds = seconds
    self.bytes = bytes
    self.count = count
    self.grownKiB = grownKiB
    cpuSeconds = ProcessUsage.cpuSeconds()
    peakKiB = ProcessUsage.peakKiB()
  }

  init?(line: Substring) {
    let words = line.split(separator: " ")
    guard words.count == 7, words[0] == "report", let seconds = Double(words[1]), let bytes = Int(words[2]),
      let count = Int(words[3]), let cpuSeconds = Double(words[4]), let peakKiB = Int(words[5]),
      let grownKiB = Int(words[6])
    else { return nil }
    self.seconds = seconds
    self.bytes = bytes
    self.count = count
    self.cpuSeconds = cpuSeconds
    self.peakKiB = peakKiB
    self.grownKiB = grownKiB
  }
}
