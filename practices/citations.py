"""How a practice is cited: as a sentence, and for reference managers as BibTeX, RIS and CSL-JSON.

Citations name the live version by its permalink, in its original language: they stay true when the practice changes.
"""

import json

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from countries.names import in_language
from practices.enums import Provenance

PUBLISHER = "SSC Portal"
_BIBTEX_SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_BIBTEX_LANGUAGES = {"en": "english", "fr": "french", "es": "spanish", "pt": "portuguese", "ar": "arabic"}


def permalink(practice, version):
    """The address of ``version`` that never changes, absolute and without a language."""
    with translation.override("en"):
        return settings.SITE_URL + reverse("practices:version", args=[practice.slug, version.number])


def authors(practice, version):
    """Who wrote it down: the lead institutions where the country did, else the portal."""
    names = [row.organisation.name for row in version.institution_rows.all()]
    return names if names and practice.provenance == Provenance.COUNTRY else [PUBLISHER]


def sentence(practice, version):
    """The citation as readers copy it, in the active language; the title stays in the original."""
    form = _(
        "%(authors)s (%(year)s). %(title)s, %(country)s. %(publisher)s, %(reference)s, version %(number)s. %(url)s"
    )
    return form % {
        "authors": "; ".join(authors(practice, version)),
        "year": version.published_at.year,
        "title": _line(version.title).rstrip("."),
        "country": practice.country.name,
        "publisher": PUBLISHER,
        "reference": practice.reference,
        "number": version.number,
        "url": permalink(practice, version),
    }


def bibtex(practice, version):
    """A BibTeX entry in UTF-8; everything that BibTeX would read as a command is escaped."""
    published = version.published_at
    fields = {
        "author": " and ".join("{" + _bibtex_text(name) + "}" for name in authors(practice, version)),
        "title": "{" + _bibtex_text(version.title) + "}",
        "year": published.year,
        "month": published.month,
        "publisher": PUBLISHER,
        "number": practice.reference,
        "version": version.number,
        "address": _bibtex_text(in_language(practice.country.names, "en")),
        "language": _BIBTEX_LANGUAGES[version.language],
        "abstract": _bibtex_text(version.summary),
        "url": permalink(practice, version),
        "note": _bibtex_text(f"{version.licence}"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{practice.reference},", *lines, "}"]) + "\n"


def ris(practice, version):
    """An RIS record: one tag per line, lines ended as the format asks."""
    published = version.published_at
    pairs = [("TY", "RPRT"), ("ID", practice.reference)]
    pairs += [("AU", name) for name in authors(practice, version)]
    pairs += [
        ("TI", version.title),
        ("AB", version.summary),
        ("PY", published.year),
        ("DA", published.strftime("%Y/%m/%d")),
        ("PB", PUBLISHER),
        ("CY", in_language(practice.country.names, "en")),
        ("SN", practice.reference),
        ("ET", version.number),
        ("LA", version.language),
        ("N1", version.licence),
        ("UR", permalink(practice, version)),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {_line(str(value))}\r\n" for tag, value in pairs if value or tag == "ER")


def csl_json(practice, version):
    """A CSL-JSON list of one item, as text."""
    published = version.published_at
    item = {
        "id": practice.reference,
        "type": "report",
        "title": version.title,
        "author": [{"literal": name} for name in authors(practice, version)],
        "issued": {"date-parts": [[published.year, published.month, published.day]]},
        "publisher": PUBLISHER,
        "number": practice.reference,
        "version": str(version.number),
        "language": version.language,
        "abstract": version.summary,
        "URL": permalink(practice, version),
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2) + "\n"


# What follows "cite." in the address: (writer, content type).
FORMATS = {
    "bib": (bibtex, "text/x-bibtex; charset=utf-8"),
    "ris": (ris, "application/x-research-info-systems; charset=utf-8"),
    "json": (csl_json, "application/vnd.citationstyles.csl+json; charset=utf-8"),
}


def _line(text):
    """``text`` on one line."""
    return " ".join(text.split())


def _bibtex_text(text):
    return "".join(_BIBTEX_SPECIALS.get(character, character) for character in _line(text))
