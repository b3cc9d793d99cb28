"""Work that a request should not wait for. Tasks take ids, fetch and delegate."""

from celery import shared_task

from accounts.tasks import nudge


@shared_task(name="practices.tasks.check_validity")
def check_validity():
    """Mark the practices whose three years are over, and note that they were looked at."""
    from practices.validity import check

    check()


@shared_task(name="practices.tasks.remind")
def remind():
    """Remind people of what is due soon or waited for."""
    from practices.reminders import remind

    remind()


@shared_task(name="practices.tasks.make_briefs")
def make_briefs(version_ids):
    """Make the PDF briefs of published versions in every language of the portal."""
    from practices.briefs import make
    from practices.enums import Language
    from practices.serial import raise_public_serial

    if len(version_ids) > 1:  # one task for each, so that a worker that is stopped loses little
        for version_id in version_ids:
            nudge(make_briefs, [version_id])
        return
    made = [make(version_id, language) for version_id in version_ids for language in Language.values]
    if any(made):
        raise_public_serial()  # pages name the size of a brief


@shared_task(name="practices.tasks.prepare_files")
def prepare_files():
    """Scan the files that came in and make the renditions of pictures."""
    from practices.files.preparing import prepare_due

    prepare_due()


@shared_task(name="practices.tasks.sweep_files")
def sweep_files():
    """Delete bytes that no row names."""
    from practices.files.preparing import sweep

    sweep()


@shared_task(name="practices.tasks.check_consents")
def check_consents():
    """Hide pictures whose consent has ended, and tell who is responsible, before and then."""
    from practices.files.consent import check

    check()


@shared_task(name="practices.tasks.relate")
def relate(practice_ids):
    """Keep what is near the given practices; without any, near those that have no list yet."""
    from practices.related import keep, keep_missing

    if practice_ids:
        keep(practice_ids)
    else:
        keep_missing()


@shared_task(name="practices.tasks.reindex")
def reindex():
    """Rebuild all derived rows."""
    from practices.indexing import rebuild
    from practices.vocabulary import load_names

    load_names()
    rebuild()
