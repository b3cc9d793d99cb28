"""What a person gets by e-mail: as they chose, ended by one click, gathered in one a day; the list keeps everything."""

import datetime
import zoneinfo

import pytest
from django.conf import settings as portal
from django.test import Client
from django.utils import timezone

from accounts.digests import gather
from accounts.enums import Channel, MailRhythm, MailScope
from accounts.kinds import Kind, Weight
from accounts.mailing import mail_for, token_of
from accounts.models import Notification, OutboxMessage
from accounts.mornings import day_of, latest_morning
from accounts.outbox import deliver_due, tell
from accounts.preferences import channel_for, choose
from accounts.tasks import send_daily_mail
from ssc_portal.mail_url import mail_settings
from tests.people import make_user
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
NEEDS, INFORMS, SAFETY = Kind.STUDY_CHANGES_REQUESTED, Kind.STUDY_CLAIMED, Kind.PASSWORD_CHANGED
SETTINGS = "/accounts/notifications/settings/"


@pytest.fixture
def daily():
    """Somebody who wants one e-mail a day."""
    return make_user(mail_rhythm=MailRhythm.DAILY, name="Amina")


def told(user, kind=INFORMS, *, key="k", at=None, title="Skilled care"):
    """Tell ``user`` of ``kind``, at the moment ``at``. Returns the row to send."""
    context = {"title": title, "country": "BGD", "actor": "", "letter": "", "deadline": ""}
    tell([user], kind, key=key, path="/workspace/", context=context)
    rows = OutboxMessage.objects.filter(key=f"{key}:{user.pk}")
    if at:
        rows.update(created_at=at)
    return rows.get()


def moment(text, time_zone="UTC"):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(time_zone))


def digests(user):
    return list(OutboxMessage.objects.filter(user=user, kind=Kind.DIGEST).order_by("pk"))


# What comes, and when


@pytest.mark.parametrize(
    ("scope", "rhythm", "needs", "informs"),
    [
        (MailScope.ALL, MailRhythm.AT_ONCE, Channel.AT_ONCE, Channel.AT_ONCE),
        (MailScope.ALL, MailRhythm.MIXED, Channel.AT_ONCE, Channel.DAILY),
        (MailScope.ALL, MailRhythm.DAILY, Channel.DAILY, Channel.DAILY),
        (MailScope.NEEDS_ME, MailRhythm.AT_ONCE, Channel.AT_ONCE, Channel.LIST_ONLY),
        (MailScope.NEEDS_ME, MailRhythm.MIXED, Channel.AT_ONCE, Channel.LIST_ONLY),
        (MailScope.NEEDS_ME, MailRhythm.DAILY, Channel.DAILY, Channel.LIST_ONLY),
        (MailScope.NONE, MailRhythm.AT_ONCE, Channel.LIST_ONLY, Channel.LIST_ONLY),
        (MailScope.NONE, MailRhythm.MIXED, Channel.LIST_ONLY, Channel.LIST_ONLY),
        (MailScope.NONE, MailRhythm.DAILY, Channel.LIST_ONLY, Channel.LIST_ONLY),
    ],
)
def test_every_kind_goes_as_the_person_chose_and_safety_always(mailoutbox, scope, rhythm, needs, informs):
    user = make_user(mail_scope=scope, mail_rhythm=rhythm)
    expected = {Weight.NEEDS_READER: needs, Weight.INFORMS: informs, Weight.SAFETY: Channel.AT_ONCE}
    assert {kind: channel_for(user, kind) for kind in Kind} == {kind: expected[kind.weight] for kind in Kind}

    for kind in (NEEDS, INFORMS, SAFETY):
        told(user, kind, key=kind)
    deliver_due()

    at_once = [kind for kind in (NEEDS, INFORMS, SAFETY) if expected[kind.weight] == Channel.AT_ONCE]
    assert len(mailoutbox) == len(at_once)
    assert set(OutboxMessage.objects.exclude(sent_at=None).values_list("kind", flat=True)) == set(at_once)
    assert set(user.notifications.values_list("kind", flat=True)) == {NEEDS, INFORMS, SAFETY}


