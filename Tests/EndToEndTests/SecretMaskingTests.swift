import Configuration
import Crypto
import FakeGitHub
import HTTP
import TestSupport
import Testing

/// Secrets in the output of jobs.
@Suite(.fewAtOnce) struct SecretMaskingTests {
  @Test func `Configured secrets are in the environment and nowhere in the log`() async throws {
    let secret = "s3cr3t/with+signs"
    let key = "first line of it\nsecond line of it"
    try await withMatriz {
      $0.secrets = ["DEPLOY_TOKEN": Secret(secret), "DEPLOY_KEY": Secret(key), "PIN": Secret("123")]
    } _: { stage, site in
      let script = """
        exec >&2
        [ "$DEPLOY_TOKEN" = '\(secret)' ] && echo it is there
        echo "plain <$DEPLOY_TOKEN>"
        printf '%s' "${DEPLOY_TOKEN%signs}"; echo signs
        echo "encoded <$(printf '%s' "user:$DEPLOY_TOKEN" | base64)>"
        echo "$DEPLOY_KEY"
        echo "::add-mask::made up here"
        echo "later <made up here>"
        echo "short <$PIN>"
        echo end
        """
      let pushed = try await stage.push(task: script)
      #expect(try await stage.end(of: pushed).state == .success)
      let log = try await site.log(of: pushed.run).text
      for line in [
        "it is there\n", "plain <***>\n", "***\n", "encoded <", "later <***>\n", "short <123>\n", "end\n",
      ] {
        #expect(log.contains(line), "\(line): \(log)")
      }
      let encoded = Base64.encode(Array("user:\(secret)".utf8))
      for shown in [secret, "first line", "second line", "made up", String(encoded.dropFirst(8).prefix(12))] {
        #expect(!log.contains(shown), "\(shown): \(log)")
      }
      #expect(log.contains("PIN") && log.contains("[mise-ci: "), "\(log)")
      let page = try await site.get("/runs/\(pushed.run)").text
      #expect(!page.contains(secret))
    }
  }
}
