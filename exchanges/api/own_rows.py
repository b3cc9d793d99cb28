"""Offers, needs and matches as the countries concerned read them in the API: dicts of rows that were loaded before."""

from exchanges import matching
from exchanges.api.serializers import need_detail, need_row, offer_detail, offer_row
from exchanges.candidates import by_weight
from practices.enums import PracticeStatus


def own_row(row, moves, address):
    """One row of a list, loaded with ``for_rows``; ``moves``: what its reader could do now."""
    shape = need_row if row._meta.model_name == "need" else offer_row
    return shape(row, address) | _own(row, moves)


def own_detail(row, moves, events, address):
    """One in full. ``events``: its whole history for those who write for its country, else None."""
    shape = need_detail if row._meta.model_name == "need" else offer_detail
    told = [
        {
            "at": event.at,
            "kind": event.kind,
            "status": event.to_status,
            "by": event.actor.name if event.actor_id else None,
            "note": event.note,
        }
        for event in events or ()
    ]
    return shape(row, address, ()) | _own(row, moves) | {"history": told if events is not None else None}


def _own(row, moves):
    return {
        "visibility": row.visibility,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "moves": sorted(moves),
    }


def match_row(match, moves, names):
    """A match with its reasons in words, the weightiest first; ``match``: loaded for cards, ``names``: those of
    ``practices.names``."""
    practice = match.practice if match.practice_id and match.practice.status == PracticeStatus.LIVE else None
    return {
        "id": match.pk,
        "need": match.need.code,
        "country": match.country_id,
        "offer": match.offer.code if match.offer_id else None,
        "practice": practice.slug if practice else None,
        "origin": match.origin,
        "note": match.note,
        "score": match.score,
        "reasons": [
            {
                "factor": reason["factor"],
                "points": reason["points"],
                "weight": reason["weight"],
                "text": matching.words(reason, names),
            }
            for reason in by_weight(match.reasons)
        ],
        "need_answer": match.need_answer,
        "need_reason": match.need_reason,
        "country_answer": match.country_answer,
        "country_reason": match.country_reason,
        "exchange": match.exchange.code if match.exchange_id else None,
        "moves": sorted(moves),
    }
