"""Where the practices of a list are carried out: the countries of its map, each with its most adopted practice."""

from django.urls import reverse

from countries.names import sort_key
from practices.cards import Card
from practices.listing import snapshot
from practices.models import PracticeIndex
from practices.querysets import Unnest


def places(listing):
    """The countries of ``listing``, most practices first: [{iso3, name, count, url, best}].

    ``url`` leads to the same list narrowed to that country; ``best`` is the Card of its most adopted practice.
    Three queries, however many practices there are.
    """
    with snapshot():
        listing.filter.forget()
        counts, best = listing.by_country(), _most_adopted(listing)
    names = listing.filter.names
    query = listing.query_with(view=("map", None))
    rows = []
    for iso3, count in counts.items():
        country = names.countries[iso3]
        narrowed = _narrowed(query, iso3)
        rows.append(
            {
                "iso3": iso3,
                "name": country.name,
                "count": count,
                "url": f"{reverse('practices:list')}?{narrowed}",
                "best": best[iso3],
            }
        )
    return sorted(rows, key=lambda row: (-row["count"], sort_key(row["name"])))


def _narrowed(query, iso3):
    parameters = [part for part in query.split("&") if part and not part.startswith("country=")]
    return "&".join([*parameters, f"country={iso3}"])


def _most_adopted(listing):
    """{iso3: Card}: one practice per country, the documents read only for those that are shown."""
    chosen = dict(
        listing.filter.rows()
        .annotate(carried_out_in=Unnest("countries"))
        .order_by("carried_out_in", "-adoptions_count", "-published_at", "-practice_id")
        .distinct("carried_out_in")
        .values_list("carried_out_in", "practice_id")
    )
    documents = dict(PracticeIndex.objects.filter(pk__in=set(chosen.values())).values_list("practice_id", "document"))
    return {iso3: Card(documents[pk], listing.filter.names, listing.language) for iso3, pk in chosen.items()}
