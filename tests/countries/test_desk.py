"""The desk shows what the portal knows of countries, and writes none of it."""

import pytest
from django.utils import timezone

from accounts.enums import Role
from countries.models import IndicatorRevision, StatusList
from tests.figures import make_figures, make_indicator
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["country", "statuslist", "indicator", "indicatorvalue", "indicatorrevision"])
def test_reference_rows_are_shown_and_not_written(client, name):
    (figure,) = make_figures("KEN", make_indicator(), {2020: 1})
    now = timezone.now()
    revision = IndicatorRevision.objects.create(figure=figure, value=2, source="Old", imported_at=now, replaced_at=now)
    StatusList.objects.create(code="ldc", as_of="2025-12", source="UN")
    key = {"country": "KEN", "statuslist": "ldc", "indicator": "stunting", "indicatorvalue": figure.pk}
    client.force_login(make_user(Role.ADMINISTRATOR, is_staff=True, is_superuser=True))

    row = f"/desk/countries/{name}/{key.get(name, revision.pk)}"
    assert client.get(f"/desk/countries/{name}/").status_code == 200
    assert client.get(f"{row}/change/").status_code == 200
    assert client.post(f"{row}/change/", {}).status_code == 403
    assert client.post(f"{row}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/desk/countries/{name}/add/").status_code == 403
