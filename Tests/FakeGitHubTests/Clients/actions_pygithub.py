"""GitHub Actions with PyGithub: a workflow is dispatched, its run watched to its end, what it left behind fetched."""

import io
import urllib.request
import zipfile
from datetime import datetime, timezone

import fake
from fake import refused, same
from github import Auth, Github, GithubException, UnknownObjectException

NAME = "octo/flow"
CI = """
name: CI
run-name: "CI ${{ inputs.id }}"
on:
  workflow_dispatch:
    inputs:
      id: {required: true}
      target: {type: choice, options: [staging, production], default: staging}
jobs:
  build:
    runs-on: ubuntu-latest
    steps: [{name: Compile, run: make}]
  test:
    needs: build
    runs-on: ubuntu-latest
    steps: [{name: Try, run: make test}]
"""
fake.repository(NAME)
sha = fake.control(f"/repos/{NAME}/commits", {"files": {".github/workflows/ci.yml": CI}})["sha"]
quick = {"base_url": fake.API, "seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None}
user = Github(auth=Auth.Token(fake.USER_TOKEN), **quick)
repo = user.get_repo(NAME)

# Workflows and their dispatch.
same([each.name for each in repo.get_workflows()], ["CI"])
workflow = repo.get_workflow("ci.yml")
same((workflow.path, workflow.state), (".github/workflows/ci.yml", "active"))
same(repo.get_workflow(workflow.id).name, "CI")
refused(UnknownObjectException, 404, lambda: repo.get_workflow("none.yml"))
for inputs, text in [
    ({}, "Required input 'id' not provided"),
    ({"id": "1", "no": "x"}, 'Unexpected inputs provided: ["no"]'),
    ({"id": "1", "target": "moon"}, "Provided value 'moon' for input 'target' not in the list of allowed values"),
]:
    refusal = refused(GithubException, 422, lambda: workflow.create_dispatch("main", inputs, throw=True))
    same(refusal.data["message"], text)
refusal = refused(GithubException, 422, lambda: workflow.create_dispatch("nowhere", {"id": "1"}, throw=True))
same(refusal.data["message"], "No ref found for: nowhere")
assert workflow.disable()
refused(GithubException, 422, lambda: workflow.create_dispatch("main", {"id": "1"}, throw=True))
assert workflow.enable()
for number in "12":
    assert workflow.create_dispatch("main", {"id": number})

# Its runs.
same([each.display_title for each in workflow.get_runs()], ["CI 2", "CI 1"])
same(repo.get_workflow_runs(event="push").totalCount, 0)
same(repo.get_workflow_runs(branch="main", status="queued", head_sha=sha, created=">=2020-01-01").totalCount, 2)
user.per_page = 1
same([each.run_number for each in repo.get_workflow_runs()], [2, 1])
user.per_page = 30
run = next(each for each in repo.get_workflow_runs() if each.display_title == "CI 1")
same((run.status, run.conclusion, run.event), ("queued", None, "workflow_dispatch"))
same((run.head_branch, run.head_sha, run.actor.login), ("main", sha, "alice"))
same((run.run_number, run.run_attempt, run.path), (1, 1, ".github/workflows/ci.yml"))
assert abs((datetime.now(timezone.utc) - run.created_at).total_seconds()) < 3600
control = f"/repos/{NAME}/actions/runs/{run.id}"
fake.control(f"{control}/start", {})
fake.control(f"{control}/jobs/step", {"job": "build", "lines": ["set up"]})
run = repo.get_workflow_run(run.id)
same(run.status, "in_progress")
build, test = run.jobs()
same((build.status, test.status, build.runner_name), ("in_progress", "queued", "GitHub Actions 1"))
steps = [("Set up job", "completed"), ("Compile", "in_progress"), ("Complete job", "queued")]
same([(each.name, each.status) for each in build.steps], steps)
fake.control(f"{control}/jobs/annotate", {"job": "build", "path": "a.c", "line": 3, "message": "unused"})
fake.control(f"{control}/jobs/step", {"job": "build", "lines": ["##[error]no"], "conclusion": "failure"})
fake.control(f"{control}/artifacts", {"name": "dist", "files": {"a.txt": "text", "b/c": "more"}})
fake.control(f"{control}/jobs/complete", {"job": "build", "conclusion": "failure"})
run = repo.get_workflow_run(run.id)
same((run.status, run.conclusion), ("completed", "failure"))
same([each.conclusion for each in run.jobs()], ["failure", "skipped"])
note = repo.get_check_run(build.id).get_annotations()[0]
same((note.path, note.start_line, note.annotation_level, note.message), ("a.c", 3, "failure", "unused"))

# Logs and artifacts, behind links that want no credentials.
text = urllib.request.urlopen(build.logs_url()).read().decode("utf-8-sig")
same([line.split(" ", 1)[1] for line in text.splitlines()], ["set up", "##[error]no"])


def archive(url):
    """The archive that an address leads to."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {fake.USER_TOKEN}"})
    found = zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(request).read()))
    same(found.testzip(), None)
    return {each: found.read(each).decode("utf-8-sig") for each in found.namelist()}


logs = archive(run.logs_url)
same(sorted(logs), ["0_build.txt", "build/1_Set up job.txt", "build/2_Compile.txt", "build/system.txt"])
same(logs["0_build.txt"], text)
(artifact,) = run.get_artifacts()
same((artifact.name, artifact.expired, artifact.workflow_run.id), ("dist", False, run.id))
same(archive(artifact.archive_download_url), {"a.txt": "text", "b/c": "more"})
same([each.id for each in repo.get_artifacts(name="dist")], [artifact.id])
assert artifact.delete()
refused(UnknownObjectException, 404, lambda: repo.get_artifact(artifact.id))

# Again, and no more.
assert not run.cancel()
assert run.rerun_failed_jobs()
again = repo.get_workflow_run(run.id)
same((again.run_attempt, again.status), (2, "queued"))
same(again.get_attempt(1).conclusion, "failure")
same(len(list(again.jobs("all"))), 4)
assert again.cancel()
same(repo.get_workflow_run(run.id).conclusion, "cancelled")
assert again.delete()
refused(UnknownObjectException, 404, lambda: repo.get_workflow_run(run.id))

# A newer GitHub names the run that a dispatch made.
made = workflow.create_dispatch("main", {"id": "3"}, throw=True, return_run_details=True)
same(repo.get_workflow_run(made.id).display_title, "CI 3")
