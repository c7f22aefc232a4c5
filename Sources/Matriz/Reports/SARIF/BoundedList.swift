/// The first elements of a list, and how many more there were.
struct BoundedList<let maximumCount: Int, Element: Decodable>: Decodable {
  let elements: [Element]
  let left: Int

  init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    var elements: [Element] = []
    while !list.isAtEnd, elements.count < maximumCount {
      elements.append(try list.decode(Element.self))
    }
    left = (list.count ?? elements.count) - elements.count
    self.elements = elements
  }

  subscript(index: Int) -> Element? {
    elements.indices.contains(index) ? elements[index] : nil
  }
}
