"""Who may not see a thing does not learn that it exists: its address answers like one that nothing has."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import ApiKey, Notification, WebhookDelivery, WebhookEndpoint
from accounts.webhooks import keeping
from exchanges import assistance_views, exchange_views, match_views
from exchanges.enums import Answer, ExchangeStatus, NeedStatus, OfferStatus, Visibility
from exchanges.models import Exchange, ExchangeEvent, FollowUp, Match, Message, Milestone, Need, Offer, Signature
from practices import previews, review_views, workflow, workspace_views
from practices.enums import SubmissionStatus, Thread
from practices.files import views as file_views
from practices.models import AdoptionProposal, ChangeRequest, Comment, PreviewLink, Review, SubmissionEvent
from practices.steps import SLUGS
from ssc_portal.management.commands.routes import routes
from tests.exchanges_make import make_contribution, make_exchange, make_match, make_need, make_offer
from tests.make import make_practice
from tests.people import make_key, make_user, sign_in
from tests.submissions import make_submission

pytestmark = pytest.mark.django_db

# Of one length and found nowhere else, so that an answer can be compared once the number is taken out of it.
HIDDEN, MISSING = 7_300_001, 7_300_002
FORM = {
    "text": "A text", "letter": "A letter", "note": "A note", "answer": "An answer", "withdrawal": "A reason",
    "email": "somebody@example.org", "no_conflict": "1", "field": "basics", "request": HIDDEN, "person": HIDDEN,
    "to": HIDDEN, "title": "A title", "revision": "1", "continue": "1", "reason": "A reason", "source": "A source",
}  # fmt: skip
# What stands for each part of an address that is not the id or code of a thing; actions by where they are done.
PARTS = {"step": SLUGS, "part": sorted({*exchange_views.PAGES, *exchange_views.KINDS, "agreement"}), "row": ["1"]}
PARTS |= {"key": ["a-key"], "number": ["1"], "asked": ["1"], "submission": ["ID"], "webhook": ["ID"]}
ACTIONS = {
    "/workspace/submissions/<int:pk>/do/": workspace_views.ACTIONS,
    "/workspace/submissions/<int:pk>/files/": file_views.ACTIONS,
    "/review/<": review_views.ACTIONS,
    "/review/adoptions/": ["confirm", "refuse"],
    "/workspace/offers/": assistance_views.ACTIONS["offer"],
    "/workspace/needs/<str:code>/do/": assistance_views.ACTIONS["need"],
    "/workspace/needs/<str:code>/matches/": match_views.ACTIONS,
    "/workspace/matches/": ["accept", "decline"],
    "/workspace/exchanges/": exchange_views.ACTIONS,
}
# Things that have a code, by the part of the address before it.
CODES = {"offers": "OF-2025-ID", "needs": "ND-2025-ID", "exchanges": "EX-2025-ID"}
# What stands below a fund is as public as the fund; whoever does not maintain it gets 403 for all of it alike. What
# guards an account asks once more who it is before it looks for anything.
OPEN = ("/workspace/funds/", "/desk/", "/accounts/security/")
# Where the API asks who is there before it looks for anything.
WRITING = ("submissions", "reviews", "assistance", "webhooks")
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_CODE = re.compile(r"(?<=/)(\w+)/<(?:\w+:)?code>")
_RANDOM = re.compile(r"""nonce[-=]["']?[\w+/=-]+|name="csrfmiddlewaretoken" value="\w+""")


def addresses():
    """(method, address with "ID" in it) of every page and form of one private thing, from the list of routes."""
    for row in routes():
        pattern = row["pattern"]
        coded = _CODE.search(pattern)
        if pattern.startswith(OPEN) or not ((coded and coded[1] in CODES) or "pk>" in pattern):
            continue
        below = [re.sub(r"<(?:\w+:)?pk>", "ID", pattern)]
        if coded:
            below = [_CODE.sub(f"{coded[1]}/{CODES[coded[1]]}", one) for one in below]
        for name in sorted(set(_PART.findall(pattern)) - {"pk", "code"}):
            values = _actions_at(pattern) if name == "action" else PARTS[name]
            below = [re.sub(rf"<(?:\w+:)?{name}>", value, one) for one in below for value in values]
        # A HEAD takes the way of a GET: it is asked of what has a number, to save time.
        methods = {"GET", "POST"} if coded else {"GET", "POST", "HEAD"}
        yield from ((method, one) for one in below for method in row["methods"] if method in methods)


def _actions_at(pattern):
    (actions,) = [actions for start, actions in ACTIONS.items() if pattern.startswith(start)]
    return sorted(actions)


def to_nobody(address):
    """What a reader without an account is answered: the way in, or that a key is needed, or that nothing is there."""
    if address.startswith(("/workspace/", "/review/", "/accounts/")) or address.endswith("/agreement.pdf"):
        return 302
    return 401 if address.startswith(tuple(f"/api/v1/{room}/" for room in WRITING)) else 404


ADDRESSES = sorted(set(addresses()))
OF_THE_MOMENT = {"Expires", "RateLimit-Remaining", "RateLimit-Reset"}


def without_random(text, *ids):
    text = _RANDOM.sub("", text)
    for one in ids:
        text = text.replace(str(one), "ID")
    return text


def told(response, *ids):
    """(status, headers, body) as far as they are not random and do not repeat what was asked."""
    headers = {name: value for name, value in response.headers.items() if name not in OF_THE_MOMENT}
    return (
        response.status_code,
        without_random(str(headers), *ids),
        without_random(response.content.decode(), *ids),
    )


def ask(client, method, address, **form):
    """The response and the SQL that it took, without its values. Only a POST carries ``form``."""
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(re.sub(r"'[^']*'|\d+", "?", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        response = getattr(client, method.lower())(address, form if method == "POST" else None)
    return response, statements


def signed_in(person=None):
    """The Client of ``person``, or of a visitor; its requests carry one id, which some answers repeat."""
    client = Client(raise_request_exception=False, headers={"X-Request-Id": "of-one-comparison"})
    if person:
        assert sign_in(client, person).status_code == 302
    return client


@pytest.fixture
def hidden():
    """A case study that its country is writing, a proposal, a message, a key and a webhook of its author, with what was
    sent to it, all under the id HIDDEN.

    Beside them an offer and a need that it is writing, a match of that need, and an exchange that came to nothing.
    """
    hide_assistance()
    submission = make_submission(SubmissionStatus.DRAFT, id=HIDDEN, title="Not for you")
    AdoptionProposal.objects.create(
        pk=HIDDEN, practice=make_practice(), country=submission.country, source="A report", proposed_by=submission.lead
    )
    key, _text = make_key(user=submission.lead)
    ApiKey.objects.filter(pk=key.pk).update(id=HIDDEN)
    webhook, _secret = keeping.add(submission.lead, address="https://partner.example/", kinds=["need.opened"])
    WebhookEndpoint.objects.filter(pk=webhook.pk).update(id=HIDDEN)
    sent = keeping.send_test(WebhookEndpoint.objects.get())
    WebhookDelivery.objects.filter(pk=sent.pk).update(id=HIDDEN)
    Notification.objects.create(pk=HIDDEN, user=submission.lead, kind="practices.commented", path="/workspace/")
    return submission


def hide_assistance(status=ExchangeStatus.DECLINED, *, number=HIDDEN):
    """An offer, a need, a match and an exchange with a row of every kind, all under the id ``number``."""
    make_offer(OfferStatus.DRAFT, code=f"OF-2025-{number}", title="Not for you")
    need = make_need(NeedStatus.DRAFT, country="BGD", code=f"ND-2025-{number}", title="Not for you")
    make_match(need, "SEN", pk=number)
    exchange = make_exchange(status, beneficiaries=["SEN"], code=f"EX-2025-{number}", title="Not for you")
    of, day = {"exchange": exchange, "pk": number}, timezone.localdate()
    facts = {"party": exchange.parties.first(), "author": need.lead, "added_by": need.lead, "currency": "USD"}
    facts |= dict.fromkeys(("starts_on", "ends_on", "due_on"), day) | {"planned": 1, "text": "Not for you"}
    facts["url"] = "https://example.org/not-for-you"
    for kind in exchange_views.KINDS.values():
        columns = {field.name for field in kind.model._meta.concrete_fields}
        kind.model.objects.create(**of, **{name: value for name, value in facts.items() if name in columns})
    make_contribution(country="BGD", **of)
    return exchange


READERS = {
    "anonymous": lambda: None,
    "without a role": make_user,
    "officer of another country": lambda: make_user(Role.OFFICER, country="PER"),
    "curator": lambda: make_user(Role.CURATOR),
    "partner": lambda: make_user(Role.PARTNER),
    "administrator": lambda: make_user(Role.ADMINISTRATOR),
}


def test_the_list_of_routes_names_what_is_looked_at_here():
    assert {
        ("GET", "/workspace/submissions/ID/"), ("GET", "/workspace/submissions/ID/check/"),
        ("GET", "/workspace/submissions/ID/preview/"), ("GET", "/workspace/submissions/ID/basics/"),
        ("POST", "/workspace/submissions/ID/basics/"), ("POST", "/workspace/submissions/ID/do/answer/"),
        ("GET", "/review/ID/"), ("POST", "/review/ID/do/publish/"), ("GET", "/accounts/notifications/ID/"),
        ("GET", "/exchanges/offers/OF-2025-ID/"), ("GET", "/api/v1/offers/OF-2025-ID/"),
        ("GET", "/exchanges/needs/ND-2025-ID/"), ("GET", "/api/v1/needs/ND-2025-ID/"),
        ("GET", "/exchanges/EX-2025-ID/"), ("GET", "/exchanges/EX-2025-ID/calendar.ics"),
        ("GET", "/exchanges/EX-2025-ID/agreement.pdf"), ("GET", "/api/v1/exchanges/EX-2025-ID/"),
        ("POST", "/workspace/offers/OF-2025-ID/edit/"), ("POST", "/workspace/needs/ND-2025-ID/do/volunteer/"),
        ("POST", "/workspace/needs/ND-2025-ID/matches/do/begin/"), ("POST", "/workspace/matches/ID/do/accept/"),
        ("POST", "/workspace/exchanges/EX-2025-ID/do/sign/"), ("GET", "/workspace/exchanges/EX-2025-ID/messages/"),
        ("POST", "/workspace/exchanges/EX-2025-ID/budget/ID/"),
        ("POST", "/workspace/exchanges/EX-2025-ID/contributions/ID/"),
        ("POST", "/api/v1/webhooks/ID/deliveries/ID/again/"), ("GET", "/api/v1/webhooks/ID/"),
    } <= set(ADDRESSES)  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_what_is_hidden_answers_like_what_is_missing_and_takes_the_same_statements(hidden, reader):
    client = signed_in(READERS[reader]())
    before, before_of_exchanges = events(SubmissionEvent), events(ExchangeEvent)

    for method, address in ADDRESSES:
        if reader == "curator" and address.startswith("/review/adoptions/"):
            continue  # every curator sees every proposal
        missing, cost_of_missing = ask(client, method, address.replace("ID", str(MISSING)), **FORM)
        found, cost = ask(client, method, address.replace("ID", str(HIDDEN)), **FORM)

        assert told(found, HIDDEN) == told(missing, MISSING), (method, address)
        expected = to_nobody(address) if reader == "anonymous" else 404
        assert found.status_code == expected, (method, address)
        assert cost == cost_of_missing, (method, address)
        assert "no-store" in found["Cache-Control"], (method, address)

    hidden.refresh_from_db()
    assert (hidden.revision, hidden.status) == (1, SubmissionStatus.DRAFT)
    assert (events(SubmissionEvent), events(ExchangeEvent)) == (before, before_of_exchanges)
    assert not hidden.change_requests.exists() | hidden.remarks.exists() | hidden.reviews.exists()
    assert AdoptionProposal.objects.get(pk=HIDDEN).decided_at is None
    assert Notification.objects.get(pk=HIDDEN).read_at is None
    assert (Offer.objects.get().status, Need.objects.get().status) == (OfferStatus.DRAFT, NeedStatus.DRAFT)
    match = Match.objects.get()
    assert match.need_answer == match.country_answer == Answer.PENDING
    assert not Message.objects.exists() | Signature.objects.exists()


def events(model):
    return list(model.objects.values_list("pk", flat=True))


def of_assistance(*, without=()):
    return [one for one in ADDRESSES if "-2025-ID/" in one[1] and not one[1].startswith(tuple(without))]


@pytest.mark.parametrize("reader", ["anonymous", "officer of another country", "partner"])
def test_a_proposal_is_known_to_its_parties_and_to_brokers_alone(reader):
    hide_assistance(ExchangeStatus.PROPOSED)
    client = signed_in(READERS[reader]())

    for method, address in of_assistance(without=["/workspace/offers", "/workspace/needs", "/exchanges/offers"]):
        answers = [ask(client, method, address.replace("ID", str(one)), **FORM) for one in (HIDDEN, MISSING)]
        assert told(answers[0][0], HIDDEN) == told(answers[1][0], MISSING), (method, address)
        assert answers[0][1] == answers[1][1], (method, address)


@pytest.mark.parametrize("reader", ["anonymous", "without a role"])
def test_what_is_for_partners_is_missing_for_who_has_no_part(reader):
    facts = {"visibility": Visibility.PARTNERS}
    make_offer(code=f"OF-2025-{HIDDEN}", **facts)
    make_need(country="BGD", code=f"ND-2025-{HIDDEN}", **facts)
    make_exchange(beneficiaries=["SEN"], code=f"EX-2025-{HIDDEN}", **facts)
    client, partner = signed_in(READERS[reader]()), signed_in(make_user(Role.PARTNER))

    for method, address in of_assistance():
        answers = [ask(client, method, address.replace("ID", str(one)), **FORM) for one in (HIDDEN, MISSING)]
        assert told(answers[0][0], HIDDEN) == told(answers[1][0], MISSING), (method, address)
        assert answers[0][1] == answers[1][1], (method, address)
    for address in CODES.values():
        path = {"O": "offers/", "N": "needs/", "E": ""}[address[0]]
        assert partner.get(f"/exchanges/{path}{address.replace('ID', str(HIDDEN))}/").status_code == 200


def test_a_curator_learns_nothing_of_what_was_withdrawn_before_it_was_handed_in():
    draft = make_submission(SubmissionStatus.DRAFT, id=HIDDEN)
    workflow.withdraw(draft, by=draft.lead)
    client = signed_in(make_user(Role.CURATOR))

    for method, address in sorted(set(ADDRESSES) - set(of_assistance())):
        answers = [ask(client, method, address.replace("ID", str(pk)), **FORM)[0] for pk in (HIDDEN, MISSING)]
        assert told(answers[0], HIDDEN) == told(answers[1], MISSING), (method, address)


def test_a_secret_address_that_ended_answers_like_one_that_never_was(hidden):
    visitor, tokens = signed_in(), []
    for facts in ({"revoked_at": timezone.now()}, {"expires_at": timezone.now()}, {}):
        link, token = previews.make_link(hidden, by=hidden.lead)
        PreviewLink.objects.filter(pk=link.pk).update(**facts or {"made_at": timezone.now()})
        tokens.append(token)
    assert visitor.get(f"/preview/{tokens[-1]}/").status_code == 200
    workflow.withdraw(hidden, by=hidden.lead)

    for prefix in ("", "/ar"):
        never, _cost = ask(visitor, "GET", f"{prefix}/preview/{'x' * 43}/")
        for token in tokens:
            ended, _cost = ask(visitor, "GET", f"{prefix}/preview/{token}/")
            assert told(ended, token) == told(never, "x" * 43)
            assert ended.status_code == 404


# Things below two parents


@pytest.fixture
def two():
    """Two case studies of two countries with the same curator, each with a request that was sent to its country."""
    curator = make_user(Role.CURATOR)
    made = []
    for country, first in (("BGD", 0), ("PER", 10)):
        submission = make_submission(SubmissionStatus.IN_REVIEW, country=country, curator=curator)
        ChangeRequest.objects.create(
            pk=HIDDEN + first + 4, submission=submission, author=curator, field="basics", text="Which one?"
        )
        submission = workflow.request_changes(submission, by=curator, letter="Please say more.")
        made.append(submission)
    return *made, curator


def assert_same_as_missing(client, address, name, existing):
    """That naming ``existing`` in the form of ``address`` is told like naming what there is not."""
    answers = []
    for pk in (existing, 7_999_999):
        response, cost = ask(client, "POST", address, **{**FORM, name: pk})
        answers.append((told(response), cost))
    assert answers[0] == answers[1]
    return answers[0][0][0]


def test_a_request_of_another_case_study_cannot_be_answered(two):
    own, other, _curator = two
    asked = other.change_requests.get()

    status = assert_same_as_missing(
        signed_in(own.lead), f"/workspace/submissions/{own.pk}/do/answer/", "request", asked.pk
    )

    assert status == 404
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("", None)


def test_a_request_that_was_not_sent_yet_cannot_be_answered(two):
    own, _other, curator = two
    unsent = ChangeRequest.objects.create(submission=own, author=curator, field="basics", text="Not sent")

    address = f"/workspace/submissions/{own.pk}/do/answer/"

    assert assert_same_as_missing(signed_in(own.lead), address, "request", unsent.pk) == 404


def test_a_request_of_another_case_study_cannot_be_closed(two):
    own, other, curator = two
    asked = other.change_requests.get()

    status = assert_same_as_missing(signed_in(curator), f"/review/{own.pk}/do/close/", "request", asked.pk)

    assert status == 404
    asked.refresh_from_db()
    assert asked.closed_at is None


@pytest.mark.parametrize("action", ["remove", "hand-over"])
def test_only_who_is_on_the_team_leaves_it_or_leads_it(two, action):
    own, other, _curator = two
    colleague = make_user(Role.OFFICER, country="PER")
    other.coauthors.add(colleague)
    client, address = signed_in(own.lead), f"/workspace/submissions/{own.pk}/do/{action}/"

    statuses = {assert_same_as_missing(client, address, "person", person.pk) for person in (colleague, other.lead)}

    assert statuses == {404}
    own.refresh_from_db()
    assert set(other.coauthors.all()) == {colleague}
    assert not own.coauthors.exists()


def test_a_case_study_is_handed_to_nobody_but_a_curator_who_could_take_it():
    curator, stranger = make_user(Role.CURATOR), make_user(Role.OFFICER, country="PER")
    submission = make_submission(SubmissionStatus.IN_REVIEW, curator=curator)
    close = make_user(Role.CURATOR, Role.OFFICER)  # of the country itself

    client, address = signed_in(curator), f"/review/{submission.pk}/do/reassign/"

    for person in (stranger, close):
        assert assert_same_as_missing(client, address, "to", person.pk) == 422
    submission.refresh_from_db()
    assert submission.holder == curator


@pytest.fixture
def exchanges():
    """Two exchanges under way: one of Peru, whose officer is given, and one between others."""
    own = make_exchange(providers=["PER"], beneficiaries=["KEN"])
    other = make_exchange(providers=["BGD"], beneficiaries=["SEN"])
    return own, other, make_user(Role.OFFICER, country="PER")


def test_a_row_of_another_exchange_is_missing_in_ones_own(exchanges):
    own, other, officer = exchanges
    client, day = signed_in(officer), timezone.localdate()
    row = Milestone.objects.create(exchange=other, pk=HIDDEN, title="Not for you", due_on=day)

    for method in ("GET", "POST"):
        answers = [
            ask(client, method, f"/workspace/exchanges/{own.code}/milestones/{pk}/", **FORM) for pk in (HIDDEN, MISSING)
        ]
        assert told(answers[0][0], HIDDEN) == told(answers[1][0], MISSING)
        assert answers[0][0].status_code == 404
        assert answers[0][1] == answers[1][1]

    row.refresh_from_db()
    assert (row.title, row.exchange) == ("Not for you", other)


@pytest.mark.parametrize(("action", "name"), [("sign", "party"), ("follow-up", "check")])
def test_nobody_signs_or_follows_up_in_an_exchange_of_others(exchanges, action, name):
    own, other, officer = exchanges
    check = FollowUp.objects.create(exchange=other, days=30, due_on=timezone.localdate())
    theirs = {"party": other.parties.first().pk, "check": check.pk}[name]

    status = assert_same_as_missing(signed_in(officer), f"/workspace/exchanges/{own.code}/do/{action}/", name, theirs)

    assert status == 404
    check.refresh_from_db()
    assert check.done_at is None
    assert not Signature.objects.exists()


def test_a_match_of_another_need_begins_no_exchange(exchanges):
    _own, _other, officer = exchanges
    need = make_need(country="PER", lead=officer)
    accepted = {"need_answer": Answer.ACCEPTED, "country_answer": Answer.ACCEPTED}
    match = make_match(make_need(country="SEN"), "BGD", **accepted)
    before, client = Exchange.objects.count(), signed_in(officer)
    page = f"/workspace/needs/{need.code}/matches/"
    client.get(page)  # so that the names of countries and topics are known

    assert assert_same_as_missing(client, f"{page}do/begin/", "match", match.pk) == 422
    assert Exchange.objects.count() == before


def test_an_offer_of_another_country_helps_nobody_in_ones_name(exchanges):
    _own, _other, officer = exchanges
    need, offer = make_need(country="SEN"), make_offer(country="BGD")
    client, address = signed_in(officer), f"/workspace/needs/{need.code}/do/volunteer/"

    assert assert_same_as_missing(client, address, "offer", offer.pk) == 422
    assert not Match.objects.exists()


def test_inviting_does_not_tell_who_has_an_account(two):
    own, other, _curator = two
    client, address = signed_in(own.lead), f"/workspace/submissions/{own.pk}/do/invite/"

    answers = [
        told(client.post(address, {"email": email}, follow=True), email)
        for email in ("nobody@example.org", other.lead.email)
    ]

    assert answers[0] == answers[1]
    assert not own.coauthors.exists()


def test_an_officer_does_not_comment_on_what_curators_say_among_themselves(two):
    own, _other, _curator = two
    client = signed_in(own.lead)

    client.post(f"/workspace/submissions/{own.pk}/do/comment/", {"text": "Hello", "thread": Thread.INTERNAL})

    assert set(Comment.objects.values_list("thread", flat=True)) == {Thread.SHARED}
    response = client.post(f"/review/{own.pk}/do/comment/", {"text": "Hello", "thread": Thread.INTERNAL})
    assert response.status_code == 403
    assert Review.objects.filter(submission=own, reviewer=own.lead).count() == 0
