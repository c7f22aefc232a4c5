import HTTP

extension APIRequest {
  /// The part of a list that a request asks for.
  struct Page: Sendable {
    static let defaultSize = 30
    static let maximumSize = 100

    let number: Int
    let size: Int
    let count: Int

    /// The last page's number; an empty list has one page.
    var last: Int { max(1, (count + size - 1) / size) }

    /// Which items it shows.
    var range: Range<Int> {
      let start = min((number - 1) * size, count)
      return start..<min(start + size, count)
    }
  }

  /// The part that `page` and `per_page` (30, at most 100) ask for, of so many items.
  func page(of count: Int) -> Page {
    let size = min(max(http.query("per_page").flatMap { Int($0) } ?? Page.defaultSize, 1), Page.maximumSize)
    // Beyond any list, and far from an overflow.
    let number = min(max(http.query("page").flatMap { Int($0) } ?? 1, 1), 1_000_000)
    return Page(number: number, size: size, count: count)
  }

  /// `Link` to the other parts, as addresses of the fake that keep the rest of the query.
  func links(of page: Page, origin: String) -> String? {
    let others = http.query.filter { $0.name != "page" && $0.name != "per_page" }
      .map { "\(QueryText.escaped($0.name))=\(QueryText.escaped($0.value))&" }.joined()
    let size = http.query("per_page") == nil ? "" : "per_page=\(page.size)&"
    func link(_ number: Int, _ relation: String) -> String {
      "<\(origin)\(http.rawPath)?\(others)\(size)page=\(number)>; rel=\"\(relation)\""
    }
    var links: [String] = []
    if page.number > 1 { links.append(link(min(page.number - 1, page.last), "prev")) }
    if page.number < page.last {
      links.append(link(page.number + 1, "next"))
      links.append(link(page.last, "last"))
    }
    if page.number > 1 { links.append(link(1, "first")) }
    return links.isEmpty ? nil : links.joined(separator: ", ")
  }

  /// The part of a list that is asked for, with `Link` to the others.
  func page(_ items: [JSONValue], origin: String, wrap: ([JSONValue]) -> JSONValue = { .array($0) })
    -> HTTPServerResponse
  {
    let page = page(of: items.count)
    var response = HTTPServerResponse.json(wrap(Array(items[page.range])))
    response.headers["Link"] = links(of: page, origin: origin)
    return response
  }
}

/// Text in a query.
enum QueryText {
  /// Percent-encoded but for RFC 3986's unreserved characters.
  static func escaped(_ text: String) -> String {
    text.utf8.map { byte -> String in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