def test_nobody_who_chose_nothing_misses_anything():
    assert (make_user().mail_scope, make_user().mail_rhythm) == (MailScope.ALL, MailRhythm.AT_ONCE)


def test_what_is_not_sent_yet_follows_a_new_choice(mailoutbox):
    user = make_user(mail_rhythm=MailRhythm.DAILY)
    for kind in (NEEDS, INFORMS):
        told(user, kind, key=kind)

    choose(user, scope=MailScope.NEEDS_ME, rhythm=MailRhythm.AT_ONCE)
    deliver_due()
    choose(user, scope=MailScope.ALL, rhythm=MailRhythm.AT_ONCE)
    deliver_due()

    assert [message.subject for message in mailoutbox] == ["Changes requested: Skilled care"]
    assert Notification.objects.count() == 2


# Choosing


def test_a_choice_is_made_on_a_page_of_ones_own():
    user = make_user(time_zone="Asia/Dhaka")
    client = Client()
    client.force_login(user)

    page = client.get(SETTINGS).content.decode()
    answer = client.post(SETTINGS, {"scope": "needs_me", "rhythm": "daily", "time_zone": "Africa/Porto-Novo"})

    user.refresh_from_db()
    assert "Asia/Dhaka" in page
    assert (answer.status_code, answer["Location"]) == (302, SETTINGS)
    assert (user.mail_scope, user.mail_rhythm) == (MailScope.NEEDS_ME, MailRhythm.DAILY)
    assert user.time_zone == "Africa/Porto-Novo"  # where it is seven in the morning, mail comes


def test_the_time_zone_that_somebody_has_stays_chosen_under_its_older_name():
    client = Client()
    client.force_login(make_user(time_zone="Asia/Calcutta"))
    page = client.get(SETTINGS).content.decode()

    assert '<option value="Asia/Calcutta" selected>' in page
    assert '<option value="UTC">' in page
    assert "Etc/" not in page
    assert "US/" not in page


ALL_AT_ONCE = {"scope": "all", "rhythm": "at_once"}


@pytest.mark.parametrize(
    "form",
    [
        {}, {"scope": "all"}, {"scope": "all", "rhythm": "hourly"},
        ALL_AT_ONCE, ALL_AT_ONCE | {"time_zone": ""}, ALL_AT_ONCE | {"time_zone": "Mars/Olympus"},
    ],
)  # fmt: skip
def test_half_a_choice_is_refused_and_changes_nothing(form):
    user = make_user(mail_scope=MailScope.NEEDS_ME)
    client = Client()
    client.force_login(user)

    answer = client.post(SETTINGS, form)

    user.refresh_from_db()
    assert answer.status_code == 422
    assert "Choose one." in answer.content.decode()
    assert (user.mail_scope, user.mail_rhythm) == (MailScope.NEEDS_ME, MailRhythm.AT_ONCE)


# One click


def test_every_mail_but_those_of_safety_carries_a_link_that_ends_them_without_signing_in(settings):
    settings.SITE_URL = "https://portal.example"
    user = make_user(language="fr")

    mails = {kind: mail_for(told(user, kind, key=kind)) for kind in (NEEDS, INFORMS, SAFETY)}

    address = f"https://portal.example/fr/accounts/unsubscribe/{token_of(user)}/"
    for kind, mail in mails.items():
        sent = mail.message()
        is_safety = kind == SAFETY
        assert sent["List-Unsubscribe"] == (None if is_safety else f"<{address}>")
        assert sent["List-Unsubscribe-Post"] == (None if is_safety else "List-Unsubscribe=One-Click")
        assert (address in mail.body) == (not is_safety)
        assert mail.recipients() == [user.email]


