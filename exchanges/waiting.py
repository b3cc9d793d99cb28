"""What the working pages of assistance show: what waits for whom, where everything stands, who acts next."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from exchanges import permissions
from exchanges.enums import AmendmentStatus, Answer, ExchangeStatus, MatchOrigin, NeedStatus, OfferStatus
from exchanges.models import Amendment, Exchange, FollowUp, Match, Need, NeedCountry, Offer, Party, Signature
from exchanges.workflow.exchanges import SIGNING_ROLES

PAGE_SIZE = 30
# So many of each kind stand under “Waiting for you”; the lists below have all of them.
SHOWN = 20
_OFFER_MARKS = {
    OfferStatus.DRAFT: ("pencil", ""),
    OfferStatus.ENDORSEMENT: ("flag", "info"),
    OfferStatus.OPEN: ("megaphone", "ok"),
    OfferStatus.PAUSED: ("clock", "warn"),
    OfferStatus.CLOSED: ("check", ""),
    OfferStatus.EXPIRED: ("clock-alert", ""),
}
_NEED_MARKS = {
    NeedStatus.DRAFT: ("pencil", ""),
    NeedStatus.ENDORSEMENT: ("flag", "info"),
    NeedStatus.OPEN: ("megaphone", "info"),
    NeedStatus.MATCHED: ("handshake", "ok"),
    NeedStatus.CLOSED: ("check", ""),
    NeedStatus.WITHDRAWN: ("x", ""),
}
_EXCHANGE_MARKS = {
    ExchangeStatus.PROPOSED: ("send", "info"),
    ExchangeStatus.AGREED: ("handshake", "info"),
    ExchangeStatus.PREPARING: ("list-checks", "info"),
    ExchangeStatus.RUNNING: ("play", "ok"),
    ExchangeStatus.REPORTING: ("file-text", "info"),
    ExchangeStatus.CLOSED: ("check", "ok"),
    ExchangeStatus.FOLLOWED_UP: ("badge-check", "ok"),
    ExchangeStatus.DECLINED: ("circle-x", "danger"),
    ExchangeStatus.CANCELLED: ("x", ""),
    ExchangeStatus.RECORDED: ("library", ""),
}


@dataclass(frozen=True)
class Item:
    """One thing that ``user`` should act on: what, why in a sentence, and the button that leads to it."""

    icon: str
    title: str
    text: str
    action: str
    url: str


@dataclass(frozen=True)
class Line:
    """One row of a list: what it is, where it stands in a word and a sentence, its day, and where it is worked on."""

    title: str
    code: str
    url: str
    icon: str
    tone: str
    status: str
    whereabouts: str
    action: str
    changed: datetime
    ends_on: date | None = None
    area: object = None


def voices_of(user):
    """The codes of the countries for which ``user`` opens, answers and signs."""
    return [code for code in user.country_codes if permissions.may_speak_for(user, code)]


def kind_labels(user):
    """{kind: label} of the lists that ``user`` can have: only countries ask, offer and are matched."""
    labels = {"needs": _("Needs"), "offers": _("Offers"), "matches": _("Matches"), "exchanges": _("Exchanges")}
    return labels if user.is_officer else {"exchanges": labels["exchanges"]}


# Where things stand


def whereabouts_of_offer(offer):
    """Where ``offer`` is and who acts next: one sentence."""
    return {
        OfferStatus.DRAFT: _("Being written. Its authors send it when it is complete."),
        OfferStatus.ENDORSEMENT: _("With the focal point of the country, who endorses it or sends it back."),
        OfferStatus.OPEN: _("On the list of offers. The portal looks for needs that it fits."),
        OfferStatus.PAUSED: _("Off the list for a while. The country opens it again when it can."),
        OfferStatus.CLOSED: _("Closed by the country."),
        OfferStatus.EXPIRED: _("Its last day is over."),
    }[OfferStatus(offer.status)]


def whereabouts_of_need(need):
    """Where ``need`` is and who acts next: one sentence."""
    return {
        NeedStatus.DRAFT: _("Being written. Its authors send it when it is complete."),
        NeedStatus.ENDORSEMENT: _("With the focal point of the country, who endorses it or sends it back."),
        NeedStatus.OPEN: _("On the list of needs. The portal looks for countries that could help."),
        NeedStatus.MATCHED: _("An exchange has been made of it."),
        NeedStatus.CLOSED: _("Closed."),
        NeedStatus.WITHDRAWN: _("Taken back by the country."),
    }[NeedStatus(need.status)]


def whereabouts_of_exchange(exchange):
    """Where ``exchange`` is and who acts next: one sentence."""
    return {
        ExchangeStatus.PROPOSED: _("The sides write the agreement and sign it."),
        ExchangeStatus.AGREED: _("Signed by all sides. Preparation can begin."),
        ExchangeStatus.PREPARING: _("The sides prepare it."),
        ExchangeStatus.RUNNING: _("Under way."),
        ExchangeStatus.REPORTING: _("The sides report and write down the lessons."),
        ExchangeStatus.CLOSED: _("Closed with its lessons. What is left of it is checked later."),
        ExchangeStatus.FOLLOWED_UP: _("Closed and followed up."),
        ExchangeStatus.DECLINED: _("Declined by one side."),
        ExchangeStatus.CANCELLED: _("Ended before it was done."),
        ExchangeStatus.RECORDED: _("Told from public sources."),
    }[ExchangeStatus(exchange.status)]


def whereabouts_of_match(match):
    """What both sides said to ``match``: one sentence."""
    names = {"asking": match.need.country.name, "helping": match.country.name}
    if match.exchange_id:
        return _("An exchange has been made of it.")
    if match.need_answer == Answer.DECLINED:
        return _("%(asking)s said no.") % names
    if match.country_answer == Answer.DECLINED:
        return _("%(helping)s said no.") % names
    if match.is_accepted:
        return _("Both sides said yes. %(asking)s begins the exchange.") % names
    if match.need_answer == Answer.ACCEPTED:
        return _("%(asking)s said yes and waits for %(helping)s.") % names
    if match.country_answer == Answer.ACCEPTED:
        return _("%(helping)s said yes and waits for %(asking)s.") % names
    return _("Neither side has answered.")


def marks_of(row):
    """(icon, tone) of the status of an offer, a need or an exchange."""
    return {Offer: _OFFER_MARKS, Need: _NEED_MARKS, Exchange: _EXCHANGE_MARKS}[type(row)][row.status]


def whereabouts_of(row):
    return whereabouts_of_offer(row) if isinstance(row, Offer) else whereabouts_of_need(row)


# What waits


def waiting_for(user):
    """[Item] of what ``user`` has to act on: endorse, answer, begin, sign, follow up, then their own drafts."""
    voices = voices_of(user)
    return [
        *_to_endorse(user),
        *_to_answer(voices),
        *_to_begin(voices),
        *_to_sign(voices),
        *_to_follow_up(user),
        *_to_write(user),
    ]


def _to_endorse(user):
    found = []
    for model, status in ((Need, NeedStatus.ENDORSEMENT), (Offer, OfferStatus.ENDORSEMENT)):
        rows = model.objects.of_country(user).filter(status=status).select_related("country").order_by("updated_at")
        found += [row for row in rows[:SHOWN] if permissions.may_endorse(user, row)]
    text = _("Read it, then endorse it or send it back.")
    return [Item("flag", row.title, text, _("Endorse"), page_of(row)) for row in found]


def _to_answer(voices):
    """One item for each need of one's own whose matches wait, one for each other need that waits for one's country."""
    own = Need.objects.filter(country__in=voices, status=NeedStatus.OPEN).annotate(
        waiting_count=Count(
            "matches",
            filter=Q(matches__need_answer=Answer.PENDING, matches__exchange=None)
            & ~Q(matches__country_answer=Answer.DECLINED),
        )
    )
    asked = Match.objects.filter(
        country__in=voices,
        need__status=NeedStatus.OPEN,
        need__opened_at__isnull=False,
        country_answer=Answer.PENDING,
        exchange=None,
    ).exclude(need_answer=Answer.DECLINED)
    # The portal's own idea waits for nobody until the asking side takes it up; people's do.
    asked = asked.filter(Q(need_answer=Answer.ACCEPTED) | ~Q(origin=MatchOrigin.SYSTEM)).for_cards()
    found = [
        Item(
            "sparkles",
            need.title,
            ngettext(
                "%(count)d country that could help waits for your answer.",
                "%(count)d countries that could help wait for your answer.",
                need.waiting_count,
            )
            % {"count": need.waiting_count},
            _("Look at the matches"),
            reverse("assistance:matches", args=[need.code]),
        )
        for need in own.filter(waiting_count__gt=0).order_by("opened_at")[:SHOWN]
    ]
    return found + [
        Item(
            "sparkles",
            match.need.title,
            _("%(asking)s asks, and %(helping)s could help. Say yes or no.")
            % {"asking": match.need.country.name, "helping": match.country.name},
            pgettext("to say yes or no", "Answer"),
            reverse("assistance:matches", args=[match.need.code]),
        )
        for match in asked.order_by("created_at")[:SHOWN]
    ]


def _to_begin(voices):
    """Needs of one's own that somebody agreed to answer, and of which no exchange has been made."""
    ready = Match.objects.filter(
        need=OuterRef("pk"), need_answer=Answer.ACCEPTED, country_answer=Answer.ACCEPTED, exchange=None
    )
    rows = Need.objects.filter(Exists(ready), country__in=voices, status=NeedStatus.OPEN).order_by("opened_at")
    return [
        Item(
            "handshake",
            need.title,
            _("Both sides said yes: begin the exchange."),
            _("Begin the exchange"),
            reverse("assistance:matches", args=[need.code]) + "#begin",
        )
        for need in rows[:SHOWN]
    ]


