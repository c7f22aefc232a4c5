"""Every operation of GitHub Actions through githubkit, whose models check each answer against GitHub's own description."""

import fake
from fake import refused, same
from githubkit import AppAuthStrategy, GitHub
from githubkit.exception import RequestFailed
from githubkit.webhooks import parse_obj

CI = """
name: CI
on: {workflow_dispatch: {inputs: {id: {}}}, push: {branches: [main]}}
jobs:
  a: {runs-on: ubuntu-latest, steps: [{run: make}]}
  b: {runs-on: [self-hosted, big], steps: [{run: make b}]}
"""
fake.repository("octo/act")
fake.control("/repos/octo/act/commits", {"files": {".github/workflows/ci.yml": CI}})
OCTO = ("octo", "act")
plain = {"base_url": fake.API, "auto_retry": False, "http_cache": False}
identity = AppAuthStrategy(fake.APP["id"], fake.APP["privateKey"])
app = GitHub(identity, **plain)
installation = app.rest.apps.get_repo_installation(*OCTO).parsed_data.id
bot = GitHub(identity.as_installation(installation), **plain)
actions = bot.rest.actions

workflow = actions.list_repo_workflows(*OCTO).parsed_data.workflows[0]
same(actions.get_workflow(*OCTO, workflow.id).parsed_data.name, "CI")
same(actions.get_workflow(*OCTO, "ci.yml").parsed_data.id, workflow.id)
same(actions.disable_workflow(*OCTO, workflow.id).status_code, 204)
same(actions.enable_workflow(*OCTO, "ci.yml").status_code, 204)
refused(RequestFailed, 422, lambda: actions.create_workflow_dispatch(*OCTO, "ci.yml", ref="none"))
for _ in range(9):
    assert actions.create_workflow_dispatch(*OCTO, "ci.yml", ref="main", inputs={"id": "1"}).status_code in (200, 204)
runs = actions.list_workflow_runs(*OCTO, "ci.yml").parsed_data.workflow_runs
same(len(runs), 9)
same(actions.list_workflow_runs_for_repo(*OCTO, event="workflow_dispatch", status="queued").parsed_data.total_count, 9)

# Each end, in the words of GitHub's description.
ends = ["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale", "startup_failure"]
for run, end in zip(runs, ends):
    control = f"/repos/octo/act/actions/runs/{run.id}"
    if end == "failure":
        fake.control(f"{control}/hold", {"status": "waiting"})
        same(actions.get_workflow_run(*OCTO, run.id).parsed_data.status, "waiting")
        actions.list_jobs_for_workflow_run(*OCTO, run.id).parsed_data
        fake.control(f"{control}/jobs/log", {"job": "a", "lines": ["making"]})
        actions.list_jobs_for_workflow_run(*OCTO, run.id).parsed_data
    fake.control(f"{control}/complete", {"conclusion": end})
    shown = actions.get_workflow_run(*OCTO, run.id).parsed_data
    same((shown.status, shown.conclusion), ("completed", end))
    same(actions.list_workflow_runs_for_repo(*OCTO, status=end).parsed_data.total_count, 1)
    jobs = actions.list_jobs_for_workflow_run(*OCTO, run.id).parsed_data
    assert all(each.status == "completed" for each in jobs.jobs)

run = runs[1]
job = actions.list_jobs_for_workflow_run(*OCTO, run.id, filter_="all").parsed_data.jobs[0]
same(actions.get_job_for_workflow_run(*OCTO, job.id).parsed_data.name, "a")
assert b"making" in actions.download_job_logs_for_workflow_run(*OCTO, job.id).content
same(actions.download_workflow_run_logs(*OCTO, run.id).content[:2], b"PK")
same(actions.download_workflow_run_attempt_logs(*OCTO, run.id, 1).content[:2], b"PK")
fake.control(f"/repos/octo/act/actions/runs/{run.id}/artifacts", {"name": "x", "files": {"a": "1"}})
fake.control(f"/repos/octo/act/actions/runs/{run.id}/artifacts", {"name": "y", "files": {"a": "1"}, "expired": True})
late, artifact = actions.list_workflow_run_artifacts(*OCTO, run.id).parsed_data.artifacts
same((artifact.name, late.expired), ("x", True))
same(actions.list_artifacts_for_repo(*OCTO, name="x").parsed_data.total_count, 1)
same(actions.get_artifact(*OCTO, artifact.id).parsed_data.size_in_bytes, artifact.size_in_bytes)
same(actions.download_artifact(*OCTO, artifact.id, "zip").content[:2], b"PK")
refused(RequestFailed, 410, lambda: actions.download_artifact(*OCTO, late.id, "zip"))
same(actions.delete_artifact(*OCTO, artifact.id).status_code, 204)
refused(RequestFailed, 409, lambda: actions.cancel_workflow_run(*OCTO, run.id))
same(actions.re_run_workflow_failed_jobs(*OCTO, run.id).status_code, 201)
refused(RequestFailed, 403, lambda: actions.re_run_workflow(*OCTO, run.id))
same(actions.get_workflow_run_attempt(*OCTO, run.id, 1).parsed_data.conclusion, "failure")
same(actions.list_jobs_for_workflow_run_attempt(*OCTO, run.id, 2).parsed_data.total_count, 2)
same(actions.cancel_workflow_run(*OCTO, run.id).status_code, 202)
same(actions.re_run_workflow(*OCTO, run.id).status_code, 201)
same(actions.force_cancel_workflow_run(*OCTO, run.id).status_code, 202)
again = actions.list_jobs_for_workflow_run(*OCTO, run.id).parsed_data.jobs[1]
same(actions.re_run_job_for_workflow_run(*OCTO, again.id).status_code, 201)
fake.control(f"/repos/octo/act/actions/runs/{run.id}/complete", {})
same(actions.delete_workflow_run_logs(*OCTO, run.id).status_code, 204)
refused(RequestFailed, 410, lambda: actions.download_workflow_run_logs(*OCTO, run.id))
same(actions.delete_workflow_run(*OCTO, run.id).status_code, 204)

# What was delivered has the form that GitHub describes. Its description knows no `startup_failure` of a run.
seen = set()
for delivery in fake.control("/deliveries"):
    payload = delivery["request"]["payload"]
    if delivery["event"].startswith("workflow_") and payload.get("workflow_run", {}).get("conclusion") != "startup_failure":
        parse_obj(delivery["event"], payload)
        seen.add((delivery["event"], payload["action"]))
same(
    seen,
    {("workflow_job", each) for each in ["queued", "waiting", "in_progress", "completed"]}
    | {("workflow_run", each) for each in ["requested", "in_progress", "completed"]},
)
