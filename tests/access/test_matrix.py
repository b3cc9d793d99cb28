"""Who may do what with what, cell by cell: ``matrix.csv`` is the specification, and nothing is allowed by default.

Columns: surface, route (its name), action, method, actor, object, state, expect. ``expect`` is a status, or
``login``: sent to the sign-in; ``elsewhere``: sent to another page; ``done``: it happened, rows changed; ``listed``,
``unlisted``, ``shown``, ``hidden``: the page opens and holds the thing or not; ``refused``: sent away or 403.
Whatever is posted and not ``done`` changes no row. All that is read or done is tried in every run; of what is sent
and refused a tenth, always the same, and in the long run (``SSC_LONG=1``) all of it.
"""

import csv
import datetime
import itertools
import json
import logging
import os
import re
import zlib
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client, RequestFactory, override_settings
from django.test.client import ClientHandler
from django.utils import timezone, translation
from django.utils.text import slugify

from accounts.mailing import token_of
from exchanges import amendment_views, assistance_views, exchange_views, match_views
from practices import review_views, upkeep_views, workspace_views
from practices.enums import Criterion, Gate, SubmissionStatus
from practices.files import views as file_views
from practices.files.drafts import digest, said
from practices.names import names
from practices.steps import SLUGS
from ssc_portal import dumps
from ssc_portal.management.commands.routes import READING, routes
from tests.access import calls, hooked, written
from tests.access.assistance import EXCHANGE_STATES, INSIDE, NEED_STATES, OFFER_STATES, title_of
from tests.access.world import (
    CONTACT,
    INTERNAL,
    KEYS,
    NOT_SIGNED_IN,
    PARTNER_AUTHOR,
    REVIEWER,
    SCORES,
    TOKENS,
    World,
    new_key,
    title_at,
)
from tests.files_make import pdf
from tests.people import bearer

pytestmark = pytest.mark.django_db

with (Path(__file__).parent / "matrix.csv").open() as file:
    ROWS = list(csv.DictReader(file))
# Keys open nothing but the API: only its private addresses, which are fewer, tell them apart.
ACTORS = sorted({row["actor"] for row in ROWS} - set(KEYS))
PDF = pdf()
REFUSALS = {"400", "401", "403", "404", "409", "410", "422", "login", "refused"}
SHARE_OF_REFUSALS = 1 if os.environ.get("SSC_LONG") == "1" else 10


def _is_tried(row):
    if row["method"] == "GET" or row["expect"] not in REFUSALS:
        return True
    return zlib.crc32("|".join(row.values()).encode()) % SHARE_OF_REFUSALS == 0


# Wherever in the file a row stands, it is tried.
GROUPS = {}
for row in filter(_is_tried, ROWS):
    if row["object"] != "desk":
        GROUPS.setdefault((row["object"], row["route"], row["action"]), []).append(row)
# Who plays a part in assistance between countries; holding a review or a preview link changes nothing there.
PARTS = {
    "anonymous", "no-role", "officer-author", "officer-same-country", "officer-other-country", "focal-own",
    "focal-other", "curator", "curator-of-country", "partner", "partner-author", "administrator", "deactivated",
}  # fmt: skip
OF_ACCOUNTS = {
    "anonymous", "no-role", "officer-author", "focal-own", "focal-other", "curator", "administrator", "deactivated",
}  # fmt: skip
# Where roles make no difference by design, fewer stand for all.
FEWER_ACTORS = {
    "desk": {"anonymous", "officer-author", "curator", "partner", "administrator"},
    "portal": {"anonymous", "no-role"},
    "account": OF_ACCOUNTS,
    "credentials": OF_ACCOUNTS,
    **dict.fromkeys(("offer", "need", "match", "exchange", "fund", "assistance", "calendar"), PARTS),
    **calls.ACTORS,
    **written.ACTORS,
    **hooked.ACTORS,
}
STATES = {
    "submission": set(SubmissionStatus.values),
    "practice": {"live", "retracted"},
    "version": {"live", "superseded", "unpublished", "retracted"},
    "adoption": {"proposed", "confirmed", "refused"},
    "offer": OFFER_STATES,
    "need": NEED_STATES,
    "exchange": EXCHANGE_STATES,
    "match": NEED_STATES - {"draft", "endorsement"},
    **calls.STATES,
    **written.STATES,
    **hooked.STATES,
}
# Actions that only make sense in some states: a contact is looked for where a practice is read, and so on.
FEWER_STATES = {("practice", "read-contact"): {"live"}, ("adoption", "read"): {"proposed"}}
AS_BROWSERS_SEND = "application/x-www-form-urlencoded"
LINES = {"submitted": "unassigned", "in_review": "in-review", "changes_requested": "with-country",
         "published": "decided", "declined": "decided"}  # fmt: skip
