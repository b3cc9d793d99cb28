"""What was allowed a moment ago is refused as soon as the role or the account has ended."""

import pytest

from accounts.enums import Role, Scope
from tests.people import bearer, make_key, make_user
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db


def test_a_role_that_is_taken_away_ends_with_the_next_request(client):
    officer = make_user(Role.OFFICER)
    draft = make_draft(officer)
    client.force_login(officer)
    address = f"/workspace/submissions/{draft.pk}/"
    assert client.get(address).status_code == 200

    officer.memberships.all().delete()

    assert client.get(address).status_code == 404
    assert client.post(f"{address}do/submit/").status_code == 404


def test_a_role_that_is_taken_away_ends_what_a_key_may(client):
    officer = make_user(Role.OFFICER)
    draft = make_draft(officer)
    _key, text = make_key(Scope.DRAFT, user=officer)
    address = f"/api/v1/submissions/{draft.pk}/"
    assert client.get(address, headers=bearer(text)).status_code == 200

    officer.memberships.all().delete()

    assert client.get(address, headers=bearer(text)).status_code == 404


def test_an_account_that_is_closed_ends_with_the_next_request(client):
    curator = make_user(Role.CURATOR)
    client.force_login(curator)
    assert client.get("/review/").status_code == 200

    curator.is_active = False
    curator.save()

    assert client.get("/review/")["Location"].startswith("/accounts/login/")
