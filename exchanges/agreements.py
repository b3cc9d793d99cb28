"""The agreement of an exchange on paper: a PDF that is made when a party asks for it, and kept nowhere."""

from django.template.loader import render_to_string
from django.utils import timezone, translation

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


def signatures(exchange):
    """Those under the agreement as it stands, in the order in which they were given."""
    rows = exchange.signature_rows.filter(revision=exchange.agreement_revision)
    return rows.select_related("party__country", "party__organisation", "signed_by")
