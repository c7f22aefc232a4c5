/// What `GET /_fake/` answers.
let controlPage = """
  Fake GitHub. The API is under /api/v3 and at the root, uploads under /api/uploads, git under /{owner}/{repo}.git.
  The paths below are the fake's own: they take and give JSON, and want no credentials.

  POST /_fake/repositories                       {"name": "o/r", "path": null, "private": true, "installed": true, "defaultBranch": "main"}
  POST /_fake/repos/{o}/{r}/forks                {"owner": "someone"}
  POST /_fake/repos/{o}/{r}/commits              {"files": {"a.txt": "text", "run.sh": {"text": "...", "executable": true}, "b": {"base64": "..."}},
                                                  "removing": [], "message": "...", "branch": "main", "author": "alice"}   commits, delivers push
  POST /_fake/repos/{o}/{r}/tags                 {"name": "v1", "sha": null, "message": null}                             tags, delivers push
  POST /_fake/repos/{o}/{r}/releases             {"tag": "v1", "name": null, "target": null, "draft": false}              delivers release published
  POST /_fake/repos/{o}/{r}/pulls                {"head": "branch", "base": null, "title": null, "fork": "o/r", "author": null}   delivers opened
  POST /_fake/repos/{o}/{r}/pulls/{n}/synchronize                                                                         delivers synchronize
  POST /_fake/repos/{o}/{r}/check-runs/{id}/rerun                                                                         presses "Re-run": delivers check_run rerequested
  POST /_fake/repos/{o}/{r}/check-runs/{id}/press   {"action": "identifier", "user": null}                                presses a button: delivers check_run requested_action
  POST /_fake/repos/{o}/{r}/checks/rerun         {"sha": "..."}                                                           presses "Re-run all": delivers check_suite rerequested
  POST /_fake/repos/{o}/{r}/collaborators        {"login": "ann", "permission": "read" | "write" | "admin"}               alice may write, the owner is an admin
  GET  /_fake/repos/{o}/{r}/actions/runs                                                                                  the workflow runs, with jobs and steps
  POST /_fake/repos/{o}/{r}/actions/runs/{id}/start                                                                       starts the jobs that wait for no other
  POST /_fake/repos/{o}/{r}/actions/runs/{id}/hold  {"status": "waiting" | "pending" | "requested" | "queued"}            before it begins
  POST /_fake/repos/{o}/{r}/actions/runs/{id}/complete   {"conclusion": "success"}                                        ends the run with all its jobs
  POST /_fake/repos/{o}/{r}/actions/runs/{id}/rerun {"failed": false}                                                     another attempt
  POST /_fake/repos/{o}/{r}/actions/runs/{id}/jobs/VERB  {"job": "key, name or id"}; VERB is start, log ("lines"), step ("conclusion", "lines": ends
                                                 the step at hand), complete ("conclusion"), annotate ("path", "line", "level", "message", "title")
  POST /_fake/repos/{o}/{r}/actions/runs/{id}/artifacts  {"name": "logs", "files": {"a.txt": "text"}, "expired": false}
  POST /_fake/repos/{o}/{r}/pulls/{n}/close, .../reopen                                                                   delivers closed, reopened
  POST /_fake/repos/{o}/{r}/deletions            {"ref": "heads/x"}                                                       deletes a branch or tag, delivers push
  POST /_fake/repos/{o}/{r}/move                 {"to": "o/other"}                                                        delivers repository renamed, or transferred
  POST /_fake/repos/{o}/{r}/installed            {"installed": false}                                                     delivers installation_repositories
  POST /_fake/installations/{o}/suspend, .../resume, .../delete                                                           delivers installation
  POST /_fake/installations/{o}/create           {"repositories": ["r"]}                                                  delivers installation created
  POST /_fake/webhook                            {"url": "http://...", "secret": "...", "contentType": "json" | "form"}
  POST /_fake/deliver                            {"event": "ping"} | {"id": 7} (again) | {"event": "...", "repository": "o/r", "payload": {}}
  POST /_fake/faults                             {"method": null, "path": "/repos/*/*/statuses/*" or "/repos/o/r/**", "pathPrefix": "/", "times": 1, "skipping": 0}
                                                 and one of "status" (with "headers", "body"), "delayMilliseconds", "cut": "before" | "after",
                                                 "truncateAfterBytes", "trickleBytes" (with "everyMilliseconds"), "abandonUploadAfterBytes",
                                                 "rateLimit": "primary" (with "resetSeconds") | "secondary" (with "retryAfterSeconds");
                                                 or {"seed": 7, "rate": 0.1, "methods": null, "path": "/**"}: the same faults in every run
  DELETE /_fake/faults                           nothing goes wrong any more
  POST /_fake/reset                              forgets repositories, statuses, deliveries, faults, tokens
  GET  /_fake/requests                           what came, and how it was answered
  GET  /_fake/deliveries                         what was delivered, and what the receiver answered
  GET  /_fake/statuses?repo=o/r&sha=             the commit statuses
  GET  /_fake/check-runs?repo=o/r&sha=           the check runs
  GET  /_fake/app                                the App's ids and private key, and the user's token

  """
