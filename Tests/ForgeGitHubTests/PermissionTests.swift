import FakeGitHub
import Forge
import ForgeGitHub
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct PermissionTests {
  @Test(
    "who may write is known",
    arguments: [
      (FakeRepository.Permission?.none, false), (.read, false), (.write, true), (.admin, true),
    ])
  func mayWrite(permission: FakeRepository.Permission?, mayWrite: Bool) async throws {
    try await withForge { harness in
      if let permission { try harness.repository.addCollaborator("ann", permission) }
      #expect(try await harness.forge.mayWrite(to: "acme/widgets", user: "ann") == mayWrite)
    }
  }

  @Test("an outage is not a no")
  func outage() async throws {
    try await withForge { harness in
      harness.github.plan(.respond(status: 503), pathPrefix: "/repos/acme/widgets/collaborators", times: 10)
      await #expect { _ = try await harness.forge.mayWrite(to: "acme/widgets", user: "alice") } throws: {
        ($0 as? ForgeError)?.code == .unavailable
      }
    }
  }
}