def _to_sign(voices):
    proposed = _unsigned(voices, OuterRef("exchange__agreement_revision"))
    rows = Exchange.objects.filter(Exists(proposed), status=ExchangeStatus.PROPOSED).order_by("created_at")
    found = [
        Item(
            "pencil",
            exchange.title,
            _("The agreement waits for your signature."),
            _("Read and sign"),
            reverse("assistance:exchange-part", args=[exchange.code, "agreement"]),
        )
        for exchange in rows[:SHOWN]
    ]
    changes = Amendment.objects.filter(status=AmendmentStatus.OPEN, exchange=OuterRef("exchange")).values("revision")
    changed = _unsigned(voices, Subquery(changes))
    rows = Exchange.objects.filter(Exists(changed), amendment_rows__status=AmendmentStatus.OPEN)
    return found + [
        Item(
            "pencil",
            exchange.title,
            _("A change of the agreement waits for your signature."),
            _("Read and sign"),
            reverse("assistance:amendment", args=[exchange.code]),
        )
        for exchange in rows.order_by("updated_at")[:SHOWN]
    ]


def _unsigned(voices, revision):
    """Parties of an exchange, for ``voices``, that have not signed its ``revision``; for use in Exists."""
    signed = Signature.objects.filter(party=OuterRef("pk"), revision=revision)
    return Party.objects.filter(~Exists(signed), exchange=OuterRef("pk"), role__in=SIGNING_ROLES, country__in=voices)