# Needs that no country has answered yet, so that others can join or leave.
JOINED_OR_LEFT = {("join", "open"): "joinable", ("leave", "open"): "joined"}
MARKERS = {
    "read-internal-thread": INTERNAL,
    "read-others-scores": SCORES,
    "read-reviewers": f"{REVIEWER} former",
    "read-holder": f"{REVIEWER} two",
    "read-contact": CONTACT,
    "read-messages": INSIDE,
}
IMPACT = ["adoptions", "countries", "figures", "flows", "funnel", "matrix", "months", "most-adopted", "needs"]
IMPACT += ["review-due", "reviews"]
DESK = [row for row in filter(_is_tried, ROWS) if row["object"] == "desk"]
# Sessions, what the audit keeps of failures, and that a key was used.
_NOT_COUNTED = re.compile(
    r'\b(django_session|accounts_signin|accounts_auditevent)\b|"accounts_apikey" SET "last_used_at"'
)
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b")
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\b")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once; every cell is tried in a savepoint that is taken back."""
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        translation.override("en"),
        override_settings(MEDIA_ROOT=media),
        transaction.atomic(),
    ):
        names.cache_clear()
        world = World()
        world.media = media
        dumps.write()
        world.sessions = {actor: _session(user) for actor, user in world.people.items()}
        world.read = {}
        world.people["deactivated"].is_active = False
        world.people["deactivated"].save()
        logging.disable(logging.WARNING)  # thousands of refusals are meant
        yield world
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def keep_files_apart(settings, world):
    """The files of the world are there for all cells."""
    settings.MEDIA_ROOT = world.media


@pytest.fixture
def _django_db_helper(world):
    """The world's one transaction stands in for one per test."""


def _session(user):
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Asker(RequestFactory):
    """Asks the whole portal as a test client does, but makes it ready once and keeps no copies of contexts."""

    handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request):
        return self.handler(self._base_environ(**request))


def client_of(world, actor):
    if actor in KEYS:
        return Asker(headers=bearer(world.keys[actor]))
    client = Asker()
    if actor not in NOT_SIGNED_IN:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[actor]
    return client


# How a cell is tried


def tried(world, row):
    """What came of ``row``, in the words of ``expect``."""
    address, form = ADDRESSES[row["route"]](world, row)
    answer = read(world, row, address) if row["method"] == "GET" else ask(world, row, address, form)
    return outcome(row, *answer)


def read(world, row, address):
    """What ``ask`` gives for a page, which is asked for once however many rows look at it."""
    key = (row["actor"], address)
    if key not in world.read:
        world.read[key] = ask(world, row, address, None)
    return world.read[key]


