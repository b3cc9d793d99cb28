"""Files that people gave the portal. They live apart from versions, which share them and say what they show."""

import uuid

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practices.enums import CONTENT_LICENCE, ConsentKind, FileKind, ScanResult
from practices.models.version import Version, VersionRow
from practices.querysets import FileQuerySet, VersionFileQuerySet


class File(models.Model):
    """One picture or document, of versions or of an exchange. Of a picture only the pixels are kept, written anew.

    ``checksum``: of what is kept. ``prepared_at``: when a worker had scanned it and made its ``renditions``, {name:
    {stored, width, height, size}}; until then it waits (``due_at``, ``leased_until``) and nobody is shown it.
    ``hidden_at``: since when nobody but its country is, because consent ended. ``removed_at``: nothing names it any
    more; the bytes go, and soon the row.
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=FileKind)
    name = models.CharField(_("name"), max_length=120)
    stored = models.FileField(_("stored as"), upload_to="files/", max_length=120)
    checksum = models.CharField(_("SHA-256 of the stored bytes"), max_length=64)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    width = models.PositiveIntegerField(_("width in pixels"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height in pixels"), null=True, blank=True)
    renditions = models.JSONField(_("renditions"), default=dict, blank=True)
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"))
    uploaded_at = models.DateTimeField(_("given at"), default=timezone.now)

    scan = models.CharField(_("malware scan"), max_length=12, choices=ScanResult, default=ScanResult.NOT_ASKED)
    prepared_at = models.DateTimeField(_("prepared at"), null=True, blank=True)
    due_at = models.DateTimeField(_("to be prepared at"), default=timezone.now)
    leased_until = models.DateTimeField(_("being prepared until"), null=True, blank=True)
    attempts_count = models.PositiveIntegerField(_("tries"), default=0)
    last_error = models.TextField(_("last error"), blank=True)

    consent_kind = models.CharField(_("consent"), max_length=12, choices=ConsentKind, blank=True)
    consent_until = models.DateField(_("consent ends on"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("hidden since"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(prepared_at=None, removed_at=None), name="file_waiting"),
            models.Index(fields=["uploader", "uploaded_at"], name="file_of_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(consent_kind__in=["", ConsentKind.NOBODY]) | Q(consent_until__isnull=False),
                name="file_consent_of_people_ends",
                violation_error_message=_("Say until when the people shown agreed."),
            ),
            models.CheckConstraint(
                condition=~Q(scan=ScanResult.FOUND) | Q(prepared_at=None), name="file_with_malware_is_never_prepared"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_image(self):
        return self.kind == FileKind.IMAGE

    @property
    def has_consent(self):
        """Whether nobody who is shown has to agree, or all still do."""
        if not self.is_image or self.consent_kind == ConsentKind.NOBODY:
            return True
        return bool(self.consent_until) and self.consent_until >= timezone.now().date()

    @property
    def is_shown(self):
        """Whether whoever may read its version is shown it."""
        return bool(self.prepared_at and not self.hidden_at and not self.removed_at and self.has_consent)

    @property
    def is_refused(self):
        return self.scan == ScanResult.FOUND

    def stored_as(self, rendition):
        """The name in storage of one of its renditions, of a document the file itself; None where there is none."""
        if self.is_image:
            return self.renditions.get(rendition, {}).get("stored")
        return self.stored.name if rendition == DOCUMENT else None

    def open(self, rendition):
        """The open file of a rendition that exists."""
        return default_storage.open(self.stored_as(rendition))

    def discard(self):
        """Note that nothing names it any more; its bytes go when the transaction has ended."""
        self.removed_at = timezone.now()
        self.save(update_fields=["removed_at"])
        names = [self.stored.name, *(one["stored"] for one in self.renditions.values())]
        # What is not deleted here, because this process dies, is swept later.
        transaction.on_commit(lambda: [default_storage.delete(name) for name in names])


# The renditions of a picture, the smallest first, and what a document has instead.
RENDITIONS, DOCUMENT = ("small", "medium", "large"), "document"


class VersionFile(VersionRow):
    """A file as one version shows it: what it says about it is frozen with the version, the file lives on."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="file_rows")
    file = models.ForeignKey(File, models.PROTECT, related_name="uses")
    caption = models.TextField(_("caption"), blank=True)
    alt = models.TextField(_("text in its place"), blank=True)
    credit = models.TextField(_("credit"), blank=True)
    licence = models.CharField(_("licence"), max_length=40, default=CONTENT_LICENCE)

    objects = VersionFileQuerySet.as_manager()

    class Meta(VersionRow.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "file"], name="version_file_once")]

    @property
    def is_described(self):
        """Whether everything is said that readers need; the same as ``VersionFile.objects.undescribed()`` asks."""
        told = [self.caption, *([self.alt, self.credit, self.file.consent_kind] if self.file.is_image else [])]
        return all(told) and self.file.has_consent and not self.file.is_refused

    @property
    def medium(self):
        """The rendition that pages show: {width, height, size}."""
        return self.file.renditions.get("medium", {})
