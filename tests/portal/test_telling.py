"""Every kind of message is caused by something that people do or that the clock does, told to whom it concerns, and
leads them to a page that they may open."""

import datetime
import uuid

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from accounts import credentials
from accounts import workflow as joining_workflow
from accounts.digests import gather
from accounts.enums import MailRhythm, Role
from accounts.kinds import Kind
from accounts.models import Notification, OutboxMessage, User
from accounts.outbox import TRIES_WHEN_REFUSED, deliver_due
from exchanges import terms
from exchanges.enums import ExchangeStatus, PartyRole
from exchanges.matching import Candidate
from exchanges.models import FollowUp, Milestone
from exchanges.workflow import amendments, exchanges, matches, needs, offers
from practices import previews, reminders, validity, workflow
from practices.enums import SubmissionStatus, Thread
from practices.models import CountryOffice
from ssc_portal.mail_url import mail_settings
from tests.exchanges_make import make_exchange, make_need, make_offer
from tests.make import make_area, make_country, make_practice
from tests.people import PASSWORD, make_user, sign_in
from tests.smtp_sink import SmtpSink
from tests.submissions import file_review, make_draft, make_submission

pytestmark = pytest.mark.django_db
# tests/accounts/test_second_factor.py sets factors up and takes them away, test_key_pages.py beside it makes keys,
# webhooks/test_sending.py has one switched off, tests/practices/files/ let consent end and find malware.
ELSEWHERE = {
    *(Kind.FACTOR_ADDED, Kind.FACTOR_REMOVED, Kind.RECOVERY_CODES_MADE),
    *(Kind.KEY_MADE, Kind.WEBHOOK_SWITCHED_OFF),
    *(Kind.FILE_CONSENT_ENDING, Kind.FILE_CONSENT_ENDED, Kind.FILE_MALWARE_FOUND),
}


def person(name, *roles, **facts):
    return make_user(*roles, email=f"{name}@example.org", **facts)


def told(*kinds):
    """{kind: names of those who were told}, of ``kinds`` or of all that was told."""
    found = {}
    for kind, email in OutboxMessage.objects.values_list("kind", "user__email"):
        if not kinds or kind in kinds:
            found.setdefault(Kind(kind), set()).add(email.partition("@")[0])
    return found


def days(count):
    return timezone.now() + datetime.timedelta(days=count)


# Each journey leaves what it told in the database and returns {kind: names of those who should have been}.


def endorsing():
    lead, _focal = person("lead", Role.OFFICER), person("focal", Role.FOCAL_POINT)
    person("curator", Role.CURATOR)
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    submission = workflow.submit(make_draft(lead), by=lead)
    submission = workflow.send_back(submission, by=_focal, note="Name the districts.")
    workflow.endorse(workflow.submit(submission, by=lead), by=_focal)
    return {
        Kind.STUDY_ASKED_ENDORSEMENT: {"focal"},
        Kind.STUDY_SENT_BACK: {"lead"},
        Kind.STUDY_SUBMITTED: {"curator"},
    }