def ask(world, row, address, form):
    """(status, where it sends to, body, whether rows changed); nothing of it stays."""
    cache.clear()
    client = client_of(world, row["actor"])
    state = {}
    if row["method"] in {"PATCH", "PUT", "DELETE"}:
        state = {"HTTP_IF_MATCH": client.get(address).get("ETag", "")}
    elif row["route"] in written.JUDGED:
        state = {"HTTP_IF_MATCH": client.get(f"{address.rstrip('/').rpartition('/')[0]}/").get("ETag", "")}
    with transaction.atomic(), Changes() as changes:
        if row["object"].startswith("called-") and row["method"] not in READING and not holds_file(form or {}):
            response = client.generic(row["method"], address, json.dumps(form), "application/json", **state)
        elif row["method"] == "POST":
            response = client.post(address, *body_of(form or {}))
        else:
            response = getattr(client, row["method"].lower())(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    return response.status_code, response.get("Location", ""), body.decode(errors="replace"), changes.count > 0


def body_of(form):
    """What a browser sends for ``form``, as arguments of ``post``; where it holds a file, in parts."""
    if holds_file(form):
        return (form,)
    return urlencode(form, doseq=True), AS_BROWSERS_SEND


def holds_file(form):
    return any(hasattr(value, "read") for value in form.values())


class Changes:
    """Counts the rows that statements changed inside ``with``, those of sessions and of the audit apart."""

    def __enter__(self):
        self.count = 0
        self._wrapper = connection.execute_wrapper(self._note)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *error):
        return self._wrapper.__exit__(*error)

    def _note(self, execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if _WRITES.search(sql) and not _LOCKS.search(sql) and not _NOT_COUNTED.search(sql):
            self.count += max(0, context["cursor"].rowcount)
        return found


def outcome(row, status, location, body, has_changed):
    action = row["action"]
    if row["method"] not in READING and has_changed:
        return "done" if status in {200, 201, 204, 302} else f"{status}, but rows changed"
    if status == 302:
        return "login" if location.startswith("/accounts/login/?next=") else "elsewhere"
    if status == 200 and action in MARKERS:
        return "shown" if MARKERS[action] in body else "hidden"
    if status == 200 and action == "list" and row["object"] in {"offer", "need", "exchange"}:
        return "listed" if title_of(row["object"], row["state"]) in body else "unlisted"
    if status == 200 and action == "list":
        title = title_at(row["state"], is_partners=row["actor"] in PARTNER_AUTHOR)
        return "listed" if title in body or slugify(title) in body else "unlisted"
    return str(status)


# Where each route leads and what it is sent


def submission_page(pattern):
    def address(world, row):
        submission = world.submission_for(row["actor"], row["state"])
        return pattern.format(pk=submission.pk, action=row["action"]), form_of(world, row, submission)

    return address


def form_of(world, row, submission):
    """Everything that any action asks for, so that only rights and states can refuse."""
    return {
        **{f"gate-{gate}": "yes" for gate in Gate.values},
        **{f"score-{name}": "4" for name in Criterion.values},
        "revision": submission.revision if row["action"] == "save" else 1,
        "challenge": "Rewritten.",
        "email": "colleague@example.org",
        "person": world.people["officer-coauthor"].pk,
        "request": submission.asked.pk,
        "to": world.spare.pk,
        "no_conflict": "1",
        "field": "basics",
        "thread": "internal",
        **dict.fromkeys(("note", "withdrawal", "answer", "text", "letter"), "A reason."),
    }


def draft_file(pattern):
    """A page of the files of a draft: of the second of two where that is moved up or removed, else of the first."""

    def address(world, row):
        submission = world.submission_for(row["actor"], row["state"])
        attached = submission.attached[row["action"] in {"earlier", "remove"}]
        form = {"caption": "Rewritten.", "alt": "Words", "credit": "Somebody", "licence": "CC0"}
        form |= {"consent_kind": "nobody", "seen": digest(said(attached))}
        if row["action"] == "attach":
            form = {"files": SimpleUploadedFile("a.pdf", PDF)}
        return pattern.format(pk=submission.pk, row=attached.pk, action=row["action"]), form

    return address


def file(world, row):
    return f"/files/{world.file_for(row['actor'], row['state']).key}/medium/", None


def preview_file(world, row):
    submission = world.submission_for(row["actor"], row["state"])
    token = TOKENS.get(row["actor"], "a-guess").format(pk=submission.pk)
    return f"/preview/{token}/files/{submission.attached[0].file.key}/medium/", None


def consent(world, row):
    key = world.file_for(row["actor"], row["state"]).key
    until = timezone.now().date() + datetime.timedelta(days=99)
    forms = {"renew": {"consent_kind": "written", "consent_until": until}, "withdraw": {"withdraw": "1"}}
    return f"/workspace/files/{key}/consent/", forms.get(row["action"])


def queue(world, row):
    return f"/review/?scope=all&tab={LINES.get(row['state'], 'unassigned')}", None


def shared_preview(world, row):
    submission = world.submission_for(row["actor"], row["state"])
    return f"/preview/{TOKENS.get(row['actor'], 'a-guess').format(pk=submission.pk)}/", None


def practice_page(pattern):
    return lambda world, row: (pattern.format(slug=world.practices[row["state"]].slug), None)


def version_page(pattern):
    def address(world, row):
        practice = world.practices["retracted" if row["state"] == "retracted" else "live"]
        number = {"live": 2, "superseded": 1, "unpublished": 3, "retracted": 1}[row["state"]]
        return pattern.format(slug=practice.slug, number=number), None

    return address


def new(world, row):
    theirs = "PER" if "other" in row["actor"] else "BGD"
    form = {"title": "A beginning", "language": "en", "form_key": new_key(), "country": theirs}
    if row["object"] == "country":
        return "/workspace/submissions/new/", form | {"country": "BGD" if row["state"] == "own-country" else "PER"}
    name = {"update": "update", "adapt": "from"}[row["action"]]
    return f"/workspace/submissions/new/?{name}={world.practices[row['state']].slug}", form


def adopt(world, row):
    address = f"/workspace/adoptions/new/?practice={world.practices[row['state']].slug}"
    return address, {"country": "PER", "source": "A report"}


def retracting(world, row):
    return f"/review/practices/{world.practices[row['state']].slug}/retract/", {"reason": "Wrong.", "is_sure": "1"}


def decide(world, row):
    return f"/review/adoptions/{world.proposals[row['state']].pk}/do/{row['action']}/", {"reason": "Because."}


def notification(world, row):
    return f"/accounts/notifications/{world.notification_for(row['actor'], row['state']).pk}/", None


def unsubscribing(world, row):
    """With the link that was sent to the spare curator, or one that was sent to nobody."""
    token = token_of(world.spare) if row["state"] == "sent" else "a-guess"
    return f"/accounts/unsubscribe/{token}/", {"List-Unsubscribe": "One-Click"}


def sending_again(world, row):
    return "/administration/send-again/", {"all": "1"} if row["action"] == "all" else {"message": world.undelivered.pk}


def assistance_page(pattern, what=None):
    """A page of an offer, need or exchange, of the kind ``what`` or of that of the row."""

    def address(world, row):
        kind = what or row["object"]
        thing = getattr(world.assistance, f"{kind}s")[row["state"]]
        if (row["action"], row["state"]) in JOINED_OR_LEFT:
            thing = getattr(world.assistance, JOINED_OR_LEFT[row["action"], row["state"]])
        match = world.assistance.matches.get(row["state"])
        theirs = "PER" if "other" in row["actor"] else "BGD"
        action = row["action"]
        if (action, row["actor"]) == ("appraise", "partner-author"):
            action = "appraise-as-host"
        form = world.assistance.form_of(kind, thing, action, theirs) | {"form_key": new_key()}
        if kind == "need" and match:
            form |= {"match": match.pk}
        if row["action"] == "propose":
            form["country"] = "SEN"
        parts = {"code": thing.code, "action": row["action"], "match": match and match.pk}
        if kind == "exchange":
            parts |= {"milestone": thing.milestone.pk, "gift": thing.gift.pk}
        return pattern.format(**parts), form

    return address


def exchange_document(world, row):
    """A document that is kept for its parties ("read-inside"), or for readers of the exchange ("read-told")."""
    exchange = world.assistance.exchanges[row["state"]]
    document = exchange.inside if row["action"] == "read-inside" else exchange.told
    return f"/exchanges/{exchange.code}/documents/{document.file.key}/", None


def amendment_page(pattern):
    def address(world, row):
        exchange = world.assistance.exchanges[row["state"]]
        return pattern.format(code=exchange.code, action=row["action"]), world.assistance.change_of(exchange)

    return address


def own_calendar(world, row):
    """Each actor's token is its name; nobody was given the others."""
    token = row["actor"] if row["state"] == "given" else f"{row['actor']}-before"
    return f"/calendars/{token}/our-exchanges.ics", None


def match_page(pattern):
    def address(world, row):
        action, _of, side = row["action"].partition("-for-")
        pk = world.assistance.matches[row["state"]].pk
        return pattern.format(pk=pk, action=action), {"side": side, "reason": "A reason."}

    return address


def resource_page(pattern):
    def address(world, row):
        stock = world.assistance
        parts = {"slug": stock.fund.slug, "project": stock.project.code, "call": stock.call.pk}
        return pattern.format(**parts, gift=stock.contribution.pk), FUND_FORM | {"form_key": new_key()}

    return address


DECISION = {"decision": "decline", "reason": "Because."}
MAIL = {"scope": "needs_me", "rhythm": "daily", "time_zone": "UTC"}
LETTER = {"text": "Hello.", "name": "Somebody", "email": "somebody@example.org", "form_key": new_key()}
FUND_FORM = {
    "revision": 1, "name": "A fund", "title": "A title", "opens_on": "2027-01-01", "closes_on": "2027-02-01",
    "status": "running", "start_year": "2020", "country": "SEN", "kind": "goods", "quantity": "3",
    "description": "Scales",
}  # fmt: skip


def writing_new(address):
    def page(world, row):
        theirs = "PER" if "other" in row["actor"] else "BGD"
        kind = "offer" if "offers" in address else "need"
        form = world.assistance.form_of(kind, None, row["action"], theirs)
        return address, form | {"form_key": new_key()}

    return page


def new_exchange(world, row):
    theirs = "PER" if "other" in row["actor"] else "BGD"
    parties = {"parties-0-country": theirs, "parties-0-role": "beneficiary"}
    parties |= {"parties-1-country": "KEN", "parties-1-role": "provider", "parties-count": "2"}
    form = {"title": "A beginning", "form": "bilateral", "visibility": "public", "form_key": new_key()}
    return "/workspace/exchanges/new/", form | parties | {"languages": "en", "modalities": "workshop"}


def fixed(address, form=None):
    return lambda world, row: (address, form)


ADDRESSES = {
    "workspace:submission": submission_page("/workspace/submissions/{pk}/"),
    "workspace:check": submission_page("/workspace/submissions/{pk}/check/"),
    "workspace:preview": submission_page("/workspace/submissions/{pk}/preview/"),
    "workspace:step": submission_page("/workspace/submissions/{pk}/challenge/"),
    "workspace:files": draft_file("/workspace/submissions/{pk}/files/"),
    "workspace:file": draft_file("/workspace/submissions/{pk}/files/{row}/"),
    "workspace:act-file": draft_file("/workspace/submissions/{pk}/files/{row}/do/{action}/"),
    "workspace:consent": consent,
    "workspace:preview-file": preview_file,
    "practices:file": file,
    "workspace:act": submission_page("/workspace/submissions/{pk}/do/{action}/"),
    "workspace:home": fixed("/workspace/"),
    "account-privacy": fixed("/accounts/privacy/"),
    "account-export": fixed("/accounts/privacy/export/"),
    "account-erase": fixed("/accounts/privacy/erase/", {"display": "office", "password": "a guess", "is_sure": "on"}),
    "workspace:import": fixed("/workspace/submissions/import/"),
    "workspace:import-template": fixed("/workspace/submissions/import/template/"),
    "workspace:import-check": fixed("/workspace/submissions/import/what-another-uploaded/"),
    "workspace:new": new,
    "workspace:adopt": adopt,
    "workspace:shared-preview": shared_preview,
    "review:queue": queue,
    "review:detail": submission_page("/review/{pk}/"),
    "review:act": submission_page("/review/{pk}/do/{action}/"),
    "review:adoptions": fixed("/review/adoptions/"),
    "review:decide-adoption": decide,
    "review:retract": retracting,
    "practices:detail": practice_page("/practices/{slug}/"),
    "practices:print": practice_page("/practices/{slug}/print/"),
    "practices:brief": practice_page("/practices/{slug}/brief.pdf"),
    "practices:cite": practice_page("/practices/{slug}/cite.bib"),
    "practices:history": practice_page("/practices/{slug}/history/"),
    "practices:version": version_page("/practices/{slug}/v/{number}/"),
    "practices:changes": version_page("/practices/{slug}/v/{number}/changes/"),
    "practices:list": fixed("/practices/"),
    "practices:feed": fixed("/feeds/practices.atom"),
    "practices:oai": fixed("/oai/?verb=ListRecords&metadataPrefix=oai_dc", {"verb": "Identify"}),
    "practices:compare": fixed("/practices/compare/"),
    "practices:area": fixed("/areas/nutrition/"),
    "sitemap": fixed("/sitemap.xml"),
    "sitemap-part": fixed("/sitemap-1.xml"),
    "robots": fixed("/robots.txt"),
    "security-txt": fixed("/.well-known/security.txt"),
    "healthz": fixed("/healthz"),
    "readyz": fixed("/readyz"),
    "home": fixed("/"),
    **{name: fixed(f"/{name}/") for name in ("about", "privacy", "accessibility", "contact", "developers")},
    "problem-types": fixed("/developers/problems/"),
    "api-changes": fixed("/developers/changes/"),
    "countries:list": fixed("/countries/"),
    "countries:detail": fixed("/countries/BGD/"),
    "api:root": fixed("/api/v1/"),
    "api:schema": fixed("/api/v1/schema/"),
    "api:dump": fixed("/api/v1/dump/"),
    "api:dump-file": fixed("/api/v1/dump/practices.jsonl.gz"),
    "api:catalog": fixed("/api/v1/catalog/"),
    "api:docs": fixed("/api/v1/docs/"),
    "api:practice-list": fixed("/api/v1/practices/"),
    "api:practice-detail": practice_page("/api/v1/practices/{slug}/"),
    **{
        f"api:practice-{part}": practice_page(f"/api/v1/practices/{{slug}}/{part}/")
        for part in ("versions", "differences", "translations", "adoptions", "related")
    },
    "api:practice-version": version_page("/api/v1/practices/{slug}/versions/{number}/"),
    "api:area-list": fixed("/api/v1/areas/"),
    "api:area-detail": fixed("/api/v1/areas/nutrition/"),
    "api:topic-list": fixed("/api/v1/topics/"),
    "api:topic-detail": fixed("/api/v1/topics/stunting/"),
    "api:sdgtarget-list": fixed("/api/v1/sdg-targets/"),
    "api:sdgtarget-detail": fixed("/api/v1/sdg-targets/3.2/"),
    "api:country-list": fixed("/api/v1/countries/"),
    "api:country-detail": fixed("/api/v1/countries/BGD/"),
    **{f"exchanges:{name}s": fixed(f"/exchanges/{name}s/?page_size=100") for name in ("offer", "need")},
    "exchanges:list": fixed("/exchanges/?page_size=100"),
    "exchanges:offer": assistance_page("/exchanges/offers/{code}/"),
    "exchanges:need": assistance_page("/exchanges/needs/{code}/"),
    "exchanges:detail": assistance_page("/exchanges/{code}/"),
    "exchanges:calendar": assistance_page("/exchanges/{code}/calendar.ics"),
    "exchanges:calendars": fixed("/exchanges/calendar.ics"),
    "exchanges:agreement": assistance_page("/exchanges/{code}/agreement.pdf"),
    "exchanges:document": exchange_document,
    "exchanges:funds": fixed("/funds/"),
    "exchanges:fund": resource_page("/funds/{slug}/"),
    "exchanges:projects": fixed("/projects/"),
    "exchanges:project": resource_page("/projects/{project}/"),
    "assistance:home": fixed("/workspace/exchanges/"),
    "assistance:brokered": fixed("/review/needs/"),
    "assistance:new-offer": writing_new("/workspace/offers/new/"),
    "assistance:new-need": writing_new("/workspace/needs/new/"),
    "assistance:offer": assistance_page("/workspace/offers/{code}/"),
    "assistance:need": assistance_page("/workspace/needs/{code}/"),
    "assistance:edit-offer": assistance_page("/workspace/offers/{code}/edit/"),
    "assistance:edit-need": assistance_page("/workspace/needs/{code}/edit/"),
    "assistance:act-offer": assistance_page("/workspace/offers/{code}/do/{action}/"),
    "assistance:act-need": assistance_page("/workspace/needs/{code}/do/{action}/"),
    "assistance:matches": assistance_page("/workspace/needs/{code}/matches/"),
    "assistance:act-matches": assistance_page("/workspace/needs/{code}/matches/do/{action}/"),
    "assistance:match": match_page("/workspace/matches/{pk}/"),
    "assistance:act-match": match_page("/workspace/matches/{pk}/do/{action}/"),
    "assistance:new-exchange": new_exchange,
    "assistance:exchange": assistance_page("/workspace/exchanges/{code}/"),
    "assistance:exchange-part": assistance_page("/workspace/exchanges/{code}/milestones/"),
    "assistance:edit-row": assistance_page("/workspace/exchanges/{code}/milestones/{milestone}/"),
    "assistance:act-exchange": assistance_page("/workspace/exchanges/{code}/do/{action}/"),
    "assistance:amendment": amendment_page("/workspace/exchanges/{code}/amendment/"),
    "assistance:act-amendment": amendment_page("/workspace/exchanges/{code}/amendment/do/{action}/"),
    "assistance:calendar": lambda world, row: ("/workspace/calendar/", {row["action"]: "1"}),
    "exchanges:own-calendar": own_calendar,
    "assistance:new-exchange-contribution": assistance_page("/workspace/exchanges/{code}/contributions/new/"),
    "assistance:edit-exchange-contribution": assistance_page("/workspace/exchanges/{code}/contributions/{gift}/"),
    "assistance:new-fund": resource_page("/workspace/funds/new/"),
    "assistance:edit-fund": resource_page("/workspace/funds/{slug}/edit/"),
    "assistance:new-call": resource_page("/workspace/funds/{slug}/calls/new/"),
    "assistance:edit-call": resource_page("/workspace/funds/{slug}/calls/{call}/"),
    "assistance:new-project": resource_page("/workspace/funds/{slug}/projects/new/"),
    "assistance:edit-project": resource_page("/workspace/funds/{slug}/projects/{project}/"),
    "assistance:new-contribution": resource_page("/workspace/funds/{slug}/contributions/new/"),
    "assistance:edit-contribution": resource_page("/workspace/funds/{slug}/contributions/{gift}/"),
    "impact": fixed("/impact/"),
    "impact-list": fixed("/impact/needs/"),
    "impact-csv": fixed("/impact/flows.csv"),
    "countries:contact": fixed("/countries/BGD/contact/", LETTER),
    "api:country-similar": fixed("/api/v1/countries/BGD/similar/"),
    "api:country-indicators": fixed("/api/v1/countries/BGD/indicators/"),
    "api:indicator-list": fixed("/api/v1/indicators/"),
    "api:indicator-detail": fixed("/api/v1/indicators/stunting/"),
    "api:indicator-values": fixed("/api/v1/indicators/stunting/values/"),
    **{f"api:{name}-list": fixed(f"/api/v1/{name}s/?page_size=100") for name in ("exchange", "offer", "need")},
    **{f"api:{name}-detail": assistance_page(f"/api/v1/{name}s/{{code}}/") for name in ("exchange", "offer", "need")},
    "api:fund-list": fixed("/api/v1/funds/"),
    "api:fund-detail": resource_page("/api/v1/funds/{slug}/"),
    "api:project-list": fixed("/api/v1/projects/"),
    "api:project-detail": resource_page("/api/v1/projects/{project}/"),
    "api:project-thread": resource_page("/api/v1/projects/{project}/thread/"),
    **{f"api:impact-{name}-list": fixed(f"/api/v1/impact/{name}/") for name in IMPACT},
    "notifications": fixed("/accounts/notifications/"),
    "read-notifications": fixed("/accounts/notifications/read/"),
    "notification": notification,
    "notification-settings": fixed(
        "/accounts/notifications/settings/", {"scope": "needs_me", "rhythm": "daily", "time_zone": "UTC"}
    ),
    "unsubscribe": unsubscribing,
    "operations": fixed("/administration/"),
    "send-again": sending_again,
    **calls.ADDRESSES,
    **written.ADDRESSES,
    **hooked.ADDRESSES,
    "account_login": fixed("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"}),
    "account_logout": fixed("/accounts/logout/"),
    "mfa_authenticate": fixed("/accounts/login/code/", {"code": "000000"}),
    "mfa_login_webauthn": fixed("/accounts/login/passkey/", {"credential": "{}"}),
    "account_reauthenticate": fixed("/accounts/again/", {"password": "wrong"}),
    "mfa_reauthenticate": fixed("/accounts/again/code/", {"code": "000000"}),
    "mfa_reauthenticate_webauthn": fixed("/accounts/again/passkey/", {"credential": "{}"}),
    "account_reset_password": fixed("/accounts/password/forgotten/", {"email": "no address"}),
    "account_reset_password_done": fixed("/accounts/password/forgotten/sent/"),
    "account_reset_password_from_key": fixed("/accounts/password/new/1/a-guess/", {"password1": "x", "password2": "x"}),
    "account_reset_password_from_key_done": fixed("/accounts/password/new/done/"),
    "mfa_index": fixed("/accounts/security/"),
    "account_change_password": fixed("/accounts/security/password/", {"oldpassword": "wrong"}),
    "change-address": fixed("/accounts/security/address/", {"email": "free@example.org"}),
    "confirm-address": fixed("/accounts/address/a-guess/", {}),
    "apply": fixed("/accounts/apply/", {"email": "no address"}),
    "applied": fixed("/accounts/apply/sent/"),
    "confirm-application": fixed("/accounts/apply/a-guess/", {}),
    "applications": fixed("/accounts/applications/"),
    "decide-application": lambda world, row: (f"/accounts/applications/{world.application.pk}/decide/", DECISION),
    "invitations": fixed("/accounts/invitations/", {"email": "no address"}),
    "webhooks": fixed("/accounts/webhooks/", {"address": "no address"}),
    "webhook": lambda world, row: (f"/accounts/webhooks/{world.webhook.pk}/", {"kinds": ["need.opened"]}),
    "change-webhook": lambda world, row: (f"/accounts/webhooks/{world.webhook.pk}/change/", {"do": "pause"}),
    "revoke-invitation": lambda world, row: (f"/accounts/invitations/{world.invitation.pk}/revoke/", {}),
    "invitation": fixed("/accounts/invitation/a-guess/", {}),
    "openid_connect_login": fixed("/accounts/elsewhere/elsewhere/login/", {}),
    "openid_connect_callback": fixed("/accounts/elsewhere/elsewhere/callback/"),
    "end-sessions": fixed("/accounts/security/sessions/end/", {"session": "0"}),
    "keys": fixed("/accounts/keys/"),
    "make-key": fixed("/accounts/keys/new/", {"name": "A key", "days": "90"}),
    "replace-key": lambda world, row: (f"/accounts/keys/{world.key.pk}/replace/", {"days": "1"}),
    "revoke-key": lambda world, row: (f"/accounts/keys/{world.key.pk}/revoke/", {}),
    "mfa_activate_totp": fixed("/accounts/security/app/", {"code": "000000"}),
    "mfa_deactivate_totp": fixed("/accounts/security/app/remove/", {}),
    "mfa_add_webauthn": fixed("/accounts/security/passkeys/add/", {"credential": "{}"}),
    "mfa_remove_webauthn": fixed("/accounts/security/passkeys/1/remove/", {}),
    "recovery-codes": fixed("/accounts/security/recovery-codes/", {}),
}


