import Testing

@testable import ForgeGitHub

@Suite
struct LinkHeaderTests {
  @Test(
    "the query of what follows is found among other links, wherever its address leads",
    arguments: [
      ([#"<http://x/y?cursor=v1_2>; rel="next""#], "cursor=v1_2"),
      (
        [#"<http://x/y?per_page=2&cursor=a%2Bb#c>; rel="next", <http://x>; rel="prev""#],
        "per_page=2&cursor=a%2Bb"
      ),
      ([#"<http://x?page=1>; rel="prev""#, #"<http://x?page=2> ; title="a"; rel=next"#], "page=2"),
      ([#"<http://x?cursor=1>; rel="prev""#], nil), ([#"<http://x/y>; rel="next""#], nil), ([""], nil),
      ([#"<http://x?>; rel="next""#], nil), ([#"<http://x?page=2 3>; rel="next""#], nil),
      ([#"<http://x?page=é>; rel="next""#], nil), ([#"http://x?page=2; rel="next""#], nil), ([], nil),
    ] as [([String], String?)])
  func next(values: [String], query: String?) {
    #expect(LinkHeader.nextQuery(values) == query)
  }
}
