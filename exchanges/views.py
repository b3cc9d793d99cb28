"""The pages of exchanges, offers and needs that anybody may read: lists with filters, and each one in full."""

from django.conf import settings
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from countries.enums import UnicefRegion
from exchanges import matching, permissions
from exchanges.enums import UNDER_WAY, Answer, ExchangeStatus, MilestoneStatus, NeedStatus, OfferStatus
from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from exchanges.listing import browse
from exchanges.models import Exchange, Match, Need, Offer
from exchanges.querysets import live_practices
from exchanges.reading import history, in_full
from exchanges.stages import stages, way_of
from practices.listing import cards, filled
from practices.models import PracticeIndex
from practices.names import names
from practices.serial import public_serial

S = ExchangeStatus
COMPLETED = (S.CLOSED, S.FOLLOWED_UP)
# Facets that stand in the form at once; the others open below them.
FIRST_FACETS = 4
MATCHES_SHOWN = 2
REASONS_SHOWN = 3
PRACTICES_SHOWN = 3


# Lists


@require_safe
def browse_exchanges(request):
    """Exchanges for the query string, how many stand at which stage, and how long they stay there."""
    return _list(request, ExchangeFilter, "exchanges")


@require_safe
def browse_offers(request):
    return _list(request, OfferFilter, "offers")


@require_safe
def browse_needs(request):
    return _list(request, NeedFilter, "needs")


def _list(request, filter_class, name):
    """The list ``name``: exchanges, offers or needs."""
    listing = browse(filter_class, filled(request.GET), reader=request.user, with_facets=True)
    api = reverse(f"api:{name.removesuffix('s')}-list")
    # The stage is chosen by the tabs.
    facets = [facet for facet in listing.facets if facet.name != "status"]
    counts = _counts(request.user)
    context = {
        "listing": listing,
        "first_facets": facets[:FIRST_FACETS],
        "more_facets": facets[FIRST_FACETS:],
        "kept": _not_in_form(listing, facets),
        "address": _address_of(name),
        "counts": counts,
        "tabs": _tabs(name, counts, listing.query.getlist("status")),
        "data_links": _data_links(listing, api),
        "api_address": settings.SITE_URL + _with_query(api, listing.query_string),
        "matches": _matches(request.user),
        "own_countries": request.user.countries() if request.user.is_authenticated else [],
        "rescues": [] if listing.count else listing.rescues(),
    }
    if name == "exchanges":
        counted = {facet.name: [option for option in facet.options if option.count] for facet in facets}
        context |= {"stages": stages(listing.filter.rows()), "by_area": counted["area"], "by_region": counted["region"]}
    return render(request, f"exchanges/{'list' if name == 'exchanges' else name}.html", context)


def _address_of(name):
    return reverse("exchanges:list" if name == "exchanges" else f"exchanges:{name}")


def _counts(user):
    """{"offers", "needs", "exchanges", "under_way", "completed", "recorded": how many there are for ``user``}"""
    standing = {"under_way": UNDER_WAY, "completed": COMPLETED, "recorded": (S.RECORDED,)}
    exchanges = Exchange.objects.visible_to(user).filter(published_at__isnull=False)
    return {
        "offers": Offer.objects.open_to(user).count(),
        "needs": Need.objects.open_to(user).count(),
        **exchanges.aggregate(
            exchanges=Count("pk"),
            **{name: Count("pk", filter=Q(status__in=states)) for name, states in standing.items()},
        ),
    }


def _tabs(name, counts, states):
    """[(label, address, count, whether it is the current one)]"""
    exchanges, chosen = _address_of("exchanges"), states[0] if len(states) == 1 else ""
    tabs = [
        (_("Offers"), _address_of("offers"), counts["offers"], name == "offers"),
        (_("Requests"), _address_of("needs"), counts["needs"], name == "needs"),
        (_("All exchanges"), exchanges, counts["exchanges"], name == "exchanges" and not states),
    ]
    labels = {"under_way": _("Under way"), "completed": _("Completed"), "recorded": _("Recorded")}
    return tabs + [
        (label, f"{exchanges}?status={word}", counts[word], name == "exchanges" and chosen == word)
        for word, label in labels.items()
    ]


def _not_in_form(listing, facets):
    """Chosen values that no control of the form holds, as [(name, value)], so that sending it does not lose them."""
    controls = {"q", "ordering", "year_from", "year_to", "page"}
    # A control holds one value; of several that are chosen, browsers select the last.
    held = {facet.name: option.value for facet in facets for option in facet.options if option.is_selected}
    return [
        (name, value)
        for name, values in listing.query.lists()
        for value in dict.fromkeys(values)
        if name not in controls and held.get(name) != value and value
    ]