# The cells


@pytest.mark.parametrize("group", GROUPS, ids=" ".join)
def test_every_cell_answers_as_the_matrix_says(world, group):
    wrong = []
    for row in GROUPS[group]:
        found = tried(world, row)
        if found != row["expect"]:
            wrong.append(f"{row['method']} {row['actor']} {row['state']}: {found}, not {row['expect']}")

    assert wrong == []


def test_the_desk_opens_to_none_of_them_by_any_method(world):
    wrong = []
    patterns = {row["name"] or row["pattern"]: row["pattern"] for row in routes()}
    with Changes() as changes:
        for row in DESK:
            address = re.sub(r"<[^>]+>", "1", patterns[row["route"]])
            response = getattr(client_of(world, row["actor"]), row["method"].lower())(address)
            if response.status_code not in {302, 403}:
                wrong.append((row["route"], row["method"], row["actor"], response.status_code))

    assert wrong == []
    assert changes.count == 0


# The matrix leaves nothing out


def test_no_cell_is_missing_and_none_stands_twice():
    found = {}
    for row in ROWS:
        key = (row["object"], row["route"], row["action"], row["method"])
        found.setdefault(key, []).append((row["state"], row["actor"]))
    wrong = []
    for key, cells in found.items():
        kind, _route, action, _method = key
        states = FEWER_STATES.get((kind, action)) or STATES.get(kind) or {state for state, _actor in cells}
        wanted = set(itertools.product(states, FEWER_ACTORS.get(kind, ACTORS)))
        if set(cells) != wanted or len(cells) != len(wanted):
            wrong.append((key, wanted.symmetric_difference(cells)))

    assert wrong == []