def reviewing():
    lead, colleague = person("lead", Role.OFFICER), person("colleague", Role.OFFICER)
    one, two, three = (person(name, Role.CURATOR) for name in ("one", "two", "three"))
    person("fourth", Role.CURATOR)
    submission = workflow.invite(make_draft(lead), by=lead, user=colleague)
    submission = workflow.submit(workflow.hand_over(submission, by=lead, user=colleague), by=colleague)
    submission = workflow.release(workflow.claim(submission, by=one, no_conflict=True), by=one)
    submission = workflow.claim(submission, by=two, no_conflict=True)
    submission = workflow.reassign(submission, by=two, to=three)
    workflow.comment(submission, by=three, thread=Thread.SHARED, text="Which year?")
    reminders.remind(days(7))
    submission = workflow.request_changes(submission, by=three, letter="Name the source.")
    reminders.remind(days(15))
    submission = workflow.submit(submission, by=colleague)
    file_review(submission, three, score=4)
    file_review(submission, two, score=2)
    practice = workflow.publish(submission, by=three)
    workflow.retract(practice, by=two, reason="It could not be checked.")
    curators, authors = {"one", "two", "three", "fourth"}, {"lead", "colleague"}
    return {
        Kind.STUDY_INVITED: {"colleague"},
        Kind.STUDY_HANDED_OVER: {"colleague"},
        Kind.STUDY_SUBMITTED: curators,
        Kind.STUDY_CLAIMED: authors,
        Kind.STUDY_RELEASED: curators - {"one"},
        Kind.STUDY_REASSIGNED: {"three"},
        Kind.STUDY_COMMENTED: authors,
        Kind.STUDY_DEADLINE: {"three"},
        Kind.STUDY_CHANGES_REQUESTED: authors,
        Kind.STUDY_CHANGES_AWAITED: authors,
        Kind.STUDY_ANSWERED: {"one", "two", "three"},
        Kind.STUDY_THIRD_READER: {"fourth"},
        Kind.STUDY_PUBLISHED: authors,
        Kind.PRACTICE_RETRACTED: authors,
    }


def ending():
    lead, curator = person("lead", Role.OFFICER), person("curator", Role.CURATOR)
    for move in (workflow.decline, None):
        submission = make_submission(SubmissionStatus.IN_REVIEW, lead=lead, curator=curator)
        if move:
            move(submission, by=curator, letter="It was never carried out.")
        else:
            workflow.withdraw(submission, by=lead)
    return {
        Kind.STUDY_SUBMITTED: {"curator"},
        Kind.STUDY_CLAIMED: {"lead"},
        Kind.STUDY_DECLINED: {"lead"},
        Kind.STUDY_WITHDRAWN: {"lead", "curator"},
    }


def previewing():
    lead = person("lead", Role.OFFICER)
    _link, token = previews.make_link(make_draft(lead), by=lead)
    for _time in range(2):
        assert Client().get(f"/preview/{token}/").status_code == 200
    reminders.remind(days(previews.LINK_DAYS - 1))
    return {Kind.PREVIEW_OPENED: {"lead"}, Kind.PREVIEW_EXPIRING: {"lead"}}


def adopting():
    officer, curator = person("officer", Role.OFFICER, country="PER"), person("curator", Role.CURATOR)
    for confirm in (True, False):
        practice = make_practice(title=f"Adopted or not: {confirm}", country="BGD")
        proposal = workflow.propose_adoption(practice, make_country("PER"), by=officer, source="A report")
        workflow.decide_adoption(proposal, by=curator, confirm=confirm, reason="Because.")
    return {
        Kind.ADOPTION_PROPOSED: {"curator"},
        Kind.ADOPTION_CONFIRMED: {"officer"},
        Kind.ADOPTION_REFUSED: {"officer"},
    }


def ageing():
    person("officer", Role.OFFICER)
    person("focal", Role.FOCAL_POINT)
    practice = make_practice(country="BGD")
    type(practice).objects.update(revalidated_on=days(-1100).date())
    validity.check()
    return {Kind.PRACTICE_REVIEW_DUE: {"officer", "focal"}}


