import Platform

/// What git needs to commit on a machine that knows no user, and to read nobody's configuration.
package let isolatedGitEnvironment: [String: String] = [
  "GIT_AUTHOR_NAME": "Test Author", "GIT_AUTHOR_EMAIL": "author@example.test",
  "GIT_COMMITTER_NAME": "Test Committer", "GIT_COMMITTER_EMAIL": "committer@example.test",
  "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
  "LC_ALL": "C", "PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin",
]
