"""Consent to be shown: kept with the file, for all versions that share it. When it ends the picture is hidden."""

import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.enums import COUNTRY_ROLES
from accounts.kinds import Kind
from accounts.models import User
from accounts.outbox import tell
from accounts.tasks import nudge
from practices import changes, permissions
from practices.enums import ConsentKind
from practices.models import Brief, File, Practice, Submission, Version
from practices.tasks import make_briefs

# So many days before it ends, whoever is responsible is told.
WARNED_DAYS = 30


def keep(file, *, kind, until):
    """Keep what was agreed about ``file``, whose row is locked; a hidden picture is shown again if it holds."""
    file.consent_kind = kind
    file.consent_until = None if kind in ("", ConsentKind.NOBODY) else until
    file.hidden_at = None if file.has_consent else file.hidden_at or timezone.now()
    file.save(update_fields=["consent_kind", "consent_until", "hidden_at"])
    _follow([file])


@transaction.atomic
def renew(file, *, kind, until):
    """The same, for a file that no draft is asked about."""
    keep(File.objects.select_for_update().get(pk=file.pk), kind=kind, until=until)


@transaction.atomic
def withdraw(file):
    """Hide ``file`` at once: somebody whom it shows does not agree any more."""
    file = File.objects.select_for_update().get(pk=file.pk)
    if file.hidden_at is None:
        file.hidden_at = timezone.now()
        file.save(update_fields=["hidden_at"])
        _follow([file])


@transaction.atomic
def check(today=None):
    """Hide the pictures whose consent ended before ``today`` (a date, UTC), and tell the people responsible.

    They are told WARNED_DAYS days before, too, once for each end. Returns how many pictures were hidden.
    """
    today = today or timezone.now().date()
    of_people = File.objects.of_people().filter(hidden_at=None).select_related("uploader")
    ended = list(of_people.filter(consent_until__lt=today).select_for_update(of=("self",)))
    File.objects.filter(pk__in=[file.pk for file in ended]).update(hidden_at=timezone.now())
    _follow(ended)
    _tell(ended, Kind.FILE_CONSENT_ENDED)
    soon = today + datetime.timedelta(days=WARNED_DAYS)
    _tell(of_people.filter(consent_until__gte=today, consent_until__lte=soon), Kind.FILE_CONSENT_ENDING)
    return len(ended)


def _follow(files):
    """Let everything public follow a change of ``files``: pages and API by the serial, briefs by being made anew."""
    versions = Version.objects.filter(file_rows__file__in=files, practice__isnull=False)
    if not files or not versions.exists():
        return
    practices = Practice.objects.live().filter(live__in=versions)
    changes.note(list(practices.values_list("pk", flat=True)))
    outdated = Brief.objects.filter(version__in=versions)
    names = [brief.file.name for brief in outdated]
    outdated.delete()
    live = list(practices.values_list("live", flat=True))
    transaction.on_commit(lambda: [default_storage.delete(name) for name in names])
    transaction.on_commit(lambda: nudge(make_briefs, live))


def countries_of(file):
    """The ISO3 codes of the countries whose case studies name ``file``, as a sorted list."""
    return sorted(set(Submission.objects.filter(version__file_rows__file=file).values_list("country", flat=True)))


def _tell(files, kind):
    for file in files:
        for country in countries_of(file):
            tell(
                _responsible(file, country),
                kind,
                key=f"{kind}:{file.pk}:{country}:{file.consent_until.isoformat()}",
                path=f"/workspace/files/{file.key}/consent/",
                context={
                    "title": file.name,
                    "country": country,
                    "actor": "",
                    "letter": "",
                    "deadline": file.consent_until.isoformat(),
                },
            )


def _responsible(file, country):
    """Who gave the picture, for as long as they write for the country; then everybody who does."""
    if file.uploader.is_active and permissions.writes_for(file.uploader, country):
        return [file.uploader]
    return list(User.objects.filter(memberships__role__in=COUNTRY_ROLES, memberships__country=country).distinct())