def test_every_route_and_method_is_named():
    named = {(row["route"], row["method"]) for row in ROWS}
    wanted = {
        (row["name"] or row["pattern"], method) for row in routes() for method in row["methods"] if method != "HEAD"
    }

    assert wanted - named == set()
    assert named - wanted == set()


def test_every_action_of_the_pages_is_named():
    named = {(row["route"], row["action"]) for row in ROWS if row["method"] == "POST"}
    wanted = {("workspace:act", name) for name in workspace_views.ACTIONS}
    wanted |= {("workspace:act-file", name) for name in file_views.ACTIONS}
    wanted |= {("review:act", name) for name in review_views.ACTIONS}
    wanted |= {("review:decide-adoption", name) for name in upkeep_views.DECISIONS}
    for kind, actions in assistance_views.ACTIONS.items():
        wanted |= {(f"assistance:act-{kind}", name) for name in actions}
    wanted |= {("assistance:act-matches", name) for name in match_views.ACTIONS}
    wanted |= {("assistance:act-exchange", name) for name in exchange_views.ACTIONS}
    wanted |= {("assistance:act-amendment", name) for name in amendment_views.ACTIONS}

    assert wanted - named == set()


@pytest.mark.parametrize("kind", sorted({kind for kind, route, _action in GROUPS if route in ADDRESSES}))
def test_head_answers_like_get(world, kind):
    wrong, states = [], {"submission": "in_review", "practice": "live", "version": "live"}
    for row in ROWS:
        is_typical = row["state"] == states.get(row["object"], row["state"])
        if (
            (row["object"], row["method"]) == (kind, "GET")
            and row["route"] in ADDRESSES
            and is_typical
            and row["actor"] in {"anonymous", "curator-filed"}
        ):
            address, _form = ADDRESSES[row["route"]](world, row)
            statuses = [read(world, row, address)[0], ask(world, row | {"method": "HEAD"}, address, None)[0]]
            if statuses[0] != statuses[1]:
                wrong.append((address, row["actor"], *statuses))

    assert wrong == []


@pytest.mark.parametrize("status", ["draft", "submitted"])
def test_the_seven_steps_open_and_save_alike(world, status):
    for actor in ("officer-author", "officer-same-country", "officer-other-country", "curator", "administrator"):
        submission = world.submission_for(actor, status)
        told = set()
        for step in SLUGS:
            address = f"/workspace/submissions/{submission.pk}/{step}/"
            with transaction.atomic():
                shown = client_of(world, actor).get(address)
                kept = client_of(world, actor).post(
                    address, {"title": "T", "language": "en", "revision": submission.revision}
                )
                transaction.set_rollback(True)
            # A step may find fault with what it is sent, but only for those who may send it.
            told.add((shown.status_code, 302 if kept.status_code == 422 else kept.status_code))
        assert len(told) == 1, (actor, status, told)