@pytest.mark.parametrize("prefix", ["", "/fr", "/ar"])
def test_one_post_from_a_mail_program_ends_them(mailoutbox, prefix):
    user = make_user()
    told(user)
    address = f"{prefix}/accounts/unsubscribe/{token_of(user)}/"
    program = Client(enforce_csrf_checks=True)

    opened = program.get(address)
    user.refresh_from_db()
    after_opening = user.mail_scope
    answer = program.post(address, {"List-Unsubscribe": "One-Click"})
    user.refresh_from_db()
    told(user, NEEDS, key="later")
    told(user, SAFETY, key="safety")
    deliver_due()

    assert (opened.status_code, after_opening) == (200, MailScope.ALL)
    assert (answer.status_code, user.mail_scope) == (200, MailScope.NONE)
    assert (opened.cookies, answer.cookies) == ({}, {})
    assert [mail.subject for mail in mailoutbox] == ["Your password was changed"]
    assert user.notifications.count() == 3
    for page in (opened, answer):
        assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert page["X-Robots-Tag"] == "noindex, nofollow"


def test_the_same_link_offers_one_mail_a_day_instead():
    user = make_user(mail_scope=MailScope.NEEDS_ME)

    Client().post(f"/accounts/unsubscribe/{token_of(user)}/", {"choice": "daily"})

    user.refresh_from_db()
    assert (user.mail_scope, user.mail_rhythm) == (MailScope.NEEDS_ME, MailRhythm.DAILY)


def test_whoever_ended_them_is_sent_none_by_the_other_button():
    user = make_user(mail_scope=MailScope.NONE)

    Client().post(f"/accounts/unsubscribe/{token_of(user)}/", {"choice": "daily"})

    user.refresh_from_db()
    assert user.mail_scope == MailScope.NONE


def test_a_link_that_was_not_sent_opens_nothing():
    user, other, gone = make_user(), make_user(), make_user(is_active=False)
    _value, _colon, signature = token_of(other).rpartition(":")
    forged = f"{token_of(user).rpartition(':')[0]}:{signature}"

    for token in (forged, str(user.pk), "a-guess", ":", token_of(gone), f"{token_of(user)}x"):
        assert Client().post(f"/accounts/unsubscribe/{token}/").status_code == 404
        assert Client().get(f"/accounts/unsubscribe/{token}/").status_code == 404
    user.refresh_from_db()
    assert user.mail_scope == MailScope.ALL


# One e-mail a day


