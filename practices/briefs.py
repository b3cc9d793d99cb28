"""The PDF brief of a practice: made by a worker, kept in storage, one per version and language."""

import logging
import mimetypes
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.tasks import nudge
from practices import citations, trail
from practices.editions import Edition, Text
from practices.models import Brief, Practice
from practices.tasks import make_briefs

logger = logging.getLogger(__name__)

# The brief's own styles and fonts, under an address that leads nowhere else.
ORIGIN = "https://static.invalid/"
SERVED = ("css/brief.css", "vendor/fonts-pdf/")
# What a brief tells, and at most how many pictures and words of each; the page has all of it.
PICTURES = 2
SECTIONS = {"challenge", "approach", "results", "enabling_conditions", "constraints"}
LONGEST_SECTION = 130
# A brief that is missing is queued at most once in this many seconds.
PATIENCE = 600


def stored(practice, language):
    """The brief of the live version of ``practice`` in ``language``, or None while there is none that is up to date."""
    briefs = [row for row in practice.live.briefs.all() if row.language == language]
    brief = next((row for row in briefs if row.made_at >= practice.updated_at), None)
    # A file that storage lost is made again, as if it had never been there.
    return brief if brief and brief.file.storage.exists(brief.file.name) else None


def ask_for(practice):
    """Queue the briefs of ``practice``, once however many readers ask meanwhile."""
    if cache.add(f"brief-asked:{practice.live_id}", 1, PATIENCE):
        nudge(make_briefs, [practice.live_id])


def make(version_id, language):
    """Make and store the brief of a live version.

    Returns the Brief; None when the version is not what the world reads, or when the libraries that draw PDF are
    missing, which is logged. Raises what storage raises.
    """
    practice = Practice.objects.live().with_content().filter(live=version_id).first()
    if practice is None:
        return None
    content = pdf(practice, language)
    return None if content is None else _store(practice, language, content)


def pdf(practice, language):
    """The brief of ``practice`` (loaded ``with_content``) in ``language`` as PDF bytes; None without the libraries."""
    with translation.override(language):
        told = context(practice, language)
        page = render_to_string("practices/brief.html", told)
    return drawn(page, pictures=[row.file for row in told["pictures"]])


def drawn(page, pictures=()):
    """The HTML ``page`` as PDF bytes; None without the libraries that draw it, which is logged.

    It loads nothing but the brief's styles and fonts, and ``pictures`` (Files) under ``files/<key>``.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (ImportError, OSError) as error:
        logger.warning("No PDF was made, for a library is missing: %s", error)
        return None

    given = {f"{ORIGIN}files/{file.key}": file for file in pictures}

    class OwnFiles(URLFetcher):
        """Serves the brief's styles, fonts and pictures; everything else is refused, whatever a text asks for."""

        def fetch(self, url, headers=None):
            if url in given:
                with given[url].open("medium") as content:
                    return URLFetcherResponse(url, content.read(), {"Content-Type": "image/webp"})
            path = _own_file(url)
            kind, _encoding = mimetypes.guess_type(path.name)
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind or "application/octet-stream"})

    return HTML(string=page, base_url=ORIGIN, url_fetcher=OwnFiles()).write_pdf()


def context(practice, language):
    """What templates/practices/brief.html is given; the language has to be active."""
    edition = Edition(practice, practice.live, language)
    told = [section for section in edition.sections if section.text and section.key in SECTIONS]
    return {
        "edition": edition,
        "pictures": edition.pictures[:PICTURES],
        "narrative": [(section.heading, _shortened(section.text)) for section in told],
        "adoptions": trail.steps(edition),
        "practice": practice,
        "is_rtl": translation.get_language_bidi(),
        "address": settings.SITE_URL + practice.get_absolute_url(),
        "citation": citations.sentence(practice, practice.live),
    }


def _shortened(text):
    """``text`` within LONGEST_SECTION words, ended after a sentence where one ends in time."""
    words = text.value.split(" ")
    if len(words) <= LONGEST_SECTION:
        return text
    cut = " ".join(words[:LONGEST_SECTION])
    end = max(cut.rfind(mark) for mark in (". ", ".\n", "؟ ", "! ", "? "))
    return Text(f"{cut[: end + 1]} …" if end > len(cut) // 2 else f"{cut} …", text.language)


def _own_file(url):
    """The file that ``url`` stands for. Raises ValueError for everything that is not a file of the brief."""
    path = PurePosixPath(urlsplit(url).path.lstrip("/"))
    name = str(path)
    if not url.startswith(ORIGIN) or ".." in path.parts or not name.startswith(SERVED):
        raise ValueError(f"A brief loads nothing but its own styles and fonts, not {url[:200]}")
    return Path(settings.BASE_DIR / "static" / path)


def _store(practice, language, content):
    number = practice.live.number
    with transaction.atomic():
        before = Brief.objects.select_for_update().filter(version=practice.live_id, language=language).first()
        brief = before or Brief(version=practice.live, language=language)
        storage, outdated = brief.file.storage, brief.file.name
        brief.size = len(content)
        brief.file.save(f"{practice.reference}-v{number}-{language}.pdf", ContentFile(content), save=False)
        brief.save()
        if outdated:
            transaction.on_commit(lambda: storage.delete(outdated))
    return brief