def _to_follow_up(user):
    rows = FollowUp.objects.due().filter(
        exchange__in=Exchange.objects.of_parties(user), exchange__status=ExchangeStatus.CLOSED
    )
    return [
        Item(
            "target",
            follow_up.exchange.title,
            ngettext(
                "Say what is left of it %(count)d day after it was closed.",
                "Say what is left of it %(count)d days after it was closed.",
                follow_up.days,
            )
            % {"count": follow_up.days},
            _("Follow up"),
            reverse("assistance:exchange", args=[follow_up.exchange.code]),
        )
        for follow_up in rows.select_related("exchange").order_by("due_on")[:SHOWN]
    ]


def _to_write(user):
    drafts = []
    for model, status in ((Need, NeedStatus.DRAFT), (Offer, OfferStatus.DRAFT)):
        rows = model.objects.of_country(user).filter(status=status, lead=user)
        drafts += rows.select_related("country").order_by("updated_at")[:SHOWN]
    return [Item("pencil", row.title, whereabouts_of(row), _("Continue"), edit_page_of(row)) for row in drafts]


def page_of(row):
    """The working page of an offer or need."""
    return reverse("assistance:offer" if isinstance(row, Offer) else "assistance:need", args=[row.code])


def edit_page_of(row):
    return reverse("assistance:edit-offer" if isinstance(row, Offer) else "assistance:edit-need", args=[row.code])


# Lists


def rows_of(user, kind):
    """What ``user`` works with: the rows of ``kind``, a key of kind_labels, the last changed first."""
    if kind == "needs":
        joined = NeedCountry.objects.filter(country__in=user.country_codes).values("need")
        return Need.objects.filter(Q(country__in=user.country_codes) | Q(pk__in=joined)).order_by("-updated_at", "-pk")
    if kind == "offers":
        return Offer.objects.of_country(user).order_by("-updated_at", "-pk")
    if kind == "matches":
        return Match.objects.of_sides(user).order_by("-updated_at", "-pk")
    return Exchange.objects.of_parties(user).order_by("-updated_at", "-pk")


_SAID = {
    "waiting": Q(exchange=None, need__status=NeedStatus.OPEN)
    & ~Q(need_answer=Answer.DECLINED)
    & ~Q(country_answer=Answer.DECLINED)
    & ~Q(need_answer=Answer.ACCEPTED, country_answer=Answer.ACCEPTED),
    "accepted": Q(need_answer=Answer.ACCEPTED, country_answer=Answer.ACCEPTED, exchange=None),
    "declined": Q(need_answer=Answer.DECLINED) | Q(country_answer=Answer.DECLINED),
    "exchange": Q(exchange__isnull=False),
}


