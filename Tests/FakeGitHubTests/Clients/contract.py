"""Every operation of GitHub's description (but those of Actions), each answer checked against its schema; every webhook
against its own; and every address in an answer followed. The folder with the schemas is MISE_CI_CONTRACT_DATA."""

import json
import os
import re
import time
import urllib.error
import urllib.request

import fake
import jsonschema
import jwt

DATA = os.environ["MISE_CI_CONTRACT_DATA"]
with open(f"{DATA}/github/openapi-subset.json") as file:
    DESCRIPTION = json.load(file)
with open(f"{DATA}/webhooks/schemas.json") as file:
    EVENTS = json.load(file)
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
PATHS = {
    path: re.compile(re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(path)) + "$")
    for path in DESCRIPTION["paths"]
    if "/actions/" not in path
}
# A ref may have slashes, an asset's upload has another host.
PATHS["/repos/{owner}/{repo}/commits/{ref}"] = re.compile(r"/repos/[^/]+/[^/]+/commits/[^/]+$")
EVERYWHERE = ["Date", "X-GitHub-Request-Id", "X-GitHub-Media-Type", "X-RateLimit-Limit", "X-RateLimit-Remaining"]
EVERYWHERE += ["X-RateLimit-Used", "X-RateLimit-Reset", "X-RateLimit-Resource", "X-GitHub-Api-Version-Selected"]
# Members that GitHub sends since the schemas of the events were written.
NEWER = re.compile(r"'(digest|immutable|updated_at|verified_at)'")
asked = set()
addresses = {}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirects())


