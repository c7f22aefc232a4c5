import Glibc

/// A control group of processes (cgroups(7), version 2): what is started in it stays in it, however it detaches itself,
/// and can be ended as one.
///
/// Blocks: for an executor of files.
package struct ControlGroup: Sendable {
  /// What the group may use in all; each takes effect where the system lets this process set it.
  package struct Limits: Hashable, Sendable {
    package var memoryBytes: Int64?
    package var processes: Int?

    package init(memoryBytes: Int64? = nil, processes: Int? = nil) {
      self.memoryBytes = memoryBytes
      self.processes = processes
    }
  }

  package let path: String

  /// Makes a group below the one of this process; `nil` where there is no such thing, or it may not be made.
  package static func make(named name: String, limits: Limits = Limits()) -> ControlGroup? {
    guard let parent = ownPath() else { return nil }
    let group = ControlGroup(path: "\(parent)/\(name)")
    guard mkdir(group.path, 0o755) == 0 || errno == EEXIST else { return nil }
    // Without `cgroup.kill` (Linux 5.14) it would be of no use.
    guard access("\(group.path)/cgroup.kill", W_OK) == 0 else {
      group.remove()
      return nil
    }
    if let bytes = limits.memoryBytes { group.write("\(bytes)", to: "memory.max") }
    if let count = limits.processes { group.write("\(count)", to: "pids.max") }
    return group
  }

  /// The group of that name, if it is there.
  package static func existing(named name: String) -> ControlGroup? {
    guard let parent = ownPath(), access("\(parent)/\(name)", F_OK) == 0 else { return nil }
    return ControlGroup(path: "\(parent)/\(name)")
  }

  /// Moves a process into the group; what it starts from now on belongs to it. `false` when it could not be moved.
  package func add(_ processID: Int32) -> Bool {
    write("\(processID)", to: "cgroup.procs")
  }

  /// Sends SIGKILL to everything in the group, at once.
  package func kill() {
    write("1", to: "cgroup.kill")
  }

  /// Whether a process is left in it or below.
  package var isPopulated: Bool {
    guard let events = Self.read("\(path)/cgroup.events") else { return false }
    return events.split(separator: "\n").contains("populated 1")
  }

  /// Removes the group; one that is not empty stays.
  package func remove() {
    rmdir(path)
  }

  @discardableResult
  private func write(_ text: String, to name: String) -> Bool {
    guard let file = try? Descriptor.open("\(path)/\(name)", flags: O_WRONLY) else { return false }
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { (try? file.writeAll($0)) != nil }
  }

  /// Where the group of this process lies: the line `0::/path` of `/proc/self/cgroup`, below the place where version 2
  /// is mounted.
  private static func ownPath() -> String? {
    guard let lines = read("/proc/self/cgroup"), let mounts = read("/proc/self/mountinfo"),
      let own = lines.split(separator: "\n").first(where: { $0.hasPrefix("0::") })?.dropFirst(3)
    else { return nil }
    for line in mounts.split(separator: "\n") {
      // `ID PARENT DEVICE ROOT MOUNTPOINT ... - TYPE SOURCE OPTIONS`
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2",
        fields.count > 4
      else { continue }
      return own == "/" ? String(fields[4]) : "\(fields[4])\(own)"
    }
    return nil
  }

  private static func read(_ path: String) -> String? {
    guard let file = try? Descriptor.open(path, flags: O_RDONLY) else { return nil }
    var bytes: [UInt8] = []
    while let chunk = try? file.read(upTo: 65_536), !chunk.isEmpty, bytes.count < 4 << 20 { bytes += chunk }
    return String(decoding: bytes, as: UTF8.self)
  }
}
