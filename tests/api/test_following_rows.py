"""A client that keeps a copy of exchanges, offers and needs: whatever moves, it ends with exactly what is public."""

import uuid
from datetime import date
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from accounts.enums import Role
from exchanges import services
from exchanges.changes import note_all
from exchanges.enums import PartyRole, Visibility
from exchanges.models import Exchange, Need, Offer, Party
from exchanges.workflow import exchanges, matches, needs, offers, rows
from practices.files import preparing
from practices.models import Practice
from practices.publication import retract
from practices.refusals import TransitionError
from ssc_portal.api_docs import schema
from tests.exchanges_make import make_document, make_exchange, make_fund, make_match, make_need, make_offer
from tests.make import make_area, make_country, make_organisation, make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db
BEGINNING = "1970-01-01T00:00:00Z"
MODELS = {"exchanges": Exchange, "offers": Offer, "needs": Need}


def made(model, *facts, **more):
    """A row that was made directly, and noted as its moves would have done it."""
    row = {Exchange: make_exchange, Offer: make_offer, Need: make_need}[model](*facts, **more)
    note_all(model.objects.filter(pk=row.pk))
    return row


def changed(api, name, since=BEGINNING, query=""):
    return api(f"/{name}/?modified_since={quote(since)}&{query}")


@pytest.mark.parametrize(("name", "model"), MODELS.items())
def test_what_changed_comes_in_the_order_of_the_changes_with_the_place_to_go_on_from(api, name, model):
    first, second = made(model, title="First"), made(model, title="Second")
    begun = changed(api, name)
    type(first).objects.filter(pk=first.pk).update(title="First, again")
    note_all(model.objects.filter(pk=first.pk))

    body = changed(api, name, begun["as_of"])

    assert [row["code"] for row in begun["results"]] == [first.code, second.code]
    assert begun["as_of"] == begun["results"][-1]["changed_at"]
    assert [(row["code"], row["title"]) for row in body["results"]] == [(first.code, "First, again")]
    assert changed(api, name, body["as_of"])["results"] == []


@pytest.mark.parametrize(("name", "model"), MODELS.items())
def test_a_walk_gives_everything_once_and_the_place_from_which_to_follow(api, name, model):
    codes = [made(model).code for _ in range(3)]
    first = api(f"/{name}/?cursor=*&page_size=2")
    late = made(model)
    second = api(first["next"].partition("/api/v1")[2])

    assert [row["code"] for body in (first, second) for row in body["results"]] == codes[::-1]
    assert (first["count"], second["next"]) == (3, None)
    assert [row["code"] for row in changed(api, name, first["as_of"])["results"]] == [late.code]


def test_what_leaves_the_list_comes_as_a_tombstone_that_says_how(api):
    officer = make_user(Role.OFFICER, country="PER")
    closed, hidden = made(Need, lead=officer), made(Need, lead=officer)
    since = changed(api, "needs")["as_of"]

    needs.close(closed, by=officer, note="We found help.")
    needs.edit(hidden, by=officer, revision=hidden.revision, values={"visibility": Visibility.PARTNERS})

    gone = [
        {"code": closed.code, "gone": True, "status": "unmatched"},
        {"code": hidden.code, "gone": True, "status": "hidden"},
    ]
    told = changed(api, "needs", since)["results"]
    assert [{key: value for key, value in row.items() if key != "changed_at"} for row in told] == gone
    asked = changed(api, "needs", since, "status=closed")["results"]
    assert [row.get("status") for row in asked] == ["closed", "hidden"]


def test_nobody_learns_of_what_was_never_public(api):
    officer = make_user(Role.OFFICER, country="PER")
    make_need("draft", lead=officer)
    partners_only = make_need("open", lead=officer, visibility=Visibility.PARTNERS)
    proposal(officer, "PER", make_user(Role.OFFICER, country="BGD"))
    needs.edit(partners_only, by=officer, revision=partners_only.revision, values={"title": "Another title"})
    needs.close(partners_only, by=officer, note="It is over.")

    assert [changed(api, name)["results"] for name in MODELS] == [[], [], []]


def test_tombstones_are_as_described(api):
    officer = make_user(Role.OFFICER, country="PER")
    offers.close(made(Offer, country="PER", lead=officer), by=officer, note="It is over.")
    (row,) = changed(api, "offers")["results"]
    components = schema()["components"]
    shape = {"$ref": "#/components/schemas/Hidden", "components": components}

    assert list(Draft202012Validator(shape).iter_errors(row)) == []
    for name in ("ListedExchange", "ListedOffer", "ListedNeed"):
        items = components["schemas"][f"{name}List"]["properties"]["results"]["items"]
        assert items["anyOf"][-1] == {"$ref": "#/components/schemas/Hidden"}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda world: _rename(world.host), ["exchanges", "offers"]),
        (lambda world: retract(world.practice, reason="It could not be confirmed."), ["exchanges", "offers", "needs"]),
        (lambda world: _volunteer(world), ["exchanges", "needs"]),
        (lambda world: _give(world), ["exchanges"]),
        (lambda world: _tell(world), ["exchanges", "needs"]),
        (lambda world: preparing.prepare_due(), ["exchanges"]),
    ],
    ids=["organisation", "practice", "match", "contribution", "document", "document that was looked through"],
)
def test_whatever_is_public_of_a_row_is_a_change_of_it(api, change, names):
    world = World()
    for model in MODELS.values():
        made(model)  # stays as it is
    since = {name: changed(api, name)["as_of"] for name in MODELS}

    change(world)

    told = {name: [row["code"] for row in changed(api, name, since[name])["results"]] for name in MODELS}
    assert told == {name: [world.codes[name]] if name in names else [] for name in MODELS}


