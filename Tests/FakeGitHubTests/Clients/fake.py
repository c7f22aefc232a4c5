"""The fake as the scripts here reach it: seeded over /_fake/, its address in FAKE_GITHUB_URL."""

import json
import os
import urllib.request

WEB = os.environ["FAKE_GITHUB_URL"]
API = WEB + "/api/v3"


def control(path, body=None):
    """Asks /_fake/: GET without a body, else POST."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{WEB}/_fake{path}", data), timeout=60) as answer:
        return json.load(answer)


def repository(name, **options):
    """A repository with a few commits on main; gives the sha of the last one."""
    control("/repositories", {"name": name, **options})
    for number in range(3):
        sha = control(
            f"/repos/{name}/commits",
            {"files": {"README.md": f"# {number}\n", f"src/{number}.txt": "text\n"}, "message": f"Change {number}"},
        )["sha"]
    return sha


APP = control("/app")
USER_TOKEN = APP["personalAccessToken"]


def same(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def refused(error, status, call):
    """Whether a call fails with that status; gives the error."""
    try:
        call()
    except error as refusal:
        same(getattr(refusal, "status", None) or refusal.response.status_code, status)
        return refusal
    raise AssertionError(f"{call} was not refused")
