"""Exchanges, offers and needs as the API gives them: dicts of rows that were loaded before, without a query."""

from urllib.parse import urljoin

from exchanges.enums import PartyRole


def _code_of(party):
    """A country by its code, an organisation by its name."""
    return party.country_id or party.organisation.name


def _money(amount):
    """Money is text: no program rounds it by reading it."""
    return None if amount is None else str(amount)


def _slugs(rows):
    return [row.slug for row in rows.all()]


def exchange_row(exchange, address):
    """One row of a list; ``exchange`` is loaded with ``for_rows``, ``address``: absolute, of its page."""
    return {
        "code": exchange.code,
        "title": exchange.title,
        "topic": exchange.topic,
        "text_language": exchange.language,
        "form": exchange.form,
        "status": exchange.status,
        "providers": [_code_of(party) for party in exchange.providers],
        "beneficiaries": [_code_of(party) for party in exchange.beneficiaries],
        "facilitators": [_code_of(party) for party in exchange.facilitators],
        "challenge_areas": _slugs(exchange.challenge_areas),
        "topics": _slugs(exchange.topics),
        "modalities": exchange.modalities,
        "languages": exchange.languages,
        "start_year": exchange.start_year,
        "end_year": exchange.end_year,
        "starts_on": exchange.starts_on,
        "ends_on": exchange.ends_on,
        "amount": _money(exchange.amount),
        "currency": exchange.currency,
        "amount_text": exchange.amount_text,
        "practices": _slugs(exchange.practices),
        "is_verified": exchange.is_verified,
        "published_at": exchange.published_at,
        "closed_at": exchange.closed_at,
        "url": address,
    }


def exchange_detail(exchange, address, events):
    """One exchange in full, as far as it is public; ``exchange``: loaded with ``in_full``."""
    need = exchange.need
    return exchange_row(exchange, address) | {
        "objective": exchange.objective,
        "outputs": exchange.outputs,
        "outcome": exchange.outcome,
        "lessons": exchange.lessons,
        "ending_note": exchange.ending_note,
        "need": need.code if need and need.is_public else None,
        "parties": [
            {
                "role": PartyRole(party.role).value,
                "phase": party.phase or None,
                "country": party.country_id,
                "organisation": party.organisation.name if party.organisation_id else None,
                "institution": party.institution,
            }
            for party in exchange.parties.all()
        ],
        "milestones": [
            {"title": row.title, "due_on": row.due_on, "status": row.status, "done_on": row.done_on}
            for row in exchange.milestone_rows.all()
        ],
        "activities": [
            {
                "title": row.title,
                "modality": row.modality,
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "place": row.place,
                "country": row.country_id,
                "women": row.women_count,
                "men": row.men_count,
                "unspecified": row.unspecified_count,
            }
            for row in exchange.activity_rows.all()
        ],
        "adoptions": [
            {"practice": row.practice.slug, "country": row.country_id, "year": row.year, "result": row.result}
            for row in exchange.public_adoptions
        ],
        "projects": [{"code": row.code, "title": row.title, "fund": row.fund.slug} for row in exchange.public_projects],
        "contributions": [
            {
                "kind": row.kind,
                "country": row.country_id,
                "organisation": row.organisation.name if row.organisation_id else None,
                "committed": _money(row.committed),
                "disbursed": _money(row.disbursed),
                "currency": row.currency,
                "value_on": row.value_on,
                "quantity": _money(row.quantity),
            }
            for row in exchange.public_contributions
        ],
        "documents": [
            {"title": row.title, "url": urljoin(address, row.address), "language": row.language}
            for row in exchange.public_documents
        ],
        "follow_ups": [
            {"days": row.days, "outcome": row.outcome, "done_at": row.done_at} for row in exchange.follow_ups_done
        ],
        "history": _history(events),
        "sources": [
            {
                "title": source.get("title", ""),
                "publisher": source.get("publisher", ""),
                "year": source.get("year"),
                "url": source.get("url", ""),
            }
            for source in exchange.sources
        ],
    }


def _history(events):
    return [{"at": event.at, "kind": event.kind, "status": event.to_status} for event in events]


def _assistance_row(row, address):
    """What an offer and a need have in common."""
    return {
        "code": row.code,
        "title": row.title,
        "summary": row.summary,
        "text_language": row.language,
        "country": row.country_id,
        "status": row.status,
        "challenge_areas": _slugs(row.challenge_areas),
        "topics": _slugs(row.topics),
        "modalities": row.modalities,
        "languages": row.languages,
        "cost_sharing": row.cost_sharing,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "expires_on": row.expires_on,
        "published_at": row.opened_at,
        "closed_at": row.closed_at,
        "url": address,
    }


def offer_row(offer, address):
    return _assistance_row(offer, address) | {
        "organisation": offer.organisation.name if offer.organisation_id else None,
        "regions": offer.regions,
        "capacity_count": offer.capacity_count,
        "practices": _slugs(offer.practices),
    }


def offer_detail(offer, address, events):
    return offer_row(offer, address) | {
        "capacity_note": offer.capacity_note,
        "conditions": offer.conditions,
        "closing_note": offer.closing_note,
        "history": _history(events),
    }


def need_row(need, address):
    return _assistance_row(need, address) | {
        "joined": [one.country_id for one in need.joined.all()],
        "practice": need.public_practice.slug if need.public_practice else None,
        "interested_count": need.interested_count,
    }


def need_detail(need, address, events):
    return need_row(need, address) | {
        "outcome": need.outcome,
        "beneficiaries": need.beneficiaries,
        "budget_note": need.budget_note,
        "closing_note": need.closing_note,
        "exchanges": [exchange.code for exchange in need.public_exchanges],
        "history": _history(events),
    }
