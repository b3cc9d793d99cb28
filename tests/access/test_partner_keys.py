"""How a partner's key ends, and that of others, for one draft; what keys open otherwise stands in ``matrix.csv``."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.enums import Role, Scope
from practices.models import Submission
from tests.people import bearer, make_key, make_user
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db
ACTIONS = ("list", "read", "edit", "submit")
# Who shows what: the answers to ACTIONS. Done is done once: each starts from the same draft of the partner.
CELLS = {
    "a key that reads and writes": (200, 200, 200, 200),
    "the key that replaced it": (200, 200, 200, 200),
    "a key for offers and needs": (403, 403, 403, 403),
    "a key that was revoked": (401, 401, 401, 401),
    "a key that has expired": (401, 401, 401, 401),
    "a key that was replaced at once": (401, 401, 401, 401),
    "a key of a closed account": (401, 401, 401, 401),
    "another partner's key": (200, 404, 404, 404),
    "a key of an officer elsewhere": (200, 404, 404, 404),
    "a key of a curator": (200, 404, 404, 404),
}


def asker(who, partner):
    """(client, headers) of ``who``, a name in CELLS, as seen from ``partner``."""
    roles = {"another partner's key": Role.PARTNER, "a key of an officer elsewhere": Role.OFFICER}
    others = roles | {"a key of a curator": Role.CURATOR}
    user = make_user(others[who], country="PER") if who in others else partner
    key, text = make_key(Scope.ASSISTANCE if "offers" in who else Scope.DRAFT, user=user)
    if who == "a key that was revoked":
        keys.revoke(key)
    elif who == "a key that has expired":
        key.created_at, key.expires_at = timezone.now() - timedelta(days=31), timezone.now()
        key.save()
    elif who == "a key that was replaced at once":
        keys.replace(key, rest=timedelta(0))
    elif who == "the key that replaced it":
        text = keys.replace(key, rest=timedelta(0))[1]
    elif who == "a key of a closed account":
        user.is_active = False
        user.save()
    return Client(), bearer(text)


def ask(action, draft, client, headers, tag):
    address = f"/api/v1/submissions/{draft.pk}/"
    if action == "list":
        return client.get("/api/v1/submissions/", headers=headers)
    if action == "read":
        return client.get(address, headers=headers)
    if action == "edit":
        return client.patch(address, {"title": "Rewritten"}, "application/json", headers=headers | {"If-Match": tag})
    return client.post(f"{address}submit/", {}, "application/json", headers=headers)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", CELLS)
def test_a_draft_of_a_partner(who, action):
    partner = make_user(Role.PARTNER)
    draft = make_draft(partner)
    _key, text = make_key(Scope.DRAFT, user=partner, name="To read the tag")
    tag = Client().get(f"/api/v1/submissions/{draft.pk}/", headers=bearer(text))["ETag"]
    before = Submission.objects.values().get()

    answer = ask(action, draft, *asker(who, partner), tag)

    expected = CELLS[who][ACTIONS.index(action)]
    assert answer.status_code == expected
    is_written = expected == 200 and action in {"edit", "submit"}
    assert (Submission.objects.values().get() != before) == is_written
    if expected != 200:
        assert draft.version.title not in answer.content.decode()
    elif action == "list":
        found = [row["id"] for row in answer.json()["results"]]
        assert found == ([draft.pk] if CELLS[who][1] == 200 else [])
