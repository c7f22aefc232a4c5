"""What an App, and a user, do with PyGithub."""

import tempfile

import fake
from fake import refused, same
from github import Auth, Github, GithubException, GithubIntegration, UnknownObjectException

sha = fake.repository("octo/tour")
auth = Auth.AppAuth(fake.APP["id"], fake.APP["privateKey"])
integration = GithubIntegration(auth=auth, base_url=fake.API, seconds_between_requests=0, seconds_between_writes=0)
same(integration.get_app().slug, "mise-ci")
installation = integration.get_repo_installation("octo", "tour")
same(installation.id, integration.get_org_installation("octo").id)
assert installation.id in [each.id for each in integration.get_installations()]
same([each.full_name for each in installation.get_repos()], ["octo/tour"])
token = integration.get_access_token(installation.id, permissions={"contents": "read"})
same(token.permissions, {"contents": "read", "metadata": "read"})

quick = {"base_url": fake.API, "seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None}
app = Github(auth=auth.get_installation_auth(installation.id), **quick)
repo = app.get_repo("octo/tour")
same(repo.default_branch, "main")
same(app.get_repo(repo.id).full_name, "octo/tour")

# Statuses.
commit = repo.get_commit(sha)
same(commit.commit.message, "Change 2")
same(sorted(file.filename for file in commit.files), ["README.md", "src/2.txt"])
same((commit.stats.additions, commit.stats.deletions), (2, 1))
for number in range(5):
    commit.create_status("pending", "https://ci.example/1", f"{number}", context=f"c/{number}")
commit.create_status("success", description="done", context="c/0")
same(commit.get_statuses().totalCount, 6)
combined = commit.get_combined_status()
same((combined.state, combined.total_count), ("pending", 5))
app.per_page = 2
same([status.context for status in commit.get_statuses()], ["c/0", "c/4", "c/3", "c/2", "c/1", "c/0"])
same([status.context for status in commit.get_statuses().reversed][0], "c/0")
app.per_page = 30
long = refused(GithubException, 422, lambda: commit.create_status("success", description="x" * 141))
same(long.data["errors"][0]["field"], "description")

# Checks.
note = {"path": "README.md", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m"}
run = repo.create_check_run("mise-ci", sha, status="in_progress", external_id="1/1", details_url="https://ci.example/1")
run.edit(output={"title": "t", "summary": "s", "annotations": [note] * 50})
run.edit(output={"title": "t", "summary": "s", "annotations": [note]})
run.edit(status="completed", conclusion="failure", actions=[{"label": "l", "description": "d", "identifier": "i"}])
same((run.status, run.conclusion, run.output.annotations_count), ("completed", "failure", 51))
same([each.annotation_level for each in run.get_annotations()], ["warning"] * 51)
same([each.id for each in commit.get_check_runs(check_name="mise-ci")], [run.id])
suite = repo.get_check_suite(run.check_suite_id)
same((suite.conclusion, suite.head_branch), ("failure", "main"))
same([each.id for each in suite.get_check_runs()], [run.id])
same([each.id for each in commit.get_check_suites()], [suite.id])
assert suite.rerequest()
same(repo.get_check_run(run.id).app.id, fake.APP["id"])

# Releases and their assets.
release = repo.create_git_release("v1", "One", "The first", target_commitish=sha)
same(repo.get_git_ref("tags/v1").object.sha, sha)
with tempfile.NamedTemporaryFile(suffix=".tar.gz") as file:
    file.write(b"bytes" * 1000)
    file.flush()
    asset = release.upload_asset(file.name, name="app.tar.gz", content_type="application/gzip")
    same((asset.size, asset.state, asset.digest[:7]), (5000, "uploaded", "sha256:"))
    taken = refused(GithubException, 422, lambda: release.upload_asset(file.name, name="app.tar.gz"))
    same(taken.data["errors"][0]["code"], "already_exists")
same([each.name for each in repo.get_release("v1").get_assets()], ["app.tar.gz"])
same(asset.update_asset("b.tar.gz", "label").name, "b.tar.gz")
assert repo.get_release_asset(asset.id).delete_asset()
same(repo.get_latest_release().id, release.id)
same(release.update_release("Two", "text", prerelease=True).name, "Two")
same([each.tag_name for each in repo.get_releases()], ["v1"])
release.delete_release()
refused(UnknownObjectException, 404, lambda: repo.get_release("v1"))

# Contents, refs, comparisons.
same(repo.get_contents("README.md").decoded_content, b"# 2\n")
same(sorted(each.path for each in repo.get_contents("src")), ["src/0.txt", "src/1.txt", "src/2.txt"])
ref = repo.create_git_ref("refs/heads/topic", sha)
made = repo.create_file("new.txt", "Add", "text", branch="topic")
made = repo.update_file("new.txt", "Change", b"other", made["content"].sha, branch="topic")
same(repo.get_contents("new.txt", ref="topic").decoded_content, b"other")
refused(GithubException, 409, lambda: repo.update_file("new.txt", "m", "x", "1" * 40, branch="topic"))
comparison = repo.compare("main", "topic")
same((comparison.status, comparison.ahead_by, comparison.behind_by), ("ahead", 2, 0))
same([each.filename for each in comparison.files], ["new.txt"])
same([branch.name for branch in repo.get_branches()], ["main", "topic"])
same(repo.get_branch("topic").commit.sha, made["commit"].sha)
same([each.name for each in repo.get_tags()], ["v1"])
same(repo.get_commits(sha="topic").totalCount, 5)
same(repo.get_git_tree("topic", recursive=True).tree[-1].path, "src/2.txt")
same(repo.get_git_blob(repo.get_contents("README.md").sha).encoding, "base64")
tag = fake.control("/repos/octo/tour/tags", {"name": "v2", "message": "Two"})
same(repo.get_git_tag(repo.get_git_ref("tags/v2").object.sha).message, "Two\n")
refused(GithubException, 422, lambda: ref.edit(sha, force=False))
refused(GithubException, 422, lambda: repo.create_git_ref("refs/heads/topic", sha))

# Pull requests, by a user: the App may only read them.
refused(GithubException, 403, lambda: repo.create_pull("main", "topic", title="A change"))
person = Github(auth=Auth.Token(fake.USER_TOKEN), **quick)
same(person.get_user().login, "alice")
mine = person.get_repo("octo/tour")
pull = mine.create_pull("main", "topic", title="A change", body="why")
same((pull.commits, pull.changed_files, pull.mergeable, pull.user.login), (2, 1, True, "alice"))
same([file.filename for file in pull.get_files()], ["new.txt"])
same([each.sha for each in pull.get_commits()][-1], made["commit"].sha)
refused(GithubException, 422, lambda: mine.create_pull("main", "topic", title="Again"))
same([each.number for each in mine.get_pulls()], [pull.number])
pull.edit(title="Another title", state="closed")
same([each.title for each in mine.get_pulls(state="closed")], ["Another title"])
refused(GithubException, 403, lambda: mine.create_check_run("mise-ci", sha))
mine.get_contents("new.txt", ref="topic")
mine.delete_file("new.txt", "Remove", mine.get_contents("new.txt", ref="topic").sha, branch="topic")
mine.get_git_ref("heads/topic").delete()
assert "octo/tour" in [each.full_name for each in person.get_user().get_repos()]
same(person.get_organization("octo").login, "octo")
same(person.get_user("alice").type, "User")

# Another name leads to the same repository.
mine.edit(name="trip")
same(app.get_repo("octo/tour").full_name, "octo/trip")

# Limits and tags of what is read.
core = app.get_rate_limit().rate
same(core.limit, 5000)
assert core.remaining < 5000, core.remaining
assert not app.get_repo("octo/trip").update(), "nothing has changed"
same(app.get_rate_limit().rate.remaining, app.rate_limiting[0])
refused(UnknownObjectException, 404, lambda: app.get_repo("octo/none"))
bad = refused(GithubException, 401, lambda: Github(auth=Auth.Token("ghs_none"), **quick).get_repo("octo/trip"))
same(bad.data["message"], "Bad credentials")
