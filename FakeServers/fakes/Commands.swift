import Platform

private let portOption = Command.Option(
  "port", value: "N", "Port on 127.0.0.1; a free one is taken when it is 0 or not given.")

private let githubOptions = [
  Command.Option("app-id", value: "ID", "The App's id (4711)."),
  Command.Option(
    "private-key", value: "FILE",
    "The App's RSA key as PEM; where no such file is, a new key is written there."),
  Command.Option(
    "repo", value: "OWNER/NAME[=PATH]",
    "A repository, repeatable: the git repository at PATH, else a new one with a mise.toml (demo/app)."),
  Command.Option("tag", value: "TAG", "A release with this tag in each repository, repeatable."),
  Command.Option(
    "webhook-url", value: "URL", "Where events are posted (http://127.0.0.1:8080/webhooks/github)."),
  Command.Option("webhook-secret", value: "SECRET", "What they are signed with; a random one by default."),
  Command.Option(
    "advance-runs", value: "MS",
    "Pushes make workflow runs, and runs take a step every MS milliseconds, to a good end; else /_fake/ lets them."
  ),
]

let fakesCommand = Command(
  "fakes", "Serves stand-ins for the services that a matriz talks to, for experiments on this machine.",
  subcommands: [
    Command("all", "GitHub and Nomad, on N and N+1.", options: [portOption] + githubOptions),
    Command(
      "github", "GitHub: App, git, statuses, checks, releases, webhooks, Actions.",
      discussion: "GET /_fake/ on its port lists what can be seeded and looked at over HTTP.",
      options: [portOption] + githubOptions),
    Command(
      "nomad", "Nomad: jobs, dispatches, allocations that run as processes.",
      discussion: "GET /_fake/ on its port lists what can go wrong on request.", options: [portOption]),
    Command("s3", "Object storage as S3: not built yet.", options: [portOption]),
    Command("gcs", "Object storage as GCS: not built yet.", options: [portOption]),
  ])
