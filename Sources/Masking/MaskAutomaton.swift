/// Finds all of a set of patterns in one pass over the bytes, at a cost per byte that does not depend on how many there
/// are (Aho and Corasick, 1975).
///
/// A state stands for the longest end of what was read that is the beginning of a pattern; state 0 for none. It is
/// built once and never changes.
final class MaskAutomaton: Sendable {
  typealias State = Int32

  static let start: State = 0

  private struct Node {
    /// The state of the longest proper end of this one that is a state too.
    var fallback: State = 0
    /// How many bytes lead here.
    var depth: Int32 = 0
    /// How many of the last bytes are a pattern, the longest one; 0 for none.
    var matchBytes: Int32 = 0
    /// How many of the last bytes may be the beginning of a pattern that goes on; a whole one needs no more.
    var openBytes: Int32 = 0
  }

  /// States up to this depth have a table of all 256 ways on; deeper ones are few steps from such a state.
  private static let maximumTableDepth = 1

  private let nodes: [Node]
  /// 256 states for each of the first states, which are those of the smallest depth.
  private let tables: [State]
  private let tableCount: State
  private let edges: EdgeTable

  /// - Parameter patterns: none of them empty.
  init(_ patterns: some Collection<[UInt8]>) {
    var nodes = [Node()]
    var edges = EdgeTable()
    var firsts: [State] = []
    // By depth: first all first bytes get a state, then the rest; so states with a table have the lowest numbers.
    for pattern in patterns {
      guard let first = pattern.first, edges[Self.start, first] == nil else { continue }
      firsts.append(State(nodes.count))
      edges.insert(Self.start, first, State(nodes.count))
      nodes.append(Node(depth: 1))
    }
    for pattern in patterns {
      var state = Self.start
      for byte in pattern {
        if let next = edges[state, byte] {
          state = next
        } else {
          let next = State(nodes.count)
          nodes.append(Node(depth: nodes[Int(state)].depth + 1))
          edges.insert(state, byte, next)
          state = next
        }
      }
      nodes[Int(state)].matchBytes = Int32(pattern.count)
    }
    Self.link(&nodes, edges)
    self.nodes = nodes
    self.edges = edges
    tableCount = State(firsts.count + 1)
    tables = Self.tables(for: tableCount, edges)
  }

  /// Gives every state what it has from its fallback; in order of depth, since it needs those of smaller depth.
  private static func link(_ nodes: inout [Node], _ edges: EdgeTable) {
    let all = edges.all.sorted { nodes[Int($0.to)].depth < nodes[Int($1.to)].depth }
    for edge in all { nodes[Int(edge.from)].openBytes = nodes[Int(edge.from)].depth }
    for edge in all {
      var target = start
      if edge.from != start {
        var fallback = nodes[Int(edge.from)].fallback
        while edges[fallback, edge.byte] == nil, fallback != start {
          fallback = nodes[Int(fallback)].fallback
        }
        target = edges[fallback, edge.byte] ?? start
      }
      let inherited = nodes[Int(target)]
      let state = Int(edge.to)
      nodes[state].fallback = target
      if nodes[state].matchBytes == 0 { nodes[state].matchBytes = inherited.matchBytes }
      if nodes[state].openBytes == 0 { nodes[state].openBytes = inherited.openBytes }
    }
  }

  /// States of depth 1 fall back to the start, whose ways are those of the first row.
  private static func tables(for count: State, _ edges: EdgeTable) -> [State] {
    var tables: [State] = []
    tables.reserveCapacity(Int(count) * 256)
    for state in 0..<count {
      for byte in UInt8.min...UInt8.max {
        tables.append(edges[state, byte] ?? edges[start, byte] ?? start)
      }
    }
    return tables
  }

  /// How many bytes at the end of what was read may be the beginning of a pattern that is not at its end.
  func openBytes(in state: State) -> Int { Int(nodes[Int(state)].openBytes) }

  /// Reads `bytes` from `state` on, calls `found` with the index after each pattern's end and the pattern's length, and
  /// gives the state after all.
  func read(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: State, found: (_ end: Int, _ count: Int) -> Void
  ) -> State {
    tables.withUnsafeBufferPointer { tables in
      nodes.withUnsafeBufferPointer { nodes in
        var state = start
        var index = 0
        let count = bytes.count
        while index < count {
          let byte = bytes[index]
          index += 1
          while true {
            if state < tableCount {
              state = tables[Int(state) << 8 | Int(byte)]
              break
            }
            if let next = edges[state, byte] {
              state = next
              break
            }
            state = nodes[Int(state)].fallback
          }
          if state != Self.start, nodes[Int(state)].matchBytes > 0 {
            found(index, Int(nodes[Int(state)].matchBytes))
          }
        }
        return state
      }
    }
  }
}

/// The ways from state to state: a hash table with open addressing, since most states have one way on.
private struct EdgeTable: Sendable {
  struct Edge {
    let from: MaskAutomaton.State
    let byte: UInt8
    let to: MaskAutomaton.State
  }

  private struct Slot {
    /// The state and the byte of an edge. A mask's patterns are so few that states have 24 bits.
    var key: UInt32 = 0
    /// 0 for a free place: no edge leads to the start.
    var to: MaskAutomaton.State = 0
  }

  private var slots = [Slot](repeating: Slot(), count: 64)
  private var count = 0

  subscript(from: MaskAutomaton.State, byte: UInt8) -> MaskAutomaton.State? {
    let key = Self.key(from, byte)
    return slots.withUnsafeBufferPointer { slots in
      var place = Self.place(key, slots.count)
      while slots[place].to != 0 {
        if slots[place].key == key { return slots[place].to }
        place = (place + 1) & (slots.count - 1)
      }
      return nil
    }
  }

  /// An edge that is not there yet.
  mutating func insert(_ from: MaskAutomaton.State, _ byte: UInt8, _ to: MaskAutomaton.State) {
    if count * 2 >= slots.count { grow() }
    put(Slot(key: Self.key(from, byte), to: to))
    count += 1
  }

  var all: [Edge] {
    slots.filter { $0.to != 0 }.map {
      Edge(
        from: MaskAutomaton.State(truncatingIfNeeded: $0.key >> 8), byte: UInt8(truncatingIfNeeded: $0.key),
        to: $0.to)
    }
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: old.count * 2)
    for slot in old where slot.to != 0 { put(slot) }
  }

  private mutating func put(_ slot: Slot) {
    var place = Self.place(slot.key, slots.count)
    while slots[place].to != 0 { place = (place + 1) & (slots.count - 1) }
    slots[place] = slot
  }

  private static func key(_ from: MaskAutomaton.State, _ byte: UInt8) -> UInt32 {
    UInt32(bitPattern: from) << 8 | UInt32(byte)
  }

  /// - Parameter size: a power of two.
  private static func place(_ key: UInt32, _ size: Int) -> Int {
    Int(truncatingIfNeeded: (UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> 32) & (size - 1)
  }
}