def counts_of(user):
    """{kind: how many rows}, one statement each."""
    return {kind: rows_of(user, kind).count() for kind in kind_labels(user)}


def states_of(user, kind):
    """[(value, label, count)] of the states in which ``user`` has rows of ``kind``, in the order of their life."""
    rows = rows_of(user, kind).order_by()
    if kind == "matches":
        labels = {
            "waiting": _("Wait for an answer"),
            "accepted": _("Accepted by both"),
            "declined": _("Declined"),
            "exchange": _("An exchange was made"),
        }
        counts = Match.objects.filter(pk__in=rows.values("pk")).aggregate(
            **{name: Count("pk", filter=condition) for name, condition in _SAID.items()}
        )
    else:
        labels = dict(rows.model._meta.get_field("status").flatchoices)
        counts = dict(rows.values_list("status").annotate(Count("pk")))
    return [(value, label, counts[value]) for value, label in labels.items() if counts.get(value)]


def narrowed(rows, kind, state):
    """Those of ``rows`` of ``kind`` that stand at ``state``; all for ""."""
    if not state:
        return rows
    return rows.filter(_SAID[state]) if kind == "matches" else rows.filter(status=state)


def loaded(rows, kind):
    """``rows`` of ``kind`` with what their lines show, in a fixed number of queries."""
    if kind == "matches":
        return rows.select_related("need__country", "country").prefetch_related("need__challenge_areas")
    if kind == "exchanges":
        return rows.prefetch_related("challenge_areas")
    return rows.select_related("country").prefetch_related("challenge_areas")


def lines(rows, user, kind):
    """[Line] of ``rows`` as ``loaded`` gives them; no query for a row."""
    make = {"needs": _line_of_assistance, "offers": _line_of_assistance, "matches": _line_of_match}
    voices = set(voices_of(user))
    return [make.get(kind, _line_of_exchange)(row, user, voices) for row in rows]


def _area_of(row):
    return next(iter(row.challenge_areas.all()), None)


def _line_of_assistance(row, user, voices):
    icon, tone = marks_of(row)
    url, action, whereabouts = page_of(row), _("Open it"), whereabouts_of(row)
    if not permissions.may_write_for(user, row.country_id):
        whereabouts = _("%(country)s asks, and your country joined it.") % {"country": row.country.name}
    elif row.status == "draft":
        url, action = edit_page_of(row), _("Continue")
    elif row.status == "endorsement" and permissions.may_endorse(user, row):
        action = _("Endorse")
    elif row.status in {NeedStatus.OPEN, NeedStatus.MATCHED} and isinstance(row, Need):
        url, action = reverse("assistance:matches", args=[row.code]), _("Look at the matches")
    return Line(
        title=row.title,
        code=row.code,
        url=url,
        icon=icon,
        tone=tone,
        status=row.get_status_display(),
        whereabouts=whereabouts,
        action=action,
        changed=row.updated_at,
        ends_on=row.expires_on if row.status in {"open", "paused"} else None,
        area=_area_of(row),
    )


def _line_of_match(match, user, voices):
    is_open = match.need.status == NeedStatus.OPEN and not match.exchange_id and not match.is_declined
    waits = is_open and (
        (match.need.country_id in voices and match.need_answer == Answer.PENDING)
        or (match.country_id in voices and match.country_answer == Answer.PENDING)
    )
    icon, tone = ("clock", "info") if is_open else ("check", "")
    if match.is_declined:
        icon, tone = "circle-x", ""
    elif match.is_accepted or match.exchange_id:
        icon, tone = "handshake", "ok"
    return Line(
        title=match.need.title,
        code=match.need.code,
        url=f"{reverse('assistance:matches', args=[match.need.code])}#match-{match.pk}",
        icon=icon,
        tone=tone,
        status=match.country.name,
        whereabouts=whereabouts_of_match(match),
        action=pgettext("to say yes or no", "Answer") if waits else _("Open it"),
        changed=match.updated_at,
        area=_area_of(match.need),
    )


def _line_of_exchange(exchange, user, voices):
    icon, tone = _EXCHANGE_MARKS[exchange.status]
    return Line(
        title=exchange.title,
        code=exchange.code,
        url=reverse("assistance:exchange", args=[exchange.code]),
        icon=icon,
        tone=tone,
        status=exchange.get_status_display(),
        whereabouts=whereabouts_of_exchange(exchange),
        action=_("Open it"),
        changed=exchange.updated_at,
        ends_on=exchange.ends_on,
        area=_area_of(exchange),
    )
