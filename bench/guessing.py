"""Whether the time of an answer gives away that an address has an account: known ones beside unknown ones."""

import itertools
from statistics import median

from django.core.cache import cache
from django.test import Client

from bench.measuring import Duration, side_by_side_taken
from tests.people import make_user

ROUNDS = 200
# The medians may be so many seconds apart.
LIMIT = 0.002
# (address, status of the answer, what is sent beside the address of a person).
FORMS = {
    "sign in": ("/accounts/login/", 200, {"password": "a guess of no account at all"}),
    "forgotten password": ("/accounts/password/forgotten/", 302, {}),
    "ask for an account": (
        "/accounts/apply/",
        302,
        {"name": "Amina Rahman", "role": "officer", "country": "BGD", "organisation_name": "", "why": "To write."},
    ),
}


def figures():
    """[Duration]: how far the medians of each form are apart."""
    return [_figure(what, *form) for what, form in FORMS.items()]


def _figure(what, address, expected, form):
    known = itertools.cycle([make_user().email for _number in range(20)])
    unknown = (f"nobody-{number}@example.org" for number in itertools.count())

    def ask(emails):
        def send():
            email = next(emails)
            response = Client().post(address, {**form, "login": email, "email": email})
            assert response.status_code == expected, f"{address} answers {response.status_code}."
            return cache.clear  # how often somebody has tried

        return send

    has, has_not = map(median, side_by_side_taken(ask(known), ask(unknown), rounds=ROUNDS, in_turn=False))
    return Duration(f"{what.capitalize()}: an address that is known beside one that is not", abs(has - has_not), LIMIT)
