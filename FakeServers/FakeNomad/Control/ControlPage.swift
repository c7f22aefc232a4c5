/// What `GET /_fake/` tells.
let controlPage = """
  A stand-in for Nomad. Its API is under /v1/; here it is seeded and looked at. Bodies are JSON; an answer without
  anything to tell is {}; a refusal is a problem document that says what is wrong.

    GET  /_fake/requests            the requests to /v1/ that came, oldest first:
                                      method, path, query, headers, body, status (null when the connection was cut)

    POST /_fake/faults              what goes wrong with coming requests:
                                      "method" (any), "pathPrefix" ("/"), "skipping" (0), "times" (1), and one of
                                      "status": 503, "body": "..."  this answer; nothing is done
                                      "delayMilliseconds": 500      carried out, and answered later
                                      "cut": "before"               no answer; nothing is done
                                      "cut": "after"                no answer; carried out
                                      "cut": "body"                 carried out, and half an answer
    DELETE /_fake/faults            drops those that are still planned

    POST /_fake/leader              {"elected": false}: 500 "No cluster leader" until {"elected": true};
                                      status and ?stale queries are answered
    POST /_fake/restart             {"downSeconds": 2}: nobody listens meanwhile; everything is kept, tasks run on

    GET  /_fake/nodes               the nodes, as /v1/nodes tells them
    POST /_fake/nodes               {"eligible": false}: nothing is placed, and evaluations say that no node was
                                      eligible; {"down": true}: what runs is lost, and placed anew where there is room;
                                      "id" names one node, else all are meant
    POST /_fake/allocations/{id}    {"status": "lost" | "failed" | "complete", "description": "..."}:
                                      kills what runs of it; it is not replaced

    POST /_fake/images              {"image": "a:1", "pullFailure": "text"} or
                                      {"image": "a:1", "outcome": "outOfMemory" | "run"}: what becomes of docker tasks
    POST /_fake/reset               kills all tasks; forgets jobs, allocations, logs, faults, requests

  """