def asking_for_help():
    lead, focal = person("lead", Role.OFFICER), person("focal", Role.FOCAL_POINT)
    joining = person("joining", Role.OFFICER, country="COL")
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    values = {
        "title": "Solar pumps for schools", "summary": "We ask for help.", "language": "en", "languages": ["en"],
        "modalities": ["study_visit"], "challenge_areas": [make_area("wash")], "expires_on": days(20).date(),
    }  # fmt: skip
    need = needs.start(lead, make_country("BGD"), form_key=uuid.uuid4(), values=values)
    need = needs.send_back(needs.send(need, by=lead), by=focal, note="Name the districts.")
    need = needs.endorse(needs.send(need, by=lead), by=focal)
    needs.remind_of_expiry()
    needs.join(need, by=joining, country=make_country("COL"))
    needs.close(need, by=focal, note="It was answered elsewhere.")
    make_offer(country="COL", lead=joining, expires_on=days(-2).date())
    offers.expire_due()
    return {
        Kind.ASSISTANCE_ASKED_ENDORSEMENT: {"focal"},
        Kind.ASSISTANCE_SENT_BACK: {"lead"},
        Kind.ASSISTANCE_OPENED: {"lead"},
        Kind.ASSISTANCE_EXPIRING: {"lead", "focal"},
        Kind.NEED_JOINED: {"lead", "focal"},
        Kind.ASSISTANCE_CLOSED: {"lead"},
        Kind.ASSISTANCE_EXPIRED: {"joining"},
    }


def matching():
    asking, giving = person("asking", Role.OFFICER, country="PER"), person("giving", Role.OFFICER, country="COL")
    third, curator = person("third", Role.OFFICER, country="KEN"), person("curator", Role.CURATOR)
    need = make_need(country="PER", lead=asking)
    (match,) = matches.keep(need, [Candidate(make_country("COL"), None, None, 0.8, [])])
    matches.answer(match, by=giving, side="country", accept=True)
    matches.answer(match, by=asking, side="need", accept=False, reason="Too far away.")
    matches.propose(need, make_country("KEN"), by=curator, note="They did the same in 2019.")
    matches.volunteer(need, by=third, country=make_country("KEN"))
    return {
        Kind.MATCH_FOUND: {"asking", "giving"},
        Kind.MATCH_ACCEPTED: {"asking"},
        Kind.MATCH_DECLINED: {"giving"},
        Kind.MATCH_PROPOSED: {"asking", "third"},
        Kind.MATCH_VOLUNTEERED: {"asking"},
    }


AGREEMENT = {
    "title": "First human milk bank",
    "objective": "A milk bank in the capital.",
    "outputs": "One bank.",
    "cost_share": "Each side bears its own costs.",
    "starts_on": datetime.date(2027, 1, 10),
    "ends_on": datetime.date(2028, 3, 31),
    "modalities": ["workshop"],
}
SIDES = (("COL", PartyRole.PROVIDER), ("PER", PartyRole.BENEFICIARY))


def proposed(asking):
    parties = [{"country": make_country(iso3), "role": role} for iso3, role in SIDES]
    return exchanges.propose(asking, form_key=uuid.uuid4(), values=AGREEMENT, parties=parties)


def signed(module, exchange, by, iso3, revision):
    return module.sign(exchange, by=by, party=exchange.parties.get(country=iso3), revision=revision)


