import HTTP
import TestSupport
import Testing

@testable import FakeNomad

@Suite struct JobFileSyntaxTests {
  @Test(
    "what would have to be calculated is refused by its name, with its place",
    arguments: [
      ("priority = 1 + 2", "2,14-15: Unsupported operator; The operator \"+\" is not understood here."),
      ("name = true ? 1 : 2", "2,13-14: Unsupported operator; The operator \"?\" is not understood here."),
      ("name = (1)", "2,8-9: Unsupported operator; The operator \"(\" is not understood here."),
      ("name = !true", "2,8-9: Unsupported operator; The operator \"!\" is not understood here."),
      ("name = \"${a + b}\"", "2,13-14: Unsupported operator; The operator \"+\" is not understood here."),
      (
        "name = \"${a == b ? 1 : 2}\"",
        "2,13-15: Unsupported operator; The operator \"==\" is not understood here."
      ),
      (
        "datacenters = [for d in [\"a\"] : d]",
        "2,16-19: Unsupported expression; \"for\" expressions are not understood here."
      ),
      (
        "datacenters = [\"a\" + \"b\"]",
        "2,20-21: Unsupported operator; The operator \"+\" is not understood here."
      ),
      (
        "name = <<EOF\n${upper(\"x\")}\nEOF\n",
        "3,3-8: Call to unknown function; There is no function named \"upper\"."
      ),
      ("name = \"${var.x}\"", "2,11-14: Unknown variable; There is no variable named \"var\"."),
      (
        "name = \"%{if true}x%{endif}\"",
        "2,9-10: Invalid template directive; Template directives (\"%{\") are not understood here."
      ),
    ])
  func calculations(_ line: String, _ message: String) throws {
    let error = try #require(throws: HCLError.self) {
      try JobDecoder.job(parsing: "job \"a\" {\n\(line)\n}")
    }
    #expect(error.description == "input.hcl:" + message)
  }

  @Test(
    "templates stay as they are written",
    arguments: [
      "${NOMAD_META_x}", "${meta.x} and ${attr.kernel.name}", "${env[\"HOME\"]}", "${node.unique.name}-1 + 2",
      "$${literal}", "a $ b % c { }",
    ])
  func templates(_ text: String) throws {
    let job = try JobDecoder.job(
      parsing: "job \"a\" {\n meta {\n x = \"\(text)\"\n }\n}")
    #expect(job["Meta"]?["x"]?.string == text.replacing("$${", with: "${"))
  }

  @Test(
    "a heredoc keeps its lines, and gives up its common indentation when it is told to",
    arguments: [
      ("<<EOF\n  a\n    b\nEOF", "  a\n    b\n"), ("<<-EOF\n  a\n    b\n  EOF", "a\n  b\n"),
      ("<<EOF\nEOF", ""), ("<<-END\n\tone ${x.y}\n\tEOF\n\tEND", "one ${x.y}\nEOF\n"),
      ("<<EOF\na \\n \"b\"\nEOF", "a \\n \"b\"\n"),
    ])
  func heredocs(_ text: String, _ value: String) throws {
    let job = try JobDecoder.job(parsing: "job \"a\" {\n meta {\n x = \(text)\n }\n}")
    #expect(job["Meta"]?["x"]?.string == value)
  }

  @Test("what a job says of its surroundings is kept in the fields of Nomad's API")
  func surroundings() throws {
    let text = """
      job "a" {
        affinity {
          attribute = "${node.class}"
          value     = "fast"
          weight    = 20
        }
        group "g" {
          network {
            mode = "bridge"
            port "http" { to = 80 }
            port "admin" { static = 9000 }
          }
          volume "cache" {
            type   = "host"
            source = "ci-cache"
          }
          task "t" {
            driver = "docker"
            volume_mount {
              volume      = "cache"
              destination = "/cache"
            }
            template {
              data        = "x"
              destination = "local/x"
            }
            artifact { source = "http://here/x" }
            vault { policies = ["ci"] }
            dispatch_payload { file = "input" }
            resources {
              device "nvidia/gpu" { count = 1 }
            }
          }
        }
      }
      """
    let job = try JobDecoder.job(parsing: text)
    let group = try #require(job["TaskGroups"]?[0])
    let task = try #require(CanonicalJob.fill(job)["TaskGroups"]?[0]?["Tasks"]?[0])
    #expect(job["Affinities"]?[0]?["Weight"] == 20)
    #expect(group["Networks"]?[0]?["DynamicPorts"]?[0]?["Label"] == "http")
    #expect(group["Networks"]?[0]?["ReservedPorts"]?[0]?["Value"] == 9000)
    #expect(group["Volumes"]?["cache"]?["Source"] == "ci-cache")
    #expect(task["VolumeMounts"]?[0]?["Destination"] == "/cache")
    #expect(task["Templates"]?[0]?["EmbeddedTmpl"] == "x")
    #expect(task["Artifacts"]?[0]?["GetterSource"] == "http://here/x")
    #expect(task["Vault"]?["Policies"] == ["ci"])
    #expect(task["DispatchPayload"]?["File"] == "input")
    #expect(task["Resources"]?["Devices"]?[0]?["Name"] == "nvidia/gpu")
  }
}
