import Glibc

/// The processes of this machine, as `/proc` shows them at one moment (proc(5)). Blocks: for an executor of files.
package struct ProcessTree: Sendable {
  /// A process that stays the same when its number is used again.
  package struct Identity: Hashable, Sendable, Codable {
    package let processID: Int32
    /// In clock ticks since the machine started.
    package let startTicks: UInt64
  }

  private struct Entry {
    let identity: Identity
    let parent: Int32
    let group: Int32
    let isZombie: Bool
  }

  private let entries: [Entry]

  /// Takes a snapshot.
  package init() {
    var entries: [Entry] = []
    if let folder = opendir("/proc") {
      while let file = readdir(folder) {
        let name = withUnsafePointer(to: &file.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let processID = Int32(name), let entry = Self.entry(processID) { entries.append(entry) }
      }
      closedir(folder)
    }
    self.entries = entries
  }

  /// The processes below `ancestor` and, when asked for, those of the process group it leads with all below them;
  /// without zombies. The ancestor itself is not among them.
  package func members(below ancestor: Int32, includingGroup: Bool) -> Set<Identity> {
    var found: Set<Int32> = [ancestor]
    var grew = true
    while grew {
      grew = false
      for entry in entries where !found.contains(entry.identity.processID) {
        if found.contains(entry.parent) || includingGroup && entry.group == ancestor {
          found.insert(entry.identity.processID)
          grew = true
        }
      }
    }
    return Set(
      entries.filter {
        $0.identity.processID != ancestor && !$0.isZombie && found.contains($0.identity.processID)
      }
      .map(\.identity))
  }

  /// Those of `identities` that live still.
  package func living(of identities: Set<Identity>) -> Set<Identity> {
    identities.intersection(entries.filter { !$0.isZombie }.map(\.identity))
  }

  package func contains(living processID: Int32) -> Bool {
    entries.contains { $0.identity.processID == processID && !$0.isZombie }
  }

  /// The process with this number, unless it is dead; for telling later whether it is still the same.
  package static func identity(of processID: Int32) -> Identity? {
    entry(processID).flatMap { $0.isZombie ? nil : $0.identity }
  }

  /// The living processes that were started with this variable, as far as this one may look at them (proc(5),
  /// `environ`).
  package func members(withVariable name: String, _ value: String) -> Set<Identity> {
    let wanted = Array("\(name)=\(value)".utf8)
    return Set(
      entries.filter { !$0.isZombie && Self.environment(of: $0.identity.processID, has: wanted) }.map(
        \.identity))
  }

  /// The dead children of `parent` that nobody has waited for.
  package func zombies(of parent: Int32) -> [Int32] {
    entries.filter { $0.isZombie && $0.parent == parent }.map(\.identity.processID)
  }

  /// The fields of `/proc/PID/stat` after the name, which may itself have blanks and brackets: state, parent,
  /// group, and at the 20th place the start.
  private static func entry(_ processID: Int32) -> Entry? {
    let descriptor = open("/proc/\(processID)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1_024)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0, let bracket = buffer[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: buffer[(bracket + 1)..<count], as: UTF8.self).split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]), let group = Int32(fields[2]),
      let start = UInt64(fields[19])
    else { return nil }
    return Entry(
      identity: Identity(processID: processID, startTicks: start), parent: parent, group: group,
      isZombie: fields[0] == "Z" || fields[0] == "X")
  }

  private static func environment(of processID: Int32, has wanted: [UInt8]) -> Bool {
    guard let file = try? Descriptor.open("/proc/\(processID)/environ", flags: O_RDONLY) else { return false }
    var bytes: [UInt8] = []
    while let chunk = try? file.read(upTo: 65_536), !chunk.isEmpty, bytes.count <= maximumEnvironmentBytes {
      bytes += chunk
    }
    return bytes.split(separator: 0).contains { $0.elementsEqual(wanted) }
  }

  /// More is not looked at.
  private static let maximumEnvironmentBytes = 4 << 20
}