def exchanging():
    asking, giving = person("asking", Role.OFFICER, country="PER"), person("giving", Role.OFFICER, country="COL")
    exchange = proposed(asking)
    exchange = exchanges.edit_agreement(exchange, by=asking, revision=1, values=AGREEMENT | {"outputs": "Two banks."})
    exchange = signed(exchanges, exchange, asking, "PER", 2)
    exchange = signed(exchanges, exchange, giving, "COL", 2)
    values = terms.agreed(exchange) | {"ends_on": datetime.date(2028, 9, 30)}
    amendments.propose(exchange, by=asking, revision=2, values=values, reason="The rains are late.")
    amendments.drop(exchange, by=giving, note="They are not.")
    amendments.propose(exchange, by=asking, revision=2, values=values, reason="They are.")
    exchange = signed(amendments, exchange, asking, "PER", 4)
    exchange = signed(amendments, exchange, giving, "COL", 4)
    exchange = exchanges.start_work(exchanges.prepare(exchange, by=giving), by=giving)
    exchanges.post(exchange, by=asking, text="When do you come?")
    Milestone.objects.create(exchange=exchange, title="Nurses trained", due_on=days(3).date())
    exchanges.remind()
    exchange = exchanges.begin_reporting(exchange, by=giving)
    exchanges.close(exchange, by=asking, lessons="Begin with the nurses.", outcome="One bank opened.")
    assert list(FollowUp.objects.values_list("days", flat=True)) == [30, 90, 180]
    for count in (32, 92, 182):
        exchanges.remind(days(count))
    assert OutboxMessage.objects.filter(kind=Kind.EXCHANGE_FOLLOW_UP).count() == 3 * len(SIDES)
    return {
        Kind.EXCHANGE_PROPOSED: {"giving"},
        Kind.EXCHANGE_AGREEMENT_CHANGED: {"giving"},
        Kind.EXCHANGE_SIGNED: {"giving"},
        Kind.EXCHANGE_AGREED: {"asking", "giving"},
        Kind.AMENDMENT_PROPOSED: {"giving"},
        Kind.AMENDMENT_DROPPED: {"asking"},
        Kind.AMENDMENT_AGREED: {"asking", "giving"},
        Kind.EXCHANGE_MOVED: {"asking"},
        Kind.EXCHANGE_MESSAGE: {"giving"},
        Kind.EXCHANGE_DUE: {"asking", "giving"},
        Kind.ASSISTANCE_CLOSED: {"giving"},
        Kind.EXCHANGE_FOLLOW_UP: {"asking", "giving"},
    }


def falling_through():
    asking, giving = person("asking", Role.OFFICER, country="PER"), person("giving", Role.OFFICER, country="COL")
    exchanges.decline(proposed(asking), by=giving, note="Our team has no time this year.")
    running = make_exchange(ExchangeStatus.RUNNING, providers=["COL"], beneficiaries=["PER"])
    exchanges.cancel(running, by=asking, note="The budget was cut.")
    return {
        Kind.EXCHANGE_PROPOSED: {"giving"},
        Kind.EXCHANGE_DECLINED: {"asking"},
        Kind.EXCHANGE_CANCELLED: {"giving"},
    }


def writing_to_a_country():
    person("officer", Role.OFFICER, country="COL")
    letter = {"text": "Hello.", "name": "Somebody", "email": "somebody@example.org", "form_key": str(uuid.uuid4())}
    assert Client().post("/countries/COL/contact/", letter).status_code == 302
    return {Kind.COUNTRY_CONTACTED: {"officer"}}


def changing_roles():
    user = person("officer", Role.OFFICER)
    row = user.memberships.get()
    root = Client()
    sign_in(root, User.objects.create_superuser("root@example.org", PASSWORD, name="Root"))
    form = {
        "email": user.email, "name": user.name, "language": "en", "time_zone": "UTC", "is_active": "on",
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", "memberships-0-id": row.pk,
        "memberships-0-user": user.pk, "memberships-0-role": "focal_point", "memberships-0-country": "BGD",
    }  # fmt: skip
    assert root.post(f"/desk/accounts/user/{user.pk}/change/", form).status_code == 302
    assert user.memberships.get().role == Role.FOCAL_POINT
    return {Kind.ROLE_GIVEN: {"officer"}, Kind.ROLE_TAKEN: {"officer"}}


def joining():
    focal = person("focal", Role.FOCAL_POINT)
    where = {"role": Role.OFFICER, "country": make_country("BGD")}
    joining_workflow.invite(by=focal, email="invited@example.org", **where)
    facts = {"organisation_name": "", "why": "To write.", "language": "en", "name": "Amina"}
    application = joining_workflow.apply(email="applicant@example.org", **where, **facts)
    joining_workflow.confirm(application)
    joining_workflow.decide(application, by=focal, is_accepted=False, reason="Another office writes for us.")
    return {
        Kind.INVITED: {"invited"},
        Kind.APPLICATION_ASKED: {"applicant"},
        Kind.APPLICATION_WAITING: {"focal"},
        Kind.APPLICATION_DECLINED: {"applicant"},
    }


