internal import Forge
internal import HTTP

/// Lists that come in pages.
extension GitHubAPI {
  /// GitHub gives at most so many items in one page.
  static let itemsPerPage = 100

  /// Reads page after page until `visit` wants no more, the list ends, or `maximumPages` are read.
  ///
  /// Where it goes on says the field `Link`. Of its address only the query is taken: a request of ours, which carries our
  /// credentials, goes where our configuration says.
  ///
  /// - Parameters:
  ///   - call: of the first page; its path has a query.
  ///   - visit: whether the next page is wanted.
  func eachPage<Page: Decodable>(
    of call: APICall, as credential: Credential, maximumPages: Int,
    _ visit: (Page) throws(ForgeError) -> Bool
  ) async throws(ForgeError) {
    var call = call
    var seen: Set<String> = []
    for _ in 0..<maximumPages {
      seen.insert(call.path)
      let answer = try await send(call, as: credential)
      guard try visit(try answer.decode()),
        let query = LinkHeader.nextQuery(answer.headers.values(of: "Link"))
      else { return }
      call.path = call.path.prefix { $0 != "?" } + "?" + query
      // A list that goes in circles is not followed.
      guard !seen.contains(call.path) else { return }
    }
  }
}
