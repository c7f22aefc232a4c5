import Forge
import ForgeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct WebhookSignatureTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    var secrets = [WebhookExamples.secret]
    var signature: String?
    var code: ForgeError.Code?
    var testDescription: String { name }
  }

  // Not JSON: had it been parsed before the signature was looked at, the answer would be another one.
  static let body = Array("Hello, World!".utf8)
  // The example in GitHub's documentation of this header.
  static let publishedSecret = "It's a Secret to Everybody"
  static let publishedSignature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

  static let examples = [
    Example(
      name: "GitHub's own example", secrets: [publishedSecret], signature: publishedSignature,
      code: .malformed),
    Example(
      name: "the second of two secrets", secrets: ["new", publishedSecret], signature: publishedSignature,
      code: .malformed),
    Example(
      name: "upper-case digits", secrets: [publishedSecret],
      signature: "sha256=" + publishedSignature.dropFirst(7).uppercased(), code: .malformed),
    Example(name: "another secret", signature: publishedSignature, code: .badSignature),
    Example(name: "no signature", code: .badSignature),
    Example(name: "an empty signature", signature: "", code: .badSignature),
    Example(name: "only a prefix", signature: "sha256=", code: .badSignature),
    Example(
      name: "the older algorithm", secrets: [publishedSecret],
      signature: "sha1=" + publishedSignature.dropFirst(7),
      code: .badSignature),
    Example(
      name: "without its prefix", secrets: [publishedSecret],
      signature: String(publishedSignature.dropFirst(7)),
      code: .badSignature),
    Example(
      name: "half a signature", secrets: [publishedSecret], signature: String(publishedSignature.prefix(39)),
      code: .badSignature),
    Example(
      name: "one digit more", secrets: [publishedSecret], signature: publishedSignature + "0",
      code: .badSignature),
    Example(
      name: "one byte more", secrets: [publishedSecret], signature: publishedSignature + "00",
      code: .badSignature),
    Example(name: "no secret", secrets: [], signature: publishedSignature, code: .badSignature),
    Example(
      name: "an empty secret counts as none", secrets: [""],
      signature: WebhookExamples.signature(of: body, secret: ""), code: .badSignature),
  ]

  @Test("a signature is looked at before anything is parsed", arguments: examples)
  func signature(example: Example) async {
    var headers: HTTPHeaders = [
      "content-type": "application/json", "x-github-event": "push", "x-github-delivery": "1",
    ]
    headers["x-hub-signature-256"] = example.signature
    let request = WebhookRequest(headers: headers, body: Self.body)
    let forge = WebhookExamples.forge(secrets: example.secrets)
    #expect(await refusal { _ = try forge.decodeWebhook(request) } == example.code)
  }

  @Test("a body that was changed by one bit is refused")
  func changed() async {
    var body = WebhookExamples.push.bytes()
    let signature = WebhookExamples.signature(of: body)
    body[body.count / 2] ^= 1
    let headers: HTTPHeaders = [
      "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": "1",
      "X-Hub-Signature-256": signature,
    ]
    let request = WebhookRequest(headers: headers, body: body)
    #expect(await refusal { _ = try WebhookExamples.forge().decodeWebhook(request) } == .badSignature)
  }
}
