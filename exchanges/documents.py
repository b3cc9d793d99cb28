"""Documents that parties keep here: taken in as those of case studies are, given to whoever may read them."""

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from exchanges import permissions
from exchanges.models import Document
from exchanges.workflow.moves import allow, locked
from exchanges.workflow.rows import save_row
from practices.files import intake
from practices.models import File


def receive(row, upload, *, by):
    """Keep ``upload``, a file that came with a request, as the new Document ``row``. Returns it.

    Raises PermissionDenied and TransitionError as ``save_row`` does, and FileRefused with the reason.
    """
    allow(permissions.may_work_on(by, row.exchange))
    _refuse_over_quota(row.exchange, by, upload.size)
    return intake.take(upload, lambda facts: _keep(row, facts, by=by), endings=intake.DOCUMENTS)


@transaction.atomic
def _keep(row, facts, *, by):
    exchange = locked(row.exchange)
    # Two that this person sends at once to two exchanges are counted one after the other.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    _refuse_over_quota(exchange, by, facts["size"])
    row.file = intake.written(facts, by=by, beside=_files_of(exchange))
    return save_row(row, by=by)


def _refuse_over_quota(exchange, by, size):
    text = _("An exchange takes %(count)d files and %(size)s. Remove some, or give the address of a document.")
    intake.refuse_over_quota(_files_of(exchange), text, by=by, size=size)


def _files_of(exchange):
    return File.objects.filter(document__exchange=exchange)


def file_for(user, code, key):
    """The file ``key`` of the exchange ``code``, when ``user`` may open it and it is prepared; else Http404."""
    rows = Document.objects.visible_to(user).openable().filter(exchange__code=code, file__key=key)
    row = rows.select_related("file").first()
    if row is None or row.file_id is None:
        raise Http404
    return row.file