def keeping_an_account():
    user = person("lead", Role.OFFICER)
    browser = Client()
    for client in (browser, browser, Client()):
        assert sign_in(client, user).status_code == 302
        client.post("/accounts/logout/")
    assert OutboxMessage.objects.filter(kind=Kind.SIGNED_IN_ANEW).count() == 1
    credentials.forget_password(user.email)
    credentials.note_new_password(user)
    credentials.ask_for_address(user, "lead@example.net")
    credentials.change_address(user, "lead@example.net")
    kinds = (
        Kind.SIGNED_IN_ANEW, Kind.PASSWORD_FORGOTTEN, Kind.PASSWORD_CHANGED, Kind.ADDRESS_ASKED, Kind.ADDRESS_CHANGED,
    )  # fmt: skip
    return {kind: {"lead"} for kind in kinds}


def gathering():
    lead = person("lead", Role.OFFICER, mail_rhythm=MailRhythm.DAILY)
    _link, token = previews.make_link(make_draft(lead), by=lead)
    Client().get(f"/preview/{token}/")
    gather(days(2))
    return {Kind.PREVIEW_OPENED: {"lead"}, Kind.DIGEST: {"lead"}}


def being_refused():
    person("administrator", Role.ADMINISTRATOR)
    lead = person("lead", Role.OFFICER)
    _link, token = previews.make_link(make_draft(lead), by=lead)
    Client().get(f"/preview/{token}/")
    with SmtpSink() as sink, override_settings(**mail_settings(sink.url)):
        sink.refuses = lambda address: 550 if address == lead.email else False
        for _number in range(TRIES_WHEN_REFUSED):
            OutboxMessage.objects.update(due_at=timezone.now())
            deliver_due()
    return {Kind.PREVIEW_OPENED: {"lead"}, Kind.UNDELIVERED: {"administrator"}}


JOURNEYS = (
    endorsing, reviewing, ending, previewing, adopting, ageing, asking_for_help, matching, exchanging, falling_through,
    writing_to_a_country, changing_roles, joining, keeping_an_account, gathering, being_refused,
)  # fmt: skip
CAUSED = set()


@pytest.mark.parametrize("journey", JOURNEYS)
def test_what_happens_is_told_to_whom_it_concerns_and_leads_to_a_page(journey):
    expected = journey()
    CAUSED.update(expected)

    assert told() == expected
    for row in Notification.objects.select_related("user"):
        client = Client()
        client.force_login(row.user)
        answer = client.get(f"/accounts/notifications/{row.pk}/")
        assert answer["Location"] == row.path
        assert client.get(row.path, follow=True).status_code == 200, (row.kind, row.path)


def test_every_kind_is_caused_by_one_of_these_journeys():
    if len(CAUSED) == 0:
        pytest.skip("Only together with the journeys.")
    assert set(Kind) - CAUSED - ELSEWHERE == set()


# Reminders, once each, in the morning of whoever is reminded


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def test_a_reminder_of_a_day_comes_in_each_persons_own_morning_once():
    mornings = {  # of 29 February, a week before the last day
        "Pacific/Kiritimati": "2028-02-28T17:00",
        "Asia/Dhaka": "2028-02-29T01:00",
        "UTC": "2028-02-29T07:00",
        "Pacific/Pago_Pago": "2028-02-29T18:00",
    }
    people = {zone: make_user(Role.OFFICER, time_zone=zone) for zone in mornings}
    make_need(country="BGD", lead=people["UTC"], expires_on=datetime.date(2028, 3, 7))
    weeks, seen = OutboxMessage.objects.filter(key__contains=":7:"), {}

    for hour in range(72):
        moment = at("2028-02-28T00:00") + datetime.timedelta(hours=hour)
        needs.remind_of_expiry(moment)
        for zone in weeks.values_list("user__time_zone", flat=True):
            seen.setdefault(zone, moment)

    assert seen == {zone: at(morning) for zone, morning in mornings.items()}
    assert weeks.count() == len(people)


