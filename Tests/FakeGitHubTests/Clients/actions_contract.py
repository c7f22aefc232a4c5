"""Every operation of GitHub Actions in GitHub's description and every event of it, against their schemas, which lie in
the folder MISE_CI_CONTRACT_DATA."""

import json
import os
import re
import urllib.error
import urllib.request

import fake
import jsonschema
from fake import same

DATA = os.environ["MISE_CI_CONTRACT_DATA"]
with open(f"{DATA}/github/openapi-subset.json") as file:
    DESCRIPTION = json.load(file)
with open(f"{DATA}/webhooks/schemas.json") as file:
    EVENTS = json.load(file)
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
PATHS = {
    path: re.compile(re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(path)) + "$")
    for path in DESCRIPTION["paths"]
    if "/actions/" in path
}
asked = set()
addresses = {}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirects())


def collect(value, name=""):
    """The addresses of the fake itself in an answer, with the members that they are in."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key not in ("repository", "head_repository", "actor", "triggering_actor"):
                collect(member, key)
    elif isinstance(value, list):
        for item in value:
            collect(item, name)
    elif isinstance(value, str) and value.startswith(fake.WEB):
        addresses.setdefault(value, name)


def ask(method, path, body=None, status=200):
    """Asks as the user, checks status and answer against the description, and gives the answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {fake.USER_TOKEN}"}
    request = urllib.request.Request(f"{fake.API}/repos/octo/act{path}", data, headers, method=method)
    try:
        answer = OPENER.open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    text = answer.read()
    what = f"{method} {path} -> {answer.status}"
    assert answer.status == status, f"{what} {text[:500]}"
    template = next(name for name, pattern in PATHS.items() if pattern.match(f"/repos/octo/act{path.split('?')[0]}"))
    asked.add((method, template))
    described = DESCRIPTION["paths"][template][method.lower()]["responses"]
    # The description is older than the answer that names a dispatch's run, and does not list every refusal.
    content = described.get(str(status), {}).get("content", {}).get("application/json")
    if not content:
        return text
    value = json.loads(text)
    collect(value)
    schema = {**content["schema"], "components": DESCRIPTION["components"]}
    for error in jsonschema.Draft202012Validator(schema, format_checker=FORMATS).iter_errors(value):
        raise AssertionError(f"{what}: {error.json_path}: {error.message[:300]}")
    return value


CI = """
name: CI
on: {workflow_dispatch: {}}
jobs:
  a: {runs-on: ubuntu-latest, steps: [{run: make}]}
  b: {needs: a, runs-on: ubuntu-latest, steps: [{run: make b}]}
"""
fake.repository("octo/act")
fake.control("/repos/octo/act/commits", {"files": {".github/workflows/ci.yml": CI}})
workflow = ask("GET", "/actions/workflows")["workflows"][0]["id"]
ask("GET", f"/actions/workflows/{workflow}")
ask("GET", "/actions/workflows/none.yml", status=404)
dispatches = f"/actions/workflows/{workflow}/dispatches"
ask("POST", dispatches, {"ref": "main"}, 204)
ask("POST", dispatches, {"ref": "none"}, 422)
ask("POST", dispatches, {}, 422)
run = ask("GET", f"/actions/workflows/{workflow}/runs")["workflow_runs"][0]["id"]
control = f"/repos/octo/act/actions/runs/{run}"


def look():
    """Everything that shows a run, as it is at the moment."""
    ask("GET", "/actions/runs?per_page=1")
    ask("GET", f"/actions/runs/{run}")
    for job in ask("GET", f"/actions/runs/{run}/jobs?filter=all")["jobs"]:
        ask("GET", f"/actions/jobs/{job['id']}")
    return job["id"]


for verb, body in [
    ("hold", {"status": "requested"}), ("hold", {"status": "pending"}), ("hold", {"status": "waiting"}),
    ("hold", {"status": "queued"}), ("start", {}), ("jobs/step", {"job": "a", "lines": ["1"]}),
    ("jobs/complete", {"job": "a"}), ("jobs/start", {"job": "b"}), ("jobs/complete", {"job": "b", "conclusion": "failure"}),
]:
    fake.control(f"{control}/{verb}", body)
    job = look()
fake.control(f"{control}/artifacts", {"name": "x", "files": {"a": "1"}})
artifact = ask("GET", f"/actions/runs/{run}/artifacts")["artifacts"][0]["id"]
ask("GET", f"/actions/artifacts/{artifact}")
ask("GET", f"/actions/artifacts/{artifact}/zip", status=302)
ask("GET", f"/actions/runs/{run}/logs", status=302)
ask("GET", f"/actions/jobs/{job}/logs", status=302)

# Every address leads somewhere, but those that are for POST.
for url, name in sorted(addresses.items()):
    if name not in ("cancel_url", "rerun_url"):
        headers = {"Authorization": f"Bearer {fake.USER_TOKEN}"}
        try:
            found = OPENER.open(urllib.request.Request(url, headers=headers), timeout=60).status
        except urllib.error.HTTPError as error:
            found = error.status
        assert found in (200, 302), f"{name}: GET {url} -> {found}"

for end in ["neutral", "cancelled", "skipped", "timed_out", "action_required", "stale"]:
    fake.control(f"{control}/rerun", {})
    fake.control(f"{control}/complete", {"conclusion": end})
    same(ask("GET", f"/actions/runs/{run}")["conclusion"], end)
fake.control(f"{control}/rerun", {})
ask("POST", f"/actions/runs/{run}/cancel", {}, 202)
ask("POST", f"/actions/runs/{run}/cancel", {}, 409)
every = {
    (method.upper(), path)
    for path, methods in DESCRIPTION["paths"].items()
    for method in methods
    if "/actions/" in path and method in ("get", "post", "put", "patch", "delete")
}
same(every - asked, set())

seen = set()
for delivery in fake.control("/deliveries"):
    name = f"{delivery['event']}${delivery['action'] or 'event'}"
    if not name.startswith("workflow_"):
        continue
    seen.add(name)
    schema = {**EVENTS["events"][name], "$defs": EVENTS["$defs"]}
    payload = delivery["request"]["payload"]
    for error in jsonschema.Draft7Validator(schema, format_checker=FORMATS).iter_errors(payload):
        raise AssertionError(f"{name}: {error.json_path}: {error.message[:300]}")
jobs = {f"workflow_job${each}" for each in ["queued", "waiting", "in_progress", "completed"]}
same(seen, jobs | {f"workflow_run${each}" for each in ["requested", "in_progress", "completed"]})
