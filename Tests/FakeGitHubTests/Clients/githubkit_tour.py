"""Every operation of the fake through githubkit, whose models check each answer against GitHub's own description."""

import base64

import fake
from fake import refused, same
from githubkit import AppAuthStrategy, GitHub, TokenAuthStrategy
from githubkit.exception import RequestFailed
from githubkit.webhooks import parse_obj

sha = fake.repository("octo/kit")
OCTO = ("octo", "kit")
plain = {"base_url": fake.API, "auto_retry": False, "http_cache": False}
identity = AppAuthStrategy(fake.APP["id"], fake.APP["privateKey"])
app = GitHub(identity, **plain)
same(app.rest.apps.get_authenticated().parsed_data.slug, "mise-ci")
installation = app.rest.apps.get_repo_installation(*OCTO).parsed_data.id
same(app.rest.apps.get_org_installation("octo").parsed_data.id, installation)
same(app.rest.apps.get_user_installation("octo").parsed_data.id, installation)
same(app.rest.apps.get_installation(installation).parsed_data.suspended_at, None)
assert installation in [each.id for each in app.rest.apps.list_installations().parsed_data]
named = app.rest.apps.create_installation_access_token(installation, repositories=["kit"]).parsed_data
same([each.full_name for each in named.repositories], ["octo/kit"])
by_client = GitHub(AppAuthStrategy(fake.APP["clientID"], fake.APP["privateKey"]), **plain)
same(by_client.rest.apps.get_authenticated().parsed_data.id, fake.APP["id"])

bot = GitHub(identity.as_installation(installation), **plain)
person = GitHub(TokenAuthStrategy(fake.USER_TOKEN), **plain)
same(bot.rest.apps.get_by_slug("mise-ci").parsed_data.id, fake.APP["id"])
repos, git, checks, pulls = bot.rest.repos, bot.rest.git, bot.rest.checks, bot.rest.pulls
same([each.name for each in bot.rest.apps.list_repos_accessible_to_installation().parsed_data.repositories], ["kit"])
same(repos.get(*OCTO).parsed_data.default_branch, "main")
same([each.name for each in person.rest.repos.list_for_user("octo").parsed_data], ["kit"])
same([each.name for each in person.rest.repos.list_for_org("octo").parsed_data], ["kit"])
person.rest.repos.list_for_authenticated_user().parsed_data
same(person.rest.users.get_authenticated().parsed_data.login, "alice")
same(person.rest.users.get_by_username("mise-ci[bot]").parsed_data.type, "Bot")
same(person.rest.orgs.get("octo").parsed_data.login, "octo")
bot.rest.meta.get().parsed_data
bot.rest.meta.get_all_versions().parsed_data
same(bot.rest.rate_limit.get().parsed_data.resources.core.limit, 5000)

# Commits and statuses.
same(len(repos.list_commits(*OCTO, per_page=2).parsed_data), 2)
same([each.sha for each in bot.rest.paginate(repos.list_commits, owner="octo", repo="kit", per_page=1)][0], sha)
same(repos.get_commit(*OCTO, "main").parsed_data.sha, sha)
same(repos.get_commit(*OCTO, sha[:8]).parsed_data.files[0].filename, "README.md")
same(repos.create_commit_status(*OCTO, sha, state="pending", context="mise-ci").parsed_data.creator.type, "Bot")
person.rest.repos.create_commit_status(*OCTO, sha, state="success").parsed_data
same([each.creator.login for each in repos.list_commit_statuses_for_ref(*OCTO, "main").parsed_data][0], "alice")
same(repos.get_combined_status_for_ref(*OCTO, sha).parsed_data.state, "pending")

# Checks.
note = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
output = {"title": "t", "summary": "s", "annotations": [note]}
run = checks.create(*OCTO, name="mise-ci", head_sha=sha, status="queued", output=output).parsed_data
run = checks.update(*OCTO, run.id, status="completed", conclusion="success").parsed_data
same(checks.get(*OCTO, run.id).parsed_data.conclusion, "success")
same(checks.list_annotations(*OCTO, run.id).parsed_data[0].annotation_level, "notice")
same(checks.list_for_ref(*OCTO, "main", check_name="mise-ci").parsed_data.total_count, 1)
suite = checks.get_suite(*OCTO, run.check_suite.id).parsed_data
same((suite.status, suite.conclusion, suite.head_commit.id), ("completed", "success", sha))
same(checks.list_for_suite(*OCTO, suite.id).parsed_data.check_runs[0].id, run.id)
same(checks.list_suites_for_ref(*OCTO, sha).parsed_data.check_suites[0].id, suite.id)
same(checks.create_suite(*OCTO, head_sha=sha).status_code, 200)
checks.rerequest_run(*OCTO, run.id)
checks.rerequest_suite(*OCTO, suite.id)
refused(RequestFailed, 403, lambda: person.rest.checks.create(*OCTO, name="x", head_sha=sha))

