"""A practice in the words of schema.org, for the data block in its page and for ``format=jsonld``."""

from django.urls import reverse
from django.utils import translation

from practices.cards import Card
from practices.citations import PUBLISHER, authors
from practices.enums import CONTENT_LICENCE
from practices.names import names as reference_names
from practices.serial import public_serial

LICENCES = {CONTENT_LICENCE: "https://creativecommons.org/licenses/by/4.0/"}
CONTEXT = {"@context": "https://schema.org"}


def linked_data(practice, language, base_url, names=None):
    """The schema.org object of the live version of ``practice``, its texts and names in ``language``.

    ``practice``: loaded ``with_content()`` and, to spare a query, with its index row; ``base_url``: scheme and host
    without a slash at the end; ``names``: the reference names, asked for where they are not given. Returns a dict for
    JSON; whoever puts it into HTML escapes what could end the element.
    """
    with translation.override(language):
        card = Card(practice.index.document, names or reference_names(public_serial()), language)
        thing = linked_card(card, base_url)
    version = practice.live
    known = {
        "author": [{"@type": "Organization", "name": name} for name in authors(practice, version)],
        "contributor": [_organisation(row.organisation) for row in version.partner_roles.all()],
        "sourceOrganization": [_organisation(row.organisation) for row in version.institution_rows.all()],
        "audience": [{"@type": "Audience", "audienceType": group} for group in version.beneficiary_groups],
        "citation": [_citation(row) for row in version.references.all()],
    }
    return CONTEXT | thing | {name: value for name, value in known.items() if value}


def linked_card(card, base_url):
    """The schema.org object of a row of a list (``practices.cards.Card``), names in the active language; no query."""
    url = base_url + card.url
    publisher = {"@type": "Organization", "name": PUBLISHER, "url": f"{base_url}/"}
    thing = {
        "@type": "Report",
        "@id": base_url + _path_without_language(card.slug),
        "url": url,
        "mainEntityOfPage": url,
        "identifier": card.reference,
        "reportNumber": card.reference,
        "headline": card.title,
        "name": card.title,
        "abstract": card.summary,
        "inLanguage": card.title_language,
        "datePublished": card.published_at.isoformat(),
        "dateModified": card.updated_at.isoformat(),
        "version": str(card.version),
        "isAccessibleForFree": True,
        "license": LICENCES.get(card.licence, card.licence),
        "publisher": publisher,
        "spatialCoverage": [
            {"@type": "Country", "name": country.name, "identifier": country.iso3} for country in card.countries
        ],
        "about": [_term(area.name, area.slug, base_url + area.get_absolute_url()) for area in card.areas]
        + [_term(target.text or target.code, target.code, sdg_address(target.code)) for target in card.targets],
        "keywords": [topic.name for topic in card.topics],
    }
    if card.start_year:
        thing["temporalCoverage"] = f"{card.start_year}/{card.end_year or '..'}"
    if card.title_language != card.original_language:
        thing["translationOfWork"] = {"@type": "Report", "@id": thing["@id"], "inLanguage": card.original_language}
    return {name: value for name, value in thing.items() if value not in ("", [])}


def sdg_address(code):
    """The address by which the United Nations identify the goal or target ``code``."""
    return f"http://metadata.un.org/sdg/{code}"


def _path_without_language(slug):
    with translation.override("en"):
        return reverse("practices:detail", args=[slug])


def _term(name, code, address):
    return {"@type": "DefinedTerm", "name": name, "termCode": code, "url": address}


def _organisation(organisation):
    return {"@type": "Organization", "name": organisation.name}


def _citation(reference):
    citation = {"@type": "CreativeWork", "name": reference.title}
    if reference.publisher:
        citation["publisher"] = {"@type": "Organization", "name": reference.publisher}
    if reference.year:
        citation["datePublished"] = str(reference.year)
    if reference.url:
        citation["url"] = reference.url
    return citation
