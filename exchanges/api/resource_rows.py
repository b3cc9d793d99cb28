"""Funds, projects and threads as the API gives them: dicts of rows that were loaded before."""

from django.utils import timezone
from django.utils.translation import gettext as _

from exchanges.models import Contribution


def _money(amount):
    """Money is text: no program rounds it by reading it."""
    return None if amount is None else f"{amount:f}"


def _sources(row):
    return [
        {
            "title": source.get("title") or "",
            "publisher": source.get("publisher") or "",
            "year": source.get("year"),
            "url": source.get("url") or "",
        }
        for source in row.sources
    ]


def call_entry(call):
    return {
        "title": call.title,
        "opens_on": call.opens_on,
        "closes_on": call.closes_on,
        "eligibility": call.eligibility,
        "challenge_areas": [area.slug for area in call.challenge_areas.all()],
        "regions": call.regions,
        "income_groups": call.income_groups,
        "amount": _money(call.amount),
        "currency": call.currency,
        "link": call.link,
    }


def _giver(contribution):
    return {
        "country": contribution.country_id,
        "organisation": contribution.organisation.name if contribution.organisation_id else None,
    }


def _contribution(contribution):
    return _giver(contribution) | {
        "kind": contribution.kind,
        "description": contribution.description,
        "committed": _money(contribution.committed),
        "disbursed": _money(contribution.disbursed),
        "currency": contribution.currency,
        "value_on": contribution.value_on,
        "quantity": _money(contribution.quantity),
        "source": contribution.source,
        "project": contribution.project.code if contribution.project_id else None,
    }


def _totals(rows):
    return [
        {
            "kind": row["kind"],
            "currency": row["currency"],
            "count": row["count"],
            "committed": _money(row["committed"]),
            "disbursed": _money(row["disbursed"]) if row["currency"] else None,
            "quantity": _money(row["quantity"]),
        }
        for row in rows
    ]


def fund_row(fund, address):
    """One row of a list; ``fund`` is loaded with ``for_rows``, ``address``: absolute, of its page."""
    today = timezone.localdate()
    due = min((call.closes_on for call in fund.calls.all() if call.closes_on >= today), default=None)
    return {
        "slug": fund.slug,
        "name": fund.name,
        "host": fund.host,
        "organisation": fund.organisation.name if fund.organisation_id else None,
        "since_year": fund.since_year,
        "size": _money(fund.size),
        "currency": fund.currency,
        "size_text": fund.size_text,
        "size_as_of": fund.size_as_of,
        "challenge_areas": [area.slug for area in fund.challenge_areas.all()],
        "next_deadline": due,
        "projects_count": fund.projects_count,
        "is_verified": fund.is_verified,
        "updated_at": fund.updated_at,
        "url": address,
    }


def fund_detail(fund, address):
    given = Contribution.objects.live().of_fund(fund)
    return fund_row(fund, address) | {
        "eligibility": fund.eligibility,
        "note": fund.note,
        "link": fund.link,
        "calls": [call_entry(call) for call in fund.calls.prefetch_related("challenge_areas")],
        "projects": list(fund.projects.live().order_by("code_year", "code_number").values_list("code", flat=True)),
        "contributions": [_contribution(one) for one in given.for_lists()],
        "totals": _totals(given.totals()),
        "sources": _sources(fund),
    }


def project_row(project, address):
    """One row of a list; ``project`` is loaded with ``for_rows``, ``address``: absolute, of its page."""
    return {
        "code": project.code,
        "title": project.title,
        "description": project.description,
        "fund": project.fund.slug,
        "status": project.status,
        "countries": sorted(country.pk for country in project.countries.all()),
        "challenge_areas": [area.slug for area in project.challenge_areas.all()],
        "start_year": project.start_year,
        "end_year": project.end_year,
        "amount": _money(project.amount),
        "currency": project.currency,
        "amount_text": project.amount_text,
        "is_verified": project.is_verified,
        "updated_at": project.updated_at,
        "url": address,
    }


def project_detail(project, address):
    given = Contribution.objects.live().filter(project=project)
    return project_row(project, address) | {
        "outcome": project.outcome,
        "exchanges": list(project.exchanges.live().order_by("code").values_list("code", flat=True)),
        "contributions": [_contribution(one) for one in given.for_lists()],
        "totals": _totals(given.totals()),
        "sources": _sources(project),
    }


def thread_answer(project, found, absolute):
    """The thread of ``project`` (exchanges.thread.Thread) as one object, from money to people.

    ``absolute``: a function of a path.
    """
    return {
        "project": project_row(project, absolute(project.get_absolute_url())),
        "contributions": [_contribution(one) for one in found.contributions],
        "exchanges": [
            {
                "code": strand.exchange.code,
                "title": strand.exchange.title,
                "form": strand.exchange.form,
                "status": strand.exchange.status,
                "providers": [_party(party) for party in strand.exchange.providers],
                "beneficiaries": [_party(party) for party in strand.exchange.beneficiaries],
                "facilitators": [_party(party) for party in strand.exchange.facilitators],
                "url": absolute(strand.exchange.get_absolute_url()),
                "contributions": [_contribution(one) for one in strand.contributions],
                "practices": [_strand(one, absolute) for one in strand.practices],
            }
            for strand in found.exchanges
        ],
        "reached_counts": _("People reached by each practice as its country reports them. Not to be added up."),
    }


def _party(party):
    """A country by its code, an organisation by its name."""
    return party.country_id or party.organisation.name


def _strand(strand, absolute):
    return {
        "reference": strand.card.reference,
        "slug": strand.card.slug,
        "title": strand.card.title,
        "country": strand.practice.country_id,
        "url": absolute(strand.card.url),
        "reached": {"count": strand.reached_count, "note": strand.reached_note},
        "adoptions": [
            {"country": one.country_id, "year": one.year, "note": one.note, "result": one.result}
            for one in strand.adoptions
        ],
    }