# Releases.
release = repos.create_release(*OCTO, tag_name="v1", draft=True).parsed_data
refused(RequestFailed, 404, lambda: repos.get_release_by_tag(*OCTO, "v1"))
same(repos.update_release(*OCTO, release.id, draft=False, name="One").parsed_data.name, "One")
uploads = GitHub(identity.as_installation(installation), **{**plain, "base_url": release.upload_url.split("/repos/")[0]})
asset = uploads.rest.repos.upload_release_asset(*OCTO, release.id, name="a b.txt", data=b"text").parsed_data
same((asset.name, asset.size), ("a.b.txt", 4))
again = lambda: uploads.rest.repos.upload_release_asset(*OCTO, release.id, name="a.b.txt", data=b"text")
same(refused(RequestFailed, 422, again).response.json()["errors"][0]["code"], "already_exists")
same(repos.get_release_asset(*OCTO, asset.id).parsed_data.id, asset.id)
bytes_of = repos.get_release_asset(*OCTO, asset.id, headers={"Accept": "application/octet-stream"})
same(bytes_of.content, b"text")
same([each.id for each in repos.list_release_assets(*OCTO, release.id).parsed_data], [asset.id])
repos.update_release_asset(*OCTO, asset.id, name="c.txt").parsed_data
same(repos.get_latest_release(*OCTO).parsed_data.id, release.id)
same(repos.get_release(*OCTO, release.id).parsed_data.assets[0].name, "c.txt")
same(len(repos.list_releases(*OCTO).parsed_data), 1)
repos.delete_release_asset(*OCTO, asset.id)
repos.delete_release(*OCTO, release.id)

# Contents and git.
content = base64.b64encode(b"bytes").decode()
git.create_ref(*OCTO, ref="refs/heads/topic", sha=sha).parsed_data
made = repos.create_or_update_file_contents(*OCTO, "a/b.txt", message="m", content=content, branch="topic").parsed_data
same(repos.get_content(*OCTO, "a/b.txt", ref="topic").parsed_data.sha, made.content.sha)
same([each.path for each in repos.get_content(*OCTO, "src").parsed_data][0], "src/0.txt")
raw = repos.get_content(*OCTO, "a/b.txt", ref="topic", headers={"Accept": "application/vnd.github.raw+json"})
same(raw.content, b"bytes")
same(git.get_commit(*OCTO, made.commit.sha).parsed_data.message, "m")
same(git.get_tree(*OCTO, "topic", recursive="1").parsed_data.tree[-1].type, "blob")
same(base64.b64decode(git.get_blob(*OCTO, made.content.sha).parsed_data.content), b"bytes")
same(git.get_ref(*OCTO, "heads/topic").parsed_data.object_.sha, made.commit.sha)
same(len(git.list_matching_refs(*OCTO, "heads/").parsed_data), 2)
fake.control("/repos/octo/kit/tags", {"name": "v2", "message": "Two"})
tag = git.get_tag(*OCTO, git.get_ref(*OCTO, "tags/v2").parsed_data.object_.sha).parsed_data
same((tag.tag, tag.object_.sha), ("v2", sha))
same([each.name for each in repos.list_tags(*OCTO).parsed_data], ["v2", "v1"])
same([each.name for each in repos.list_branches(*OCTO).parsed_data], ["main", "topic"])
same(repos.get_branch(*OCTO, "topic").parsed_data.commit.sha, made.commit.sha)
same(repos.compare_commits(*OCTO, "main...topic").parsed_data.status, "ahead")
git.update_ref(*OCTO, "heads/topic", sha=sha, force=True).parsed_data
refused(RequestFailed, 404, lambda: repos.get_content(*OCTO, "a/b.txt", ref="topic"))
repos.create_or_update_file_contents(*OCTO, "a/b.txt", message="m", content=content, branch="topic").parsed_data
repos.delete_file(*OCTO, "a/b.txt", message="m", sha=made.content.sha, branch="topic").parsed_data

# Pull requests.
pull = person.rest.pulls.create(*OCTO, title="T", head="topic", base="main").parsed_data
same(pulls.get(*OCTO, pull.number).parsed_data.mergeable, True)
same([each.number for each in pulls.list(*OCTO).parsed_data], [pull.number])
same(len(pulls.list_commits(*OCTO, pull.number).parsed_data), 2)
same(pulls.list_files(*OCTO, pull.number).parsed_data, [])
head = person.rest.pulls.get(*OCTO, pull.number).parsed_data.head.sha
same([each.number for each in repos.list_pull_requests_associated_with_commit(*OCTO, head).parsed_data], [pull.number])
person.rest.pulls.update(*OCTO, pull.number, state="closed").parsed_data
git.delete_ref(*OCTO, "heads/topic")

# The App's webhook.
app.rest.apps.update_webhook_config_for_app(content_type="json").parsed_data
same(app.rest.apps.get_webhook_config_for_app().parsed_data.content_type, "json")
first = fake.control("/deliver", {"event": "ping"})
listed = app.rest.apps.list_webhook_deliveries().parsed_data
assert first["id"] in [each.id for each in listed]
same(app.rest.apps.get_webhook_delivery(first["id"]).parsed_data.event, "ping")
same(app.rest.apps.redeliver_webhook_delivery(first["id"]).status_code, 202)

# Another name, then no installation.
same(person.rest.repos.update(*OCTO, name="kat").parsed_data.full_name, "octo/kat")
same(repos.get(*OCTO).parsed_data.full_name, "octo/kat")
same(person.rest.repos.create_commit_status(*OCTO, sha, state="success").parsed_data.state, "success")
app.rest.apps.suspend_installation(installation)
assert app.rest.apps.get_installation(installation).parsed_data.suspended_at
suspended = refused(RequestFailed, 403, lambda: bot.rest.repos.get("octo", "kat"))
same(suspended.response.json()["message"], "This installation has been suspended")
app.rest.apps.unsuspend_installation(installation)
bot.rest.repos.get("octo", "kat").parsed_data
app.rest.apps.delete_installation(installation)
refused(RequestFailed, 401, lambda: bot.rest.repos.get("octo", "kat"))

# Every event that was delivered meanwhile is one that GitHub's description knows.
for delivery in fake.control("/deliveries"):
    parse_obj(delivery["event"], delivery["request"]["payload"])
