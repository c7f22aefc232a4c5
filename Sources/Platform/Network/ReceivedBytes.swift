import Glibc
import Synchronization

/// Memory that sockets are read into. What was handed out of it is never written again; when the last
/// holder lets go, the memory goes back to its pool.
final class Slab: @unchecked Sendable {
  /// Enough for the largest reads that pay (a read is at most this long).
  static let capacityBytes = 256 * 1_024

  let memory: UnsafeMutableRawPointer

  init() {
    memory = SlabMemory.take()
  }

  deinit {
    SlabMemory.giveBack(memory)
  }
}

/// Free slab memory of the whole process.
private enum SlabMemory {
  /// More than this is given back to the allocator.
  static let maximumFreeSlabs = 16

  private static let free = Mutex<[UInt]>([])

  static func take() -> UnsafeMutableRawPointer {
    if let address = free.withLock({ $0.popLast() }),
      let memory = UnsafeMutableRawPointer(bitPattern: address)
    {
      return memory
    }
    // Pages of its own: among other memory, a freed slab would leave a hole that is kept.
    let memory = mmap(nil, Slab.capacityBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { fatalError("no memory for a network buffer") }
    return memory
  }

  static func giveBack(_ memory: UnsafeMutableRawPointer) {
    let isKept = free.withLock { free in
      guard free.count < maximumFreeSlabs else { return false }
      free.append(UInt(bitPattern: memory))
      return true
    }
    if !isKept { munmap(memory, Slab.capacityBytes) }
  }
}

/// Bytes that came from a peer, in memory shared with others: keeping a few of them for long keeps all of it,
/// so copy what is small.
package struct ReceivedBytes: @unchecked Sendable {
  private let slab: Slab
  private let offset: Int
  package let count: Int

  init(slab: Slab, offset: Int, count: Int) {
    self.slab = slab
    self.offset = offset
    self.count = count
  }

  /// As many bytes as one value can have.
  package static let maximumBytes = Slab.capacityBytes

  /// Has `body` fill fresh memory from the same pool (it returns how much it filled), so that what is read
  /// from a file is sent, or passed on, without a copy and without new pages.
  package static func filled<E: Error>(
    by body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
  ) throws(E) -> ReceivedBytes {
    let slab = Slab()
    let memory = UnsafeMutableRawBufferPointer(start: slab.memory, count: Slab.capacityBytes)
    let count = try body(memory)
    return ReceivedBytes(slab: slab, offset: 0, count: min(max(0, count), Slab.capacityBytes))
  }

  package func withUnsafeBytes<T, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
    defer { withExtendedLifetime(slab) {} }
    return try body(UnsafeRawBufferPointer(start: slab.memory + offset, count: count))
  }

  /// A part of these bytes, without a copy. The range is clamped to what is there.
  package func slice(from start: Int, count length: Int) -> ReceivedBytes {
    let start = min(max(0, start), count)
    return ReceivedBytes(slab: slab, offset: offset + start, count: min(max(0, length), count - start))
  }

  /// The part that `bytes`, a pointer into these bytes, stands for; `nil` for memory elsewhere.
  package func slice(_ bytes: UnsafeRawBufferPointer) -> ReceivedBytes? {
    guard let base = bytes.baseAddress else { return slice(from: 0, count: 0) }
    let distance = base - UnsafeRawPointer(slab.memory + offset)
    guard distance >= 0, bytes.count <= count - distance else { return nil }
    return slice(from: distance, count: bytes.count)
  }

  package func array() -> [UInt8] {
    withUnsafeBytes { Array($0) }
  }
}

extension ReceivedBytes: Equatable {
  /// Whether the bytes are the same, wherever they lie.
  package static func == (left: ReceivedBytes, right: ReceivedBytes) -> Bool {
    left.count == right.count
      && left.withUnsafeBytes { left in right.withUnsafeBytes { left.elementsEqual($0) } }
  }
}

/// The slab that a loop reads into now. Confined to the loop.
final class SlabPool {
  /// A new slab is taken when less room than this is left.
  private static let minimumReadBytes = 64 * 1_024

  private var current: Slab?
  private var used = 0

  /// Has `body` read into free memory (it returns how much it read, or a negative number), and gives what was read.
  func read(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> (result: Int, bytes: ReceivedBytes?) {
    let slab = slabWithRoom()
    let room = UnsafeMutableRawBufferPointer(start: slab.memory + used, count: Slab.capacityBytes - used)
    let result = body(room)
    guard result > 0 else { return (result, nil) }
    let bytes = ReceivedBytes(slab: slab, offset: used, count: result)
    used += result
    return (result, bytes)
  }

  private func slabWithRoom() -> Slab {
    if current != nil, isKnownUniquelyReferenced(&current) { used = 0 }
    if let current, Slab.capacityBytes - used >= Self.minimumReadBytes { return current }
    let slab = Slab()
    current = slab
    used = 0
    return slab
  }
}