class World:
    """An exchange, an offer and a need that name a practice; the exchange answers the need."""

    def __init__(self):
        self.practice, self.host = make_practice(), make_organisation("A host")
        self.officer = make_user(Role.OFFICER, country="BGD")
        self.need = made(Need, practice=self.practice)
        self.offer = made(Offer, practices=[self.practice], organisation=self.host)
        self.exchange = made(Exchange, facilitators=[self.host], practices=[self.practice], need=self.need)
        self.codes = {"exchanges": self.exchange.code, "offers": self.offer.code, "needs": self.need.code}
        make_document(self.exchange, by=self.officer, is_public=True, is_prepared=False, title="Waits")


def _rename(organisation):
    organisation.name = "Another name"
    organisation.save()


def _volunteer(world):
    country = make_country("KEN")
    matches.volunteer(world.need, by=make_user(Role.OFFICER, country="KEN"), country=country)


def _give(world):
    facts = {"kind": "cash", "committed": 100, "currency": "USD", "value_on": date(2026, 3, 1)}
    values = facts | {"country": make_country("BGD")}
    services.add_contribution(world.officer, form_key=uuid.uuid4(), exchange=world.exchange, values=values)


def _tell(world):
    document = make_document(world.exchange, by=world.officer)
    document.is_public = True
    rows.save_row(document, by=world.officer)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("query", "unfit"),
    [
        (f"modified_since={BEGINNING}&q=wells", ["q"]),
        ("cursor=*&facets=1&format=csv", ["facets", "format"]),
        ("cursor=WyJ3YWxrIiwxXQ", ["cursor"]),
        ("modified_since=yesterday", ["modified_since"]),
    ],
)
def test_what_does_not_go_together_or_is_no_place_is_named(problem, name, query, unfit):
    status, errors, _detail = problem(f"/api/v1/{name}/?{query.replace('cursor=*', 'cursor=*&ordering=-published_at')}")

    assert (status, list(errors)) == (400, unfit)


def test_funds_and_projects_are_not_followed(problem):
    make_fund()

    for name in ("funds", "projects"):
        assert problem(f"/api/v1/{name}/?cursor=*")[1].keys() == {"cursor"}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("query", [f"modified_since={BEGINNING}", "cursor=*"])
def test_following_asks_as_often_for_many_rows_as_for_few(client, name, query):
    def queries():
        client.get(f"/api/v1/{name}/?{query}")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{name}/?{query}").status_code == 200
        return len(captured)

    made(MODELS[name])
    before = queries()
    for _ in range(3):
        made(MODELS[name])

    assert queries() == before


# Everything at once

MOVES = ["begin", "send", "pause", "resume", "close", "withdraw", "edit", "hide", "join", "volunteer", "meet", "go on",
         "cancel", "retract", "poll", "poll"]  # fmt: skip
ON = ["prepare", "start_work", "begin_reporting"]


class Follower:
    """A client that keeps {code: row} of a list."""

    def __init__(self, api, name, query, size):
        self.api, self.name, self.narrowed, self.query, self.kept = api, name, query, f"{query}&page_size={size}", {}
        self.as_of = self._take(f"cursor=*&{self.query}")

    def poll(self, *, only_first_step=False):
        self.as_of = self._take(f"modified_since={self.as_of}&{self.query}", only_first_step)

    def _take(self, query, only_first_step=False):
        path = f"/{self.name}/?{query}"
        while True:
            body = self.api(path)
            for row in body["results"]:
                row.pop("changed_at", None)
                if row.get("gone"):
                    self.kept.pop(row["code"], None)
                else:
                    self.kept[row["code"]] = row
            if body["next"] is None or only_first_step:
                return body["as_of"]
            path = body["next"].partition("/api/v1")[2]


def proposal(by, country, other):
    """An exchange of ``country`` with that of ``other`` that both have still to sign."""
    parties = [
        {"country": make_country(country), "role": PartyRole.BENEFICIARY},
        {"country": make_country(other.country_codes[0]), "role": PartyRole.PROVIDER},
    ]
    agreement = {
        "title": "Weighing every child", "objective": "Every child is weighed.", "outputs": "Scales.",
        "cost_share": "Each its own.", "starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31),
        "practices": [make_practice()],
    }  # fmt: skip
    return exchanges.propose(by, form_key=uuid.uuid4(), values=agreement, parties=parties)