def test_the_mail_of_the_day_lists_what_happened_in_the_readers_language_and_is_sent_once(settings):
    user = make_user(mail_rhythm=MailRhythm.DAILY, language="fr", name="Amina")
    yesterday = timezone.now() - datetime.timedelta(days=1)
    told(user, Kind.STUDY_PUBLISHED, key="one", title="Un", at=yesterday)
    told(user, Kind.STUDY_PUBLISHED, key="two", title="Deux <b>", at=yesterday)
    told(make_user(), key="of somebody else")
    with SmtpSink() as sink:
        for name, value in (mail_settings(sink.url) | {"SITE_URL": "https://portal.example"}).items():
            setattr(settings, name, value)
        OutboxMessage.objects.filter(channel=Channel.AT_ONCE).update(sent_at=timezone.now())
        for _time in range(2):
            send_daily_mail()
            deliver_due()

    (message,) = sink.messages
    text, html = (message.get_body([kind]).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert (message["To"], sink.envelopes) == (user.email, [(portal.CONTACT_EMAIL, [user.email])])
    assert "- Publiée : Un\n  https://portal.example/fr/workspace/" in text
    assert text.index("Publiée : Un") < text.index("Publiée : Deux <b>")
    assert '<li><a href="https://portal.example/fr/workspace/">Publiée : Deux &lt;b&gt;</a></li>' in html
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert Notification.objects.filter(user=user).count() == 2


def test_a_day_on_which_nothing_happened_brings_no_mail(daily):
    assert gather() == 0
    assert digests(daily) == []


def test_what_happens_after_seven_waits_for_the_next_morning(daily):
    told(daily, key="before", at=moment("2026-03-01T06:59"))
    told(daily, key="after", at=moment("2026-03-01T07:01"))

    days = ("2026-03-01T06:59", "2026-03-01T07:00", "2026-03-01T23:00", "2026-03-02T06:59", "2026-03-02T07:15")
    counts = [gather(moment(text)) for text in days]

    assert counts == [0, 1, 0, 0, 1]
    assert gather(moment("2026-03-03T07:15")) == 0
    gathered = [[row.key.partition(":")[0] for row in mail.gathered.all()] for mail in digests(daily)]
    assert gathered == [["before"], ["after"]]


def test_a_worker_that_slept_through_the_night_sends_one_mail_for_all_of_it(daily):
    for day in (1, 2, 3):
        told(daily, key=f"day-{day}", at=moment(f"2026-03-0{day}T12:00"))

    assert gather(moment("2026-03-05T11:00")) == 1
    assert digests(daily)[0].context == {"count": 3}


def test_whoever_leaves_or_ends_them_gets_no_mail_of_the_day(daily, mailoutbox):
    other = make_user(mail_rhythm=MailRhythm.DAILY)
    for user in (daily, other):
        told(user, at=timezone.now() - datetime.timedelta(days=1))
    gather()
    choose(daily, scope=MailScope.NONE, rhythm=MailRhythm.DAILY)
    other.is_active = False
    other.save()

    deliver_due()

    assert mailoutbox == []


# The clock


@pytest.mark.parametrize(
    ("time_zone", "now", "morning"),
    [
        ("UTC", "2026-06-01T07:00", "2026-06-01T07:00"),
        ("UTC", "2026-06-01T06:59", "2026-05-31T07:00"),
        ("Pacific/Kiritimati", "2026-05-31T17:00", "2026-05-31T17:00"),  # +14: the next day already
        ("Pacific/Kiritimati", "2026-05-31T16:59", "2026-05-30T17:00"),
        ("Pacific/Pago_Pago", "2026-06-01T17:59", "2026-05-31T18:00"),  # -11
        ("Pacific/Pago_Pago", "2026-06-01T18:00", "2026-06-01T18:00"),
        ("Asia/Kathmandu", "2026-06-01T01:15", "2026-06-01T01:15"),  # +5:45
        ("Europe/Paris", "2026-03-28T06:00", "2026-03-28T06:00"),  # the last morning of winter
        ("Europe/Paris", "2026-03-29T04:59", "2026-03-28T06:00"),
        ("Europe/Paris", "2026-03-29T05:00", "2026-03-29T05:00"),  # clocks went forward in the night
        ("Europe/Paris", "2026-10-25T05:59", "2026-10-24T05:00"),
        ("Europe/Paris", "2026-10-25T06:00", "2026-10-25T06:00"),  # and back
        ("America/New_York", "2026-11-01T11:59", "2026-10-31T11:00"),
        ("UTC", "2028-02-29T07:00", "2028-02-29T07:00"),
        ("UTC", "2028-03-01T06:00", "2028-02-29T07:00"),
        ("UTC", "2027-03-01T06:00", "2027-02-28T07:00"),
        ("UTC", "2027-01-01T00:00", "2026-12-31T07:00"),
    ],
)
def test_it_is_seven_in_the_morning_once_a_day_everywhere(time_zone, now, morning):
    assert latest_morning(time_zone, moment(now)) == moment(morning)


def test_a_day_with_23_or_25_hours_brings_one_mail(daily):
    daily.time_zone = "Europe/Paris"
    daily.save()
    for start in ("2026-03-28T00:00", "2026-10-24T00:00"):
        quarters = [moment(start) + datetime.timedelta(minutes=15 * number) for number in range(2 * 96)]
        for number, now in enumerate(quarters[::4]):
            told(daily, key=f"{start}-{number}", at=now)
        made = [now for now in quarters if gather(now)]
        local = [now.astimezone(zoneinfo.ZoneInfo("Europe/Paris")) for now in made]
        assert [(now.hour, now.minute) for now in local] == [(7, 0)] * 2
        OutboxMessage.objects.all().delete()


def test_the_day_of_a_person_begins_at_seven():
    user = make_user(time_zone="Asia/Tokyo")

    assert day_of(user, moment("2026-05-31T21:59")) == datetime.date(2026, 5, 31)
    assert day_of(user, moment("2026-05-31T22:00")) == datetime.date(2026, 6, 1)