@pytest.mark.parametrize(
    ("zone", "due", "first"),
    [
        # Due at 23:59 and at midnight where they are: that day and the next.
        ("Asia/Dhaka", "2026-06-10T17:59", "2026-06-08T01:00"),
        ("Asia/Dhaka", "2026-06-10T18:00", "2026-06-09T01:00"),
        ("Pacific/Kiritimati", "2026-06-10T12:00", "2026-06-08T17:00"),
        ("Pacific/Pago_Pago", "2026-06-10T10:59", "2026-06-07T18:00"),
        # Over the night in which clocks change.
        ("Europe/Paris", "2026-03-30T12:00", "2026-03-28T06:00"),
        ("Europe/Paris", "2026-03-31T12:00", "2026-03-29T05:00"),
        ("Europe/Paris", "2026-10-27T12:00", "2026-10-25T06:00"),
        # A leap day, and a year without one.
        ("UTC", "2028-03-02T12:00", "2028-02-29T07:00"),
        ("UTC", "2027-03-02T12:00", "2027-02-28T07:00"),
        ("UTC", "2027-01-01T12:00", "2026-12-30T07:00"),
    ],
)
def test_curators_are_reminded_two_mornings_before_the_day_of_the_answer(zone, due, first):
    curator = person("curator", Role.CURATOR, time_zone=zone)
    submission = make_submission(SubmissionStatus.SUBMITTED)
    submission.submitted_at = at(due) - datetime.timedelta(days=8)
    submission.save()

    before = []
    for minutes in (-60 * 24, -60, -1):
        reminders.remind(at(first) + datetime.timedelta(minutes=minutes))
        before.append(Kind.STUDY_DEADLINE in told())
    for minutes in (0, 60, 60 * 24, 60 * 40):
        reminders.remind(at(first) + datetime.timedelta(minutes=minutes))

    assert before == [False, False, False]
    assert OutboxMessage.objects.filter(kind=Kind.STUDY_DEADLINE, user=curator).count() == 1


def test_a_country_is_reminded_of_changes_twice_and_not_of_those_that_came():
    lead = person("lead", Role.OFFICER)
    submission = make_submission(SubmissionStatus.CHANGES_REQUESTED, lead=lead)
    answered = make_submission(SubmissionStatus.CHANGES_REQUESTED, lead=lead)
    workflow.submit(answered, by=lead)

    counts = []
    for count in (13, 15, 16, 29, 30, 60):
        reminders.remind(days(count))
        counts.append(OutboxMessage.objects.filter(kind=Kind.STUDY_CHANGES_AWAITED).count())

    assert counts == [0, 1, 1, 2, 2, 2]
    assert {row.about for row in OutboxMessage.objects.filter(kind=Kind.STUDY_CHANGES_AWAITED)} == {
        f"submission:{submission.pk}"
    }


def test_nobody_is_told_of_a_preview_that_they_opened_themselves_or_that_has_ended():
    lead = person("lead", Role.OFFICER)
    submission = make_draft(lead)
    _link, token = previews.make_link(submission, by=lead)
    own = Client()
    own.force_login(lead)
    assert own.get(f"/preview/{token}/").status_code == 200
    Client().head(f"/preview/{token}/")
    previews.revoke_links(submission, by=lead)
    reminders.remind(days(previews.LINK_DAYS - 1))

    assert told() == {}


def test_what_was_reminded_of_costs_no_more_however_many_were_told(django_assert_max_num_queries):
    for number in range(6):
        person(f"officer-{number}", Role.OFFICER, country="PER")
    make_need(country="PER", lead=User.objects.get(email="officer-0@example.org"), expires_on=days(5).date())
    needs.remind_of_expiry()

    with django_assert_max_num_queries(7):
        needs.remind_of_expiry()

    assert OutboxMessage.objects.count() == 6
