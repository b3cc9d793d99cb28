"""The agreement of an exchange on paper: a PDF that is made when a party asks for it, and kept nowhere."""

from django.template.loader import render_to_string
from django.utils import timezone, translation

from exchanges.enums import AmendmentStatus
from exchanges.exchange_forms import sides
from exchanges.workflow.exchanges import unsigned
from practices import briefs


def pdf(exchange, language):
    """The agreement in ``language`` as PDF bytes; None without the libraries that draw it."""
    with translation.override(language):
        page = render_to_string("exchanges/workspace/exchange_paper.html", context(exchange))
    return briefs.drawn(page)


def context(exchange):
    """What the pages for paper are given; the language has to be active."""
    return {
        "exchange": exchange,
        "signatures": signatures(exchange),
        "unsigned": unsigned(exchange),
        "parties": exchange.parties.all(),
        "sides": sides(exchange),
        "is_rtl": translation.get_language_bidi(),
        "printed_on": timezone.localdate(),
    }


def signatures(exchange, revision=None):
    """Those under the agreement as it stands, or under another ``revision`` of it, in the order of signing."""
    rows = exchange.signature_rows.filter(revision=revision or exchange.agreement_revision)
    return rows.select_related("party__country", "party__organisation", "signed_by")


def amendments_in_force(exchange):
    """The changes that all sides signed, the last first; each keeps the text that held before it."""
    return exchange.amendment_rows.filter(status=AmendmentStatus.AGREED).order_by("-revision")
