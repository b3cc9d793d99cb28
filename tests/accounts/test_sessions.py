"""Sessions: how long they last, what ends them, and the list of one's own."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import sessions
from accounts.enums import Role
from accounts.models import SignIn
from tests.people import make_user, sign_in

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
HOUR = 3600


def is_open(client):
    return client.get("/accounts/notifications/").status_code == 200


def age(client, *, seen=0, at=0):
    """Let the session have been seen, and begun, so many seconds earlier."""
    session = client.session
    known = session["signed_in"]
    session["signed_in"] = {**known, "seen": known["seen"] - seen, "at": known["at"] - at}
    session.save()


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox · Linux"),
        (IPHONE, "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_by_its_browser_and_system(user_agent, device):
    assert sessions.device_of(user_agent) == device


def test_signing_in_rotates_the_session_and_lists_the_device_without_its_network_address():
    user, client = make_user(), Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.77")
    client.get("/accounts/login/")
    client.cookies["sessionid"] = "a-session-that-an-attacker-chose"

    sign_in(client, user)

    row = user.sign_ins.get()
    assert row.session_key == client.session.session_key != "a-session-that-an-attacker-chose"
    assert row.device == "Firefox · Linux"
    assert "Firefox · Linux" in client.get("/accounts/security/").content.decode()
    assert "192.0.2.77" not in str(SignIn.objects.values()) + str(dict(client.session))


@pytest.mark.parametrize(
    ("seen", "at", "stays"),
    [(11.9 * HOUR, 0, True), (12.1 * HOUR, 0, False), (0, 6.9 * 24 * HOUR, True), (0, 7.1 * 24 * HOUR, False)],
)
def test_a_session_ends_after_twelve_idle_hours_and_after_seven_days(client, seen, at, stays):
    user = make_user()
    sign_in(client, user)
    key = client.session.session_key
    age(client, seen=seen, at=at)

    assert is_open(client) is stays
    assert Session.objects.filter(session_key=key).exists() is stays
    assert user.sign_ins.exists() is stays


def test_use_is_noted_now_and_then_and_else_costs_no_query(client, django_assert_num_queries):
    user = make_user()
    sign_in(client, user)
    before = user.sign_ins.get().last_seen_at
    with django_assert_num_queries(1):  # the session
        client.get("/static/nothing.css")
    client.get("/about/")
    assert user.sign_ins.get().last_seen_at == before

    age(client, seen=HOUR)
    client.get("/about/")

    assert user.sign_ins.get().last_seen_at > before


def test_signing_out_ends_it_on_the_server_too(client):
    user = make_user()
    sign_in(client, user)
    key = client.session.session_key

    client.post("/accounts/logout/")

    assert not Session.objects.filter(session_key=key).exists()
    assert not user.sign_ins.exists()
    client.cookies["sessionid"] = key
    assert not is_open(client)


def test_closing_an_account_at_the_desk_ends_its_sessions(client):
    user, theirs = make_user(Role.OFFICER), Client()
    sign_in(theirs, user)
    key = theirs.session.session_key
    sign_in(client, make_user(Role.ADMINISTRATOR, is_staff=True, is_superuser=True))

    form = {"email": user.email, "name": user.name, "language": "en", "time_zone": "UTC"}
    form |= {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    client.post(f"/desk/accounts/user/{user.pk}/change/", form)

    assert not is_open(theirs)
    assert not Session.objects.filter(session_key=key).exists()


def test_one_session_is_ended_from_another(client):
    user, phone, laptop = make_user(), Client(headers={"User-Agent": IPHONE}), Client()
    for one in (client, phone, laptop):
        sign_in(one, user)
    row = user.sign_ins.get(session_key=phone.session.session_key)

    client.post("/accounts/security/sessions/end/", {"session": row.pk})

    assert [is_open(one) for one in (client, phone, laptop)] == [True, False, True]
    assert "iPhone" not in client.get("/accounts/security/").content.decode()


def test_all_others_are_ended_at_once(client):
    user, others = make_user(), [Client(), Client()]
    for one in (client, *others):
        sign_in(one, user)

    client.post("/accounts/security/sessions/end/", {"others": "1"})

    assert [is_open(one) for one in (client, *others)] == [True, False, False]


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30, "0"])
def test_nobody_ends_the_session_of_somebody_else(client, value):
    other = Client()
    sign_in(other, make_user())
    sign_in(client, make_user())

    client.post("/accounts/security/sessions/end/", {"session": SignIn.objects.order_by("pk").first().pk})
    client.post("/accounts/security/sessions/end/", {"session": value})

    assert is_open(other)
    assert is_open(client)


def test_the_list_takes_as_many_queries_for_three_sessions_as_for_one(client, django_assert_max_num_queries):
    user = make_user()
    sign_in(client, user)
    client.get("/accounts/security/")
    with django_assert_max_num_queries(20) as one:
        client.get("/accounts/security/")
        count = len(one)
    for _number in range(2):
        sign_in(Client(), user)

    with django_assert_max_num_queries(count):
        client.get("/accounts/security/")
