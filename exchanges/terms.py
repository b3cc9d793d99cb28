"""The text of an agreement apart from its parties: as values of an exchange, and as a change of it is kept."""

import datetime

from exchanges.enums import Modality
from practices.enums import Language
from practices.models import ChallengeArea, Practice

PLAIN = ("title", "objective", "outputs", "cost_share", "visibility")
DAYS = ("starts_on", "ends_on")


def agreed(exchange):
    """What is agreed now, as ``workflow`` takes it: {field of the exchange: value, or list of values or rows}."""
    values = {name: getattr(exchange, name) for name in (*PLAIN, *DAYS)}
    return values | {
        "modalities": _in_order(exchange.modalities, Modality),
        "languages": _in_order(exchange.languages, Language),
        "challenge_areas": list(exchange.challenge_areas.all()),
        "practices": list(exchange.practices.select_related("live")),
    }


def _in_order(keys, choices):
    """``keys`` in the order in which a page asks for them, so that a save that changes nothing differs in nothing."""
    return [key for key in choices.values if key in keys]


def kept(values):
    """``values`` as ``agreed`` gives them, as JSON: days in ISO 8601, rows by their slugs."""
    return {
        **{name: values[name] for name in (*PLAIN, "modalities", "languages")},
        **{name: values[name].isoformat() if values[name] else "" for name in DAYS},
        **{name: [row.slug for row in values[name]] for name in ("challenge_areas", "practices")},
    }


def read(terms):
    """The values of ``terms``, which ``kept`` gave: its inverse."""
    return read_all([terms])[0]


def read_all(texts):
    """The values of each of ``texts``, in two queries however many there are."""
    slugs = {name: {slug for terms in texts for slug in terms[name]} for name in ("challenge_areas", "practices")}
    areas = ChallengeArea.objects.in_bulk(slugs["challenge_areas"])
    rows = Practice.objects.filter(slug__in=slugs["practices"]).select_related("live")
    practices = {row.slug: row for row in rows}
    return [
        {
            **{name: terms[name] for name in (*PLAIN, "modalities", "languages")},
            **{name: datetime.date.fromisoformat(terms[name]) if terms[name] else None for name in DAYS},
            "challenge_areas": [areas[slug] for slug in terms["challenge_areas"] if slug in areas],
            "practices": [practices[slug] for slug in terms["practices"] if slug in practices],
        }
        for terms in texts
    ]