def _data_links(listing, api):
    """The same query for programs and spreadsheets: [(label, address, icon)]."""
    language = get_language()
    query = listing.query_string
    if language != settings.LANGUAGE_CODE:
        query = "&".join(filter(None, [query, f"lang={language}"]))
    rows = ngettext("CSV (%(count)d row)", "CSV (%(count)d rows)", listing.count) % {"count": listing.count}
    return [
        ("JSON", _with_query(api, query, "format=json"), "file-json"),
        (rows, _with_query(api, query, "format=csv"), "file-spreadsheet"),
        (_("Calendar of all exchanges (iCal)"), _calendar_address(reverse("exchanges:calendars")), "calendar"),
    ]


def _with_query(address, *queries):
    query = "&".join(filter(None, queries))
    return f"{address}?{query}" if query else address


def _calendar_address(address):
    language = get_language()
    return address if language == settings.LANGUAGE_CODE else f"{address}?lang={language}"


def _matches(user):
    """The best matches that wait for an answer of the countries of ``user``, with reasons: [(Match, [sentence])]."""
    if not user.is_authenticated or not user.is_officer:
        return []
    own = user.countries()
    unanswered = Q(need__country__in=own, need_answer=Answer.PENDING) | Q(
        country__in=own, country_answer=Answer.PENDING
    )
    rows = Match.objects.of_sides(user).undecided().filter(unanswered, need__status=NeedStatus.OPEN)
    known, found = names(public_serial()), []
    for match in rows.for_cards().order_by("-score", "pk")[:MATCHES_SHOWN]:
        reasons = sorted(match.reasons, key=lambda reason: -reason["points"] * reason["weight"])
        said = [matching.words(reason, known) for reason in reasons if reason["points"]]
        found.append((match, said[:REASONS_SHOWN]))
    return found


# One offer, one need


@require_safe
def offer(request, code):
    """An offer; also when it is over, which it then says."""
    rows = Offer.objects.visible_to(request.user).filter(opened_at__isnull=False)
    rows = rows.for_cards().prefetch_related(live_practices())
    row = get_object_or_404(rows, code=code)
    own = _cards_of(row.practices.all())
    context = {
        "row": row,
        "is_open": row.status == OfferStatus.OPEN,
        "is_own": permissions.may_write_for(request.user, row.country_id),
        "regions": [UnicefRegion(value).label for value in row.regions],
        "practices": own,
        "alike": [] if own else _practices_alike(row),
        "history": history(row),
        "crumbs": [(_("Exchanges"), _address_of("exchanges")), (_("Offers"), _address_of("offers"))],
    }
    return render(request, "exchanges/offer.html", context)


@require_safe
def need(request, code):
    """A need; also when it is over, which it then says."""
    row = get_object_or_404(
        Need.objects.visible_to(request.user).filter(opened_at__isnull=False).for_cards(), code=code
    )
    exchanges = Exchange.objects.visible_to(request.user).filter(need=row, published_at__isnull=False)
    context = {
        "row": row,
        "is_open": row.status == NeedStatus.OPEN,
        "is_own": permissions.may_write_for(request.user, row.country_id),
        "practices": _cards_of([row.practice] if row.practice_id else []),
        "alike": _practices_alike(row, besides=row.practice_id),
        "exchanges": exchanges.for_cards(),
        "history": history(row),
        "crumbs": [(_("Exchanges"), _address_of("exchanges")), (_("Requests"), _address_of("needs"))],
    }
    return render(request, "exchanges/need.html", context)


def _cards_of(practices):
    """Cards of those of ``practices`` that can be read."""
    return cards(PracticeIndex.objects.filter(practice__in=list(practices)), language=get_language())


def _practices_alike(row, *, besides=None):
    """Cards of practices about the same topics, else about the same areas, the best proven first."""
    topics = [topic.slug for topic in row.topics.all()]
    areas = [area.slug for area in row.challenge_areas.all()]
    about = Q(topics__overlap=topics) if topics else Q(areas__overlap=areas)
    rows = PracticeIndex.objects.filter(about).exclude(practice=besides).order_by("-evidence", "-published_at")
    return cards(rows[:PRACTICES_SHOWN], language=get_language())


# One exchange


@require_safe
def detail(request, code):
    """An exchange: who gives and who receives, where it stands, what is planned and what came of it."""
    user = request.user
    exchange = get_object_or_404(in_full(Exchange.objects.visible_to(user)), code=code)
    events = list(history(exchange))
    milestones = list(exchange.milestone_rows.all())
    need = exchange.need
    context = {
        "exchange": exchange,
        "steps": way_of(exchange, events),
        "events": events,
        "milestones": milestones,
        "milestones_done_count": sum(row.status == MilestoneStatus.DONE for row in milestones),
        "next_milestone": next((row for row in milestones if row.status != MilestoneStatus.DONE), None),
        "need": need if need and Need.objects.visible_to(user).filter(pk=need.pk).exists() else None,
        "phased": [party for party in exchange.parties.all() if party.phase],
        "practices": _cards_of(exchange.practices.all()),
        "is_party": permissions.is_party(user, exchange),
        "calendar": _calendar_address(reverse("exchanges:calendar", args=[exchange.code])),
        "crumbs": [(_("Exchanges"), _address_of("exchanges"))],
    }
    return render(request, "exchanges/detail.html", context)
