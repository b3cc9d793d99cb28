"""Who is given the bytes of a file: everybody where a published version shows it, else whoever may read its version."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from practices import permissions
from practices.enums import PracticeStatus
from practices.models import File, Practice, Submission
from practices.refusals import Retracted


def file_for(user, key):
    """The file called ``key``, which ``user`` may read.

    Raises Retracted when all practices that showed it are taken back, and Http404 when there is none, when it is not
    prepared yet, or when nobody who may read it may see it: a picture without consent is seen by those alone who write
    for its country and can renew it.
    """
    file = get_object_or_404(File.objects.kept().exclude(prepared_at=None), key=key)
    practices = list(Practice.objects.filter(versions__file_rows__file=file).distinct())
    if any(practice.status == PracticeStatus.LIVE for practice in practices):
        if file.is_shown:
            return file
    elif practices:
        raise Retracted(practices[0])
    # What is missing and what is not for this reader is told alike.
    if any(_may_see(user, file, submission) for submission in _submissions(user, file)):
        return file
    raise Http404


def file_in(submission, key):
    """The file called ``key`` that the version of ``submission`` shows, for somebody who may read that; or Http404."""
    file = get_object_or_404(File.objects.kept(), key=key, uses__version=submission.version_id)
    if not file.is_shown:
        raise Http404
    return file


def _submissions(user, file):
    if not user.is_authenticated:
        return []
    return Submission.objects.visible_to(user).filter(version__file_rows__file=file).prefetch_related("coauthors")


def _may_see(user, file, submission):
    return file.is_shown or permissions.may_keep_consent(user, submission)
