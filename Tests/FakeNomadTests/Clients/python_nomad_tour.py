"""python-nomad against the fake whose address is NOMAD_ADDR: every kind of call that the package has and a CI uses."""

import os
import sys

import nomad
from nomad.api.exceptions import BaseNomadException, URLNotAuthorizedNomadException, URLNotFoundNomadException

api = nomad.Nomad(address=os.environ["NOMAD_ADDR"], token=os.environ["TOKEN"], timeout=30)


def refused(kind, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except kind:
        return True
    raise AssertionError(f"{call} was not refused")


# Nobody gets in without the token.
stranger = nomad.Nomad(address=os.environ["NOMAD_ADDR"], token="another", timeout=30)
refused(URLNotAuthorizedNomadException, stranger.jobs.get_jobs)

# Servers, nodes, regions, namespaces.
assert api.status.leader.get_leader()
assert api.status.peers.get_peers()
assert api.agent.get_agent()["member"]["Status"] == "alive"
assert api.agent.get_members()["Members"]
assert api.regions.get_regions() == ["global"]
node = api.nodes.get_nodes()[0]
assert api.node.get_node(node["ID"])["Attributes"]["kernel.name"] == "linux"
assert node["Name"] in api.nodes
api.namespace.create_namespace({"Name": "team", "Description": "ours"})
assert "team" in api.namespaces
api.namespace.delete_namespace("team")
refused(URLNotFoundNomadException, api.namespace.get_namespace, "team")

# A job file becomes a job, which is registered, changed, planned, looked at.
job = api.jobs.parse(sys.stdin.read(), canonicalize=True)
name = job["ID"]
plan = api.job.plan_job(name, {"Job": job}, diff=True)
assert plan["Diff"]["Type"] == "Added"
api.jobs.register_job({"Job": job})
assert name in api.jobs and name in api.job
job["Priority"] = 70
api.job.register_job(name, {"Job": job})
assert [version["Version"] for version in api.job.get_versions(name)["Versions"]] == [1, 0]
assert api.job.get_deployments(name) == []
refused(BaseNomadException, api.job.evaluate_job, name)
refused(BaseNomadException, api.jobs.parse, 'job "a" { colour = 1 }')

# Dispatches, with the news of them.
refused(BaseNomadException, api.job.dispatch_job, name, meta={"token": "t"})
stream, stop, events = api.event.stream.get_stream(index=1, topic={"Allocation": "*"}, timeout=30)
stream.daemon = True
meta = {"callback_url": "http://here", "token": "t", "attempt": "1"}
answer = api.job.dispatch_job(name, meta=meta)
child = answer["DispatchedJobID"]
assert api.job.get_job(child)["ParentID"] == name
assert [listed["ID"] for listed in api.jobs.get_jobs(prefix=child)] == [child]
stream.start()
terminal = None
while terminal is None:
    for event in events.get(timeout=30)["Events"]:
        if event["Topic"] == "Allocation" and event["Payload"]["Allocation"]["ClientStatus"] == "complete":
            terminal = event
stop.set()
allocation = api.job.get_allocations(child)[0]
assert terminal["Key"] == allocation["ID"] and child in terminal["FilterKeys"]
assert allocation["ID"] in api.allocation and len(api.allocations) == 1
assert api.allocation.get_allocation(allocation["ID"])["TaskStates"]["run"]["Failed"] is False
evaluation = api.job.get_evaluations(child)[0]
assert evaluation["ID"] == answer["EvalID"] and evaluation["ID"] in api.evaluations
assert api.evaluation.get_evaluation(evaluation["ID"])["Status"] == "complete"
assert api.evaluation.get_allocations(evaluation["ID"])[0]["ID"] == allocation["ID"]
assert api.node.get_allocations(node["ID"])[0]["ID"] == allocation["ID"]
log = api.client.stream_logs.stream(allocation["ID"], "run", "stdout", plain=True)
assert log.splitlines()[:2] == ["http://here", "1"], log
matches = api.search.search(name, "jobs")["Matches"]["jobs"]
assert matches == [name, child], matches

# An end.
assert api.job.get_summary(name)["Children"]["Dead"] == 1
api.node.eligible_node(node["ID"], ineligible=True)
assert api.node.get_node(node["ID"])["SchedulingEligibility"] == "ineligible"
waiting = api.job.dispatch_job(name, meta=meta)["DispatchedJobID"]
assert api.job.get_job(waiting)["Status"] == "pending"
api.job.deregister_job(waiting)
assert api.job.get_job(waiting)["Status"] == "dead"
api.system.initiate_garbage_collection()
api.system.reconcile_summaries()
refused(URLNotFoundNomadException, api.job.get_job, waiting)
api.job.deregister_job(name, purge=True)
refused(URLNotFoundNomadException, api.job.get_job, name)
print("done")
