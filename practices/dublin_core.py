"""A practice as a record of simple Dublin Core (``oai_dc``), its title and summary in every language that there is."""

from xml.etree import ElementTree as ET

from practices.citations import PUBLISHER
from practices.enums import CONTENT_LICENCE, Provenance
from practices.linked_data import LICENCES
from practices.xml_text import xml_text

PREFIX = "oai_dc"
NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_ELEMENTS = "http://purl.org/dc/elements/1.1/"


def oai_dc(card, *, institutions, address):
    """The ``oai_dc:dc`` element of ``card`` (practices.cards.Card), names in the active language.

    ``institutions``: names of the lead institutions; ``address``: of the page for people, absolute.
    """
    root = ET.Element(
        "oai_dc:dc",
        {
            "xmlns:oai_dc": NAMESPACE,
            "xmlns:dc": _ELEMENTS,
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
        },
    )
    document = card.document
    is_their_own = document["provenance"] == Provenance.COUNTRY and institutions
    subjects = [area.name for area in card.areas] + [topic.name for topic in card.topics]
    licence = document["licence"] or CONTENT_LICENCE
    _add(root, "title", texts=document["title"], first=document["language"])
    _add(root, "creator", *(institutions if is_their_own else [PUBLISHER]))
    _add(root, "subject", *subjects, *(f"SDG {code}" for code in document["targets"]))
    _add(root, "description", texts=document["summary"], first=document["language"])
    _add(root, "publisher", PUBLISHER)
    _add(root, "date", document["published_at"][:10])
    _add(root, "type", "Text", card.kind_label)
    _add(root, "format", "text/html")
    _add(root, "identifier", address, document["reference"])
    _add(root, "language", *document["languages"])
    _add(root, "coverage", *(country.name for country in card.countries))
    _add(root, "rights", licence, LICENCES.get(licence, ""))
    return root


def _add(root, name, *values, texts=None, first=None):
    """Add an element ``name`` for each of ``values``, or of ``texts`` ({language: text}), that of ``first`` first."""
    for value in values:
        if value:
            ET.SubElement(root, f"dc:{name}").text = xml_text(value)
    for language in sorted(texts or {}, key=lambda one: (one != first, one)):
        if texts[language]:
            ET.SubElement(root, f"dc:{name}", {"xml:lang": language}).text = xml_text(texts[language])
