"""A stored reason as a sentence in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from countries.languages import language_name, side_by_side
from exchanges.enums import MatchFactor, Modality
from practices.enums import EvidenceLevel
from practices.names import names as reference_names
from practices.serial import public_serial


def words(reason, names=None):
    """``reason`` as one sentence in the active language. A factor that this release does not know gives "".

    ``names``: ``practices.names``; whoever words many reasons passes them, so that they are not asked for each time.
    """
    say = _SENTENCES.get(reason["factor"])
    return say(reason, names or reference_names(public_serial())) if say else ""


def _named(slugs, rows):
    """Names of areas or topics in the active language; one that is gone keeps its slug."""
    return side_by_side(rows[slug].name if slug in rows else slug for slug in slugs)


def _percent(points):
    return round(100 * points)


def _subjects(reason, rows, nothing):
    if "about" in reason:
        return _("About: %(names)s.") % {"names": _named(reason["about"], rows)} if reason["about"] else nothing
    offered, known = _named(reason["offered"], rows), _named(reason["known"], rows)
    if offered and known:
        text = _("Offers help on: %(offered)s. Has practices or past exchanges on: %(known)s.")
        return text % {"offered": offered, "known": known}
    if offered:
        return _("Offers help on: %(names)s.") % {"names": offered}
    return _("Has practices or past exchanges on: %(names)s.") % {"names": known} if known else nothing


def _area(reason, names):
    return _subjects(reason, names.areas, _("Nothing on the challenge areas asked about."))


def _topic(reason, names):
    return _subjects(reason, names.topics, _("Nothing on the topics asked about."))


def _practice(reason, names):
    return {
        "offered": _("Offers help with the practice that is wanted."),
        "documented": _("Documented the practice that is wanted."),
        "adopted": _("Took over the practice that is wanted."),
    }.get(reason["how"]) or _("Has neither documented nor taken over the practice that is wanted.")


def _modality(reason, names):
    offered, known = (side_by_side(Modality(form).label for form in reason[key]) for key in ("offered", "known"))
    if offered and known:
        text = _("Offers: %(offered)s. Has helped in this form before: %(known)s.")
        return text % {"offered": offered, "known": known}
    if offered:
        return _("Offers: %(names)s.") % {"names": offered}
    if known:
        return _("Has helped in this form before: %(names)s.") % {"names": known}
    return _("Has not helped in the forms asked for yet.")


def _language(reason, names):
    if "written" in reason:
        if reason["written"]:
            return _("To be read in: %(languages)s.") % {"languages": _languages(reason["written"])}
        return _("Not to be read in a language of the asking countries yet.")
    shared = _languages(dict.fromkeys([*reason["working"], *reason["official"]]))
    if not shared:
        return _("No language in common.")
    if len(reason["countries"]) == reason["asking_count"] or reason["asking_count"] == 1:
        return _("Languages in common: %(languages)s.") % {"languages": shared}
    text = _("Languages in common: %(languages)s; official in %(count)d of the %(asking)d asking countries.")
    return text % {"languages": shared, "count": len(reason["countries"]), "asking": reason["asking_count"]}


def _languages(codes):
    return side_by_side(language_name(code) for code in codes)


def _context(reason, names):
    percent = _percent(reason["points"])
    return _("In a position that is %(percent)d %% similar, by indicators, income and status.") % {"percent": percent}


def _practices(reason, names):
    count = reason["count"]
    if not count:
        return _("No practice documented on what is asked.")
    text = ngettext(
        "%(count)d practice documented on what is asked.", "%(count)d practices documented on what is asked.", count
    )
    return text % {"count": count}


def _evidence(reason, names):
    return _("Evidence: %(level)s.") % {"level": EvidenceLevel(reason["level"]).label}


def _adoptions(reason, names):
    count = reason["count"]
    if not count:
        return _("Not taken over by other countries yet.")
    text = ngettext(
        "Taken over %(count)d time by other countries.", "Taken over %(count)d times by other countries.", count
    )
    return text % {"count": count}


def _exchanges(reason, names):
    count = reason["count"]
    if not count:
        return _("No exchange given yet.")
    text = ngettext(
        "%(count)d exchange given, %(here)d on what is asked.",
        "%(count)d exchanges given, %(here)d of them on what is asked.",
        count,
    )
    return text % {"count": count, "here": reason["here_count"]}


def _window(reason, names):
    if not reason["is_offered"]:
        return _("No open offer, so no period is known.")
    if reason["points"] == 1:
        return _("The offer covers the time asked for.")
    return _("The offer covers %(percent)d %% of the time asked for.") % {"percent": _percent(reason["points"])}


def _capacity(reason, names):
    if not reason["is_offered"]:
        return _("No open offer that says how much it can take on.")
    count = reason["free_count"]
    if count is None:
        return _("The offer sets no limit to the number of countries.")
    text = ngettext(
        "The offer has room for %(count)d more country.", "The offer has room for %(count)d more countries.", count
    )
    return text % {"count": count}


def _region(reason, names):
    count, asking = len(reason["countries"]), reason["asking_count"]
    if not count:
        return _("In another region.")
    if len(reason["same_region"]) == asking:
        return _("In the same region.")
    if count == asking:
        return _("The offer is meant for the region.")
    text = _("In the region of %(count)d of the %(asking)d asking countries, or with an offer meant for it.")
    return text % {"count": count, "asking": asking}


_SENTENCES = {
    MatchFactor.AREA: _area,
    MatchFactor.TOPIC: _topic,
    MatchFactor.PRACTICE: _practice,
    MatchFactor.MODALITY: _modality,
    MatchFactor.LANGUAGE: _language,
    MatchFactor.CONTEXT: _context,
    MatchFactor.PRACTICES: _practices,
    MatchFactor.EVIDENCE: _evidence,
    MatchFactor.ADOPTIONS: _adoptions,
    MatchFactor.EXCHANGES: _exchanges,
    MatchFactor.WINDOW: _window,
    MatchFactor.CAPACITY: _capacity,
    MatchFactor.REGION: _region,
}
