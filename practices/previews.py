"""Reading what is not published yet: as readers will see it, and by a secret address that ends by itself."""

import datetime
import hashlib
import secrets

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.kinds import Kind
from practices import permissions, workflow
from practices.editions import Edition
from practices.models import Adoption, PreviewLink, Translation, Version
from practices.refusals import TransitionError

LINK_DAYS = 14


class Unpublished:
    """Stands where an Edition expects the practice: nothing lives on it yet."""

    reference = slug = label = ""

    def __init__(self, submission):
        self.country, self.country_id = submission.country, submission.country_id
        self.live_id = submission.version_id
        self.adoptions, self.translations = Adoption.objects.none(), Translation.objects.none()

    def get_absolute_url(self):
        return ""


def edition(submission, language):
    """The Edition of the unpublished version, loaded with its content, for a reader of ``language``."""
    version = Version.objects.with_content().get(pk=submission.version_id)
    return Edition(Unpublished(submission), version, language)


def make_link(submission, *, by):
    """A new secret address for ``submission``, good for LINK_DAYS days. Returns (PreviewLink, token).

    The token is told once; only its digest is kept. Raises TransitionError when the submission is closed.
    """
    if not permissions.may_share_preview(by, submission):
        raise PermissionDenied(_("You may read this, but not do this with it."))
    if not submission.is_open:
        raise TransitionError(_("Nobody is shown a preview of what is closed."), status=submission.status)
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + datetime.timedelta(days=LINK_DAYS)
    link = PreviewLink.objects.create(
        submission=submission, token_digest=_digest(token), made_by=by, expires_at=expires_at
    )
    return link, token


def open_links(submission):
    """The secret addresses that still open ``submission``, the latest first."""
    return [link for link in submission.preview_links.filter(revoked_at=None) if link.is_valid]


def revoke_links(submission, *, by):
    """End all secret addresses of ``submission`` at once. Returns how many were still good."""
    if not permissions.may_share_preview(by, submission):
        raise PermissionDenied(_("You may read this, but not do this with it."))
    return submission.preview_links.filter(revoked_at=None).update(revoked_at=timezone.now())


def submission_for(token):
    """The submission that ``token`` opens, or None when it is unknown, expired or revoked, or the way has ended."""
    links = PreviewLink.objects.select_related("submission__country", "submission__version")
    link = links.filter(token_digest=_digest(token)).first()
    return link.submission if link and link.is_valid and link.submission.is_open else None


@transaction.atomic
def note_opened(token, *, by):
    """Tell whoever made the link behind ``token``, a good one, that somebody else opened it for the first time."""
    link = PreviewLink.objects.select_related("submission", "made_by").get(token_digest=_digest(token))
    if link.opened_at or link.made_by_id == by.pk:
        return
    # Of two readers at the same moment one is the first.
    if PreviewLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=timezone.now()):
        workflow.tell_of(link.submission, Kind.PREVIEW_OPENED, [link.made_by], key=f"preview-opened:{link.pk}")


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
