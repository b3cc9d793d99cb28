"""What data the portal gives, as data portals collect it: DCAT-AP in JSON-LD."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from practices.citations import PUBLISHER
from practices.enums import CONTENT_LICENCE, Language
from practices.linked_data import LICENCES

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_LANGUAGES = {"en": "ENG", "fr": "FRA", "es": "SPA", "pt": "POR", "ar": "ARA"}
# Of a file with this content; everything else is of exchanges.
_DATASETS = dict.fromkeys(("practices", "areas", "topics", "targets"), "practices") | dict.fromkeys(
    ("countries", "figures"), "countries"
)
_IANA = "https://www.iana.org/assignments/media-types/"


def catalogue(base_url, run):
    """The catalogue; ``base_url``: scheme and host without a slash at the end, ``run``: the newest dump, or None."""
    api = f"{base_url}/api/v1/"
    publisher = {"@type": "foaf:Agent", "foaf:name": PUBLISHER, "foaf:homepage": {"@id": f"{base_url}/"}}
    service = {
        "@id": f"{api}#service",
        "@type": "dcat:DataService",
        "dct:title": _text("en", "SSC Portal API"),
        "dcat:endpointURL": {"@id": api},
        "dcat:endpointDescription": {"@id": base_url + reverse("api:schema")},
        "dcat:servesDataset": [{"@id": f"{base_url}/#{name}"} for name in ("practices", "exchanges", "countries")],
    }
    ways = {
        "practices": [
            _way(base_url + reverse("api:practice-list"), "API", "application/json", service=service["@id"]),
            _way(base_url + reverse("practices:oai"), "OAI-PMH 2.0", "text/xml"),
            _way(base_url + reverse("practices:feed"), "Atom", "application/atom+xml"),
        ],
        "exchanges": [
            _way(base_url + reverse(f"api:{name}-list"), f"API: {name}s", "application/json", service=service["@id"])
            for name in ("exchange", "offer", "need")
        ],
        "countries": [
            _way(base_url + reverse(f"api:{name}-list"), f"API: {title}", "application/json", service=service["@id"])
            for name, title in (("country", "countries"), ("indicator", "indicators"))
        ],
    }
    for file in run.manifest["files"] if run else []:
        kind = _DATASETS.get(file["content"], "exchanges")
        ways[kind].append(_file(f"{base_url}{reverse('api:dump')}", file, run.manifest["made_at"]))
    datasets = [
        _dataset(base_url, name, title, description, publisher, ways[name])
        for name, (title, description) in _in_all_languages().items()
    ]
    datasets[-1] = _by_series(datasets[-1]) | {"dcat:distribution": list(map(_by_series, ways["countries"]))}
    return {
        "@context": CONTEXT,
        "@id": f"{base_url}/#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _text("en", PUBLISHER),
        "dct:description": datasets[0]["dct:description"],
        "dct:publisher": publisher,
        "dct:language": [{"@id": f"{_AUTHORITY}language/{_LANGUAGES[code]}"} for code in Language.values],
        "foaf:homepage": {"@id": f"{base_url}/"},
        "dcat:dataset": datasets,
        "dcat:service": [service],
    }


def _in_all_languages():
    """{dataset: ([title], [description])} as texts in each language of the portal."""
    found = {"practices": ([], []), "exchanges": ([], []), "countries": ([], [])}
    for code in Language.values:
        with translation.override(code):
            words = {
                "practices": (
                    _("Good practices for children"),
                    _("What countries of the global South did for children, reviewed, with results and sources."),
                ),
                "exchanges": (
                    _("Exchanges between countries"),
                    _("What countries offer and need, and the exchanges in which they learn from each other."),
                ),
                "countries": (
                    _("Countries and the situation of their children"),
                    _("Countries with the groups they belong to, and figures with their sources and licences."),
                ),
            }
        for name, texts in words.items():
            for place, text in zip(found[name], texts, strict=True):
                place.append(_text(code, text))
    return found


def _dataset(base_url, name, title, description, publisher, ways):
    return {
        "@id": f"{base_url}/#{name}",
        "@type": "dcat:Dataset",
        "dct:title": title,
        "dct:description": description,
        "dct:publisher": publisher,
        "dct:license": {"@id": LICENCES[CONTENT_LICENCE]},
        "dct:accessRights": {"@id": f"{_AUTHORITY}access-right/PUBLIC"},
        # Whatever is published is there at once; the files are made every night.
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}frequency/UPDATE_CONT"},
        "dct:language": [{"@id": f"{_AUTHORITY}language/{_LANGUAGES[code]}"} for code in Language.values],
        "dcat:contactPoint": {
            "@type": "vcard:Kind",
            "vcard:fn": PUBLISHER,
            "vcard:hasEmail": {"@id": f"mailto:{settings.CONTACT_EMAIL}"},
        },
        "dcat:landingPage": {"@id": f"{base_url}/{name}/"},
        "dcat:distribution": ways,
    }


def _by_series(thing):
    """``thing`` without a licence of its own: figures are under those of their sources."""
    kept = {name: value for name, value in thing.items() if name != "dct:license"}
    return kept | {"dct:rights": _text("en", "Each series names its source and its licence.")}


def _way(address, title, media_type, *, service=None):
    """A distribution that is asked for rows."""
    way = {
        "@type": "dcat:Distribution",
        "dct:title": _text("en", title),
        "dcat:accessURL": {"@id": address},
        "dcat:mediaType": {"@id": _IANA + media_type},
        "dct:license": {"@id": LICENCES[CONTENT_LICENCE]},
    }
    return way | ({"dcat:accessService": {"@id": service}} if service else {})


def _file(folder, file, made_at):
    """A distribution that is a file of a dump."""
    address = folder + file["name"]
    checksum = {
        "@type": "spdx:Checksum",
        "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
        "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file["sha256"]},
    }
    return _way(address, file["name"], file["media_type"]) | {
        "dcat:downloadURL": {"@id": address},
        "dcat:compressFormat": {"@id": f"{_IANA}application/gzip"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file["bytes"])},
        "dct:modified": {"@type": "xsd:dateTime", "@value": made_at},
        "spdx:checksum": checksum,
    }


def _text(language, text):
    return {"@language": language, "@value": str(text)}