def send(method, url, token=None, data=None, **headers):
    request = urllib.request.Request(url, data, {"User-Agent": "contract", **headers}, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with OPENER.open(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def check(value, schema, what):
    whole = {**schema, "components": DESCRIPTION["components"]}
    errors = jsonschema.Draft202012Validator(whole, format_checker=FORMATS).iter_errors(value)
    for error in errors:
        raise AssertionError(f"{what}: {error.json_path}: {error.message[:300]}")


def collect(value, key=""):
    """The addresses of the fake itself in an answer, with the members that they are in."""
    if isinstance(value, dict):
        for name, member in value.items():
            collect(member, name)
    elif isinstance(value, list):
        for item in value:
            collect(item, key)
    elif isinstance(value, str) and value.startswith(fake.WEB) and "{" not in value:
        addresses.setdefault(value, key)


def ask(method, path, token=None, body=None, status=None, data=None, base=fake.API, **headers):
    """Asks, checks the answer, and gives it."""
    encoded = data if body is None else json.dumps(body).encode()
    found, fields, text = send(method, base + path, token, encoded, **headers)
    what = f"{method} {path} -> {found}"
    assert found == (status or 200), f"{what} {text[:500]}"
    template = next((name for name, pattern in PATHS.items() if pattern.match(path.split("?")[0])), None)
    assert template and method.lower() in DESCRIPTION["paths"][template], f"{what}: no such operation"
    responses = DESCRIPTION["paths"][template][method.lower()]["responses"]
    assert str(found) in responses, f"{what}: not a described status"
    for name in EVERYWHERE:
        assert fields[name], f"{what}: {name} is missing"
    if found >= 400:
        error = json.loads(text)
        assert error["message"] and error["documentation_url"].startswith("https://docs.github.com/rest"), what
        assert error["status"] == str(found), what
    else:
        asked.add((method, template))
    content = responses[str(found)].get("content", {}).get("application/json")
    if content and text:
        assert fields["Content-Type"] == "application/json; charset=utf-8", f"{what}: {fields['Content-Type']}"
        value = json.loads(text)
        check(value, content["schema"], what)
        collect(value)
        return value
    return text


# What there is: branches, a tag, two pull requests (one of a fork), all with events.
sha = fake.repository("octo/pact")
other = fake.control("/repos/octo/pact/commits", {"files": {"b": "1"}, "branch": "topic"})["sha"]
fake.control("/repos/octo/pact/pulls", {"head": "topic"})
fake.control("/repos/octo/pact/forks", {"owner": "visitor"})
fake.control("/repos/visitor/pact/commits", {"files": {"c": "1"}, "branch": "idea"})
fake.control("/repos/octo/pact/pulls", {"head": "idea", "fork": "visitor/pact", "author": "visitor"})
fake.control("/repos/octo/pact/commits", {"files": {"b": "2"}, "branch": "topic"})
fake.control("/repos/octo/pact/pulls/1/synchronize", {})
fake.control("/repos/octo/pact/tags", {"name": "v1", "message": "One"})

REPO = "/repos/octo/pact"
NONE = "1" * 40
now = int(time.time())
app = jwt.encode({"iss": str(fake.APP["id"]), "iat": now - 60, "exp": now + 500}, fake.APP["privateKey"], "RS256")
ask("GET", "/app", app)
ask("GET", "/app", "nonsense", status=401)
installation = ask("GET", f"{REPO}/installation", app)["id"]
ask("GET", "/repos/octo/none/installation", app, status=404)
ask("GET", "/app/installations", app)
ask("GET", f"/app/installations/{installation}", app)
ask("GET", "/app/installations/1", app, status=404)
tokens = f"/app/installations/{installation}/access_tokens"
token = ask("POST", tokens, app, {}, 201)["token"]
narrow = ask("POST", tokens, app, {"repositories": ["pact"], "permissions": {"contents": "read"}}, 201)["token"]
ask("POST", tokens, app, {"repositories": ["none"]}, 422)
ask("GET", "/installation/repositories", token)
ask("GET", "/rate_limit", token)
ask("GET", REPO, token)
ask("GET", REPO, status=404)
ask("GET", "/repos/octo/none", token, status=404)

ask("GET", f"{REPO}/commits/main", token)
ask("GET", f"{REPO}/commits/none", token, status=422)
for state in ["pending", "success", "failure", "error"]:
    status = {"state": state, "context": f"c/{state}", "target_url": "https://ci.example/1", "description": "d"}
    ask("POST", f"{REPO}/statuses/{sha}", token, status, 201)
ask("POST", f"{REPO}/statuses/{sha}", narrow, {"state": "success"}, 403)
ask("POST", f"{REPO}/statuses/{NONE}", token, {"state": "success"}, 422)
ask("POST", f"{REPO}/statuses/{sha}", token, data=b"{", status=400)
ask("GET", f"{REPO}/commits/{sha}/statuses?per_page=2&page=2", token)
ask("GET", f"{REPO}/commits/main/status", token)

annotation = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}
output = {"title": "t", "summary": "s", "annotations": [annotation]}
button = {"label": "Re-run", "description": "Again", "identifier": "rerun"}
made = {"name": "mise-ci", "head_sha": other, "status": "in_progress", "output": output, "actions": [button]}
run = ask("POST", f"{REPO}/check-runs", token, made, 201)["id"]
ask("POST", f"{REPO}/check-runs", fake.USER_TOKEN, made, 403)
ask("POST", f"{REPO}/check-runs", token, {"name": "x"}, 422)
ask("GET", f"{REPO}/check-runs/{run}", token)
ask("PATCH", f"{REPO}/check-runs/{run}", token, {"conclusion": "failure"})
ask("PATCH", f"{REPO}/check-runs/1", token, {"conclusion": "failure"}, 404)
ask("GET", f"{REPO}/commits/topic/check-runs?filter=all", token)
fake.control(f"{REPO}/check-runs/{run}/rerun", {})
fake.control(f"{REPO}/check-runs/{run}/press", {"action": "rerun"})
fake.control(f"{REPO}/checks/rerun", {"sha": other})

fake.control(f"{REPO}/releases", {"tag": "v1"})
release = ask("GET", f"{REPO}/releases", token)[0]
ask("GET", f"{REPO}/releases/tags/v1", token)
ask("GET", f"{REPO}/releases/tags/none", token, status=404)
ask("GET", f"{REPO}/releases/{release['id']}", token)
upload = release["upload_url"].split("{")[0].removeprefix(f"{fake.WEB}/api/uploads")
binary = {"Content-Type": "application/octet-stream"}
uploads = f"{fake.WEB}/api/uploads"
asset = ask("POST", f"{upload}?name=a.bin&label=A", token, data=b"abc", status=201, base=uploads, **binary)
ask("POST", f"{upload}?name=a.bin", token, data=b"abc", status=422, base=uploads, **binary)
ask("GET", f"{REPO}/releases/{release['id']}/assets", token)
assert ask("GET", f"{REPO}/releases/{release['id']}", token)["assets"][0]["id"] == asset["id"]
ask("GET", f"{REPO}/releases/assets/{asset['id']}", token)
ask("GET", f"{REPO}/pulls/1", token)
ask("GET", f"{REPO}/pulls/2", token)
ask("GET", f"{REPO}/pulls/3", token, status=404)

# What is read again is known by its tag, and costs nothing.
first = send("GET", f"{fake.API}{REPO}/pulls/1", token)
again = send("GET", f"{fake.API}{REPO}/pulls/1", token, **{"If-None-Match": first[1]["ETag"]})
assert (again[0], again[2]) == (304, b""), again
assert again[1]["X-RateLimit-Remaining"] == first[1]["X-RateLimit-Remaining"]
assert send("HEAD", f"{fake.API}{REPO}", token)[::2] == (200, b"")

# Every address leads somewhere, but those that GitHub answers 404 or 405 to as well.
nowhere = {"access_tokens_url", "clone_url", "downloads_url", "git_url", "merges_url", "repositories_url", "subscription_url"}
for url, member in sorted(addresses.items()):
    if member not in nowhere:
        found = send("GET", url, fake.USER_TOKEN)[0]
        assert found in (200, 302), f"{member}: GET {url} -> {found}"

ask("DELETE", f"{REPO}/releases/assets/{asset['id']}", token, status=204)
ask("DELETE", "/installation/token", narrow, status=204)
ask("GET", REPO, narrow, status=401)
missing = {
    (method.upper(), path)
    for path, methods in DESCRIPTION["paths"].items()
    for method in methods
    if "/actions/" not in path and method in ("get", "post", "put", "patch", "delete")
} - asked
assert not missing, missing

# The rest of the events.
fake.control(f"{REPO}/pulls/1/close", {})
fake.control(f"{REPO}/deletions", {"ref": "heads/topic"})
fake.control(f"{REPO}/installed", {"installed": False})
fake.control(f"{REPO}/installed", {"installed": True})
fake.control("/installations/octo/suspend", {})
fake.control("/installations/octo/resume", {})
fake.control(f"{REPO}/move", {"to": "octo/deal"})
# The schema knows of a user's repositories only; an organization's names the organization.
fake.control("/repos/visitor/pact/installed", {"installed": True})
fake.control("/installations/octet/create", {"repositories": []})
fake.control("/repos/visitor/pact/move", {"to": "octet/pact"})
fake.control("/installations/octo/delete", {})
fake.control("/installations/octo/create", {"repositories": []})
fake.control("/deliver", {"event": "ping"})
seen = set()
for delivery in fake.control("/deliveries"):
    event, payload = delivery["event"], delivery["request"]["payload"]
    name = f"{event}${delivery['action'] or 'event'}"
    seen.add(name)
    schema = {**EVENTS["events"][name], "$defs": EVENTS["$defs"]}
    for error in jsonschema.Draft7Validator(schema, format_checker=FORMATS).iter_errors(payload):
        if error.validator == "additionalProperties" and not re.search(r"'\w+'", NEWER.sub("", error.message)):
            continue
        raise AssertionError(f"{name}: {error.json_path}: {error.message[:300]}")
expected = """
check_run$completed check_run$created check_run$requested_action check_run$rerequested check_suite$completed
check_suite$requested check_suite$rerequested create$event delete$event installation$created installation$deleted
installation$suspend installation$unsuspend installation_repositories$added installation_repositories$removed
ping$event pull_request$closed pull_request$opened pull_request$synchronize push$event release$created
release$published release$released repository$renamed repository$transferred status$event
""".split()
assert seen == set(expected), seen ^ set(expected)
