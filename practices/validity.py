"""Whether what was published still holds: three years after a practice was last found valid its review is due."""

import datetime

from django.db import transaction
from django.utils import timezone

from practices.enums import REVIEW_PERIOD_YEARS
from practices.models import Practice, ValidityCheck
from practices.serial import raise_public_serial


def is_check_missed(now=None):
    """Whether no check was made in the last day (``now``: an aware datetime)."""
    since = (now or timezone.now()) - datetime.timedelta(days=1)
    return not ValidityCheck.objects.filter(checked_at__gte=since).exists()


@transaction.atomic
def check(today=None):
    """Mark live practices whose review is due on ``today`` (a date, UTC) and unmark the others.

    Returns the ValidityCheck that was written. The public serial rises, for the pages show when it was done.
    """
    today = today or timezone.now().date()
    try:
        limit = today.replace(year=today.year - REVIEW_PERIOD_YEARS)
    except ValueError:  # 29 February
        limit = datetime.date(today.year - REVIEW_PERIOD_YEARS, 2, 28)
    live = Practice.objects.live()
    live.filter(revalidated_on__lte=limit, is_review_due=False).update(is_review_due=True)
    live.filter(revalidated_on__gt=limit, is_review_due=True).update(is_review_due=False)
    done = ValidityCheck.objects.create(practices_count=live.count(), due_count=live.filter(is_review_due=True).count())
    raise_public_serial()
    return done