class Office:
    """Officers of Peru and Kenya who move what there is at random."""

    def __init__(self):
        self.peru, self.kenya = make_user(Role.OFFICER, country="PER"), make_user(Role.OFFICER, country="KEN")
        self.area = make_area("nutrition")

    def move(self, step, number, visibility, turn):
        """Make one move with one of the rows there are, as far as its state lets it."""
        model = (Offer, Need, Exchange)[number % 3]
        rows = list(model.objects.order_by("pk"))
        row = rows[number % len(rows)] if rows else None
        try:
            with transaction.atomic():
                self._move(step, model, row, visibility, turn)
        except (TransitionError, PermissionDenied):
            pass  # not from there

    def _move(self, step, model, row, visibility, turn):
        if row is None or step == "begin":
            self._begin(model, visibility, turn)
        elif step == "retract":
            practice = model.objects.filter(pk=row.pk).values_list("practices" if model is not Need else "practice")
            self._retract(practice.first()[0])
        elif model is Exchange:
            self._move_exchange(step, row)
        else:
            self._move_assistance(step, offers if model is Offer else needs, row, turn)

    def _begin(self, model, visibility, turn):
        if model is Exchange:
            proposal(self.peru, "PER", self.kenya)
            return
        practice = make_practice()
        values = {
            "title": f"Title {turn}", "summary": "As said.", "modalities": ["study_visit"], "languages": ["es"],
            "visibility": visibility, "challenge_areas": [self.area],
        }  # fmt: skip
        values |= {"practices": [practice]} if model is Offer else {"practice": practice}
        workflow = offers if model is Offer else needs
        row = workflow.start(self.peru, make_country("PER"), form_key=uuid.uuid4(), values=values)
        if turn % 4:
            workflow.send(row, by=self.peru)

    def _retract(self, practice):
        for one in Practice.objects.live().filter(pk=practice):
            retract(one, reason="Wrong.")

    def _move_exchange(self, step, row):
        if step in {"send", "join", "volunteer"}:
            for party in Party.objects.filter(exchange=row).order_by("pk"):
                by = self.peru if party.country_id == "PER" else self.kenya
                exchanges.sign(row, by=by, party=party, revision=row.agreement_revision)
        elif step == "cancel":
            exchanges.cancel(row, by=self.peru, note="The budget was cut.")
        elif step == "close":
            exchanges.close(row, by=self.peru, lessons="Begin earlier.", outcome="It is done.")
        else:
            getattr(exchanges, ON[row.pk % 3] if step == "go on" else ON[0])(row, by=self.peru)

    def _move_assistance(self, step, workflow, row, turn):
        note = {"note": "It is over."} if step in {"close", "withdraw"} else {}
        if step in {"edit", "hide"}:
            hidden = {"visibility": Visibility.PARTNERS if turn % 2 else Visibility.PUBLIC}
            values = {"title": f"Title {turn}"} if step == "edit" else hidden
            workflow.edit(row, by=self.peru, revision=row.revision, values=values)
        elif workflow is offers and step in {"send", "pause", "resume", "close"}:
            getattr(offers, step)(row, by=self.peru, **note)
        elif workflow is needs:
            self._move_need(step, row, note)

    def _move_need(self, step, row, note):
        if step == "join":
            needs.join(row, by=self.kenya, country=make_country("KEN"))
        elif step == "volunteer":
            matches.volunteer(row, by=self.kenya, country=make_country("KEN"))
        elif step == "meet":
            match = row.matches.filter(country="KEN", country_answer="accepted").first() or make_match(row, "KEN")
            matches.answer(match, by=self.peru, side="need", accept=True)
            exchanges.from_matches([match], by=self.peru, form_key=uuid.uuid4())
        elif step in {"send", "close", "withdraw"}:
            getattr(needs, step)(row, by=self.peru, **note)


_step = st.tuples(
    st.sampled_from(MOVES), st.integers(0, 30), st.sampled_from(["public", "public", "partners"]), st.booleans()
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_step, min_size=6, max_size=24), st.integers(1, 3))
def test_who_polls_ends_with_exactly_what_is_public(api, steps, size):
    with transaction.atomic():
        office = Office()
        queries = [
            ("exchanges", ""),
            ("offers", ""),
            ("needs", ""),
            ("offers", "status=ended"),
            ("needs", "country=KEN"),
        ]
        followers = [Follower(api, name, query, size) for name, query in queries]
        for turn, (step, number, visibility, is_cut_short) in enumerate(steps):
            if step == "poll":
                for follower in followers:
                    follower.poll(only_first_step=is_cut_short)
            else:
                office.move(step, number, visibility, turn)
        for follower in followers:
            follower.poll()
            rows = api(f"/{follower.name}/?page_size=100&{follower.narrowed}")["results"]
            assert follower.kept == {row["code"]: row for row in rows}
        transaction.set_rollback(True)
