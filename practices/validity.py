"""Whether what was published still holds: three years after a practice was last found valid its review is due."""

import datetime

from django.db import transaction
from django.utils import timezone

from accounts.enums import COUNTRY_ROLES
from accounts.kinds import Kind
from accounts.models import User
from accounts.outbox import tell
from practices.enums import REVIEW_PERIOD_YEARS
from practices.models import Practice, ValidityCheck
from practices.serial import raise_public_serial

# A message names at most so many; the workspace lists all.
TITLES_TOLD = 20


def is_check_missed(now=None):
    """Whether no check was made in the last day (``now``: an aware datetime)."""
    since = (now or timezone.now()) - datetime.timedelta(days=1)
    return not ValidityCheck.objects.filter(checked_at__gte=since).exists()


@transaction.atomic
def check(today=None):
    """Mark live practices whose review is due on ``today`` (a date, UTC) and unmark the others.

    The people of each country are told, in one message, of those that fell due since the last check. Returns the
    ValidityCheck that was written. The public serial rises, for the pages show when it was done.
    """
    today = today or timezone.now().date()
    try:
        limit = today.replace(year=today.year - REVIEW_PERIOD_YEARS)
    except ValueError:  # 29 February
        limit = datetime.date(today.year - REVIEW_PERIOD_YEARS, 2, 28)
    live = Practice.objects.live()
    newly = list(live.filter(revalidated_on__lte=limit, is_review_due=False, merged_into=None).select_related("live"))
    live.filter(revalidated_on__lte=limit, is_review_due=False).update(is_review_due=True)
    _remind(newly, today)
    live.filter(revalidated_on__gt=limit, is_review_due=True).update(is_review_due=False)
    done = ValidityCheck.objects.create(practices_count=live.count(), due_count=live.filter(is_review_due=True).count())
    raise_public_serial()
    return done


def _remind(practices, today):
    """Tell the officers of each country once which of ``practices`` (newly due) are theirs."""
    by_country = {}
    for practice in practices:
        by_country.setdefault(practice.country_id, []).append(practice.live.title)
    for country, titles in by_country.items():
        people = User.objects.filter(memberships__role__in=COUNTRY_ROLES, memberships__country=country).distinct()
        tell(
            list(people),
            Kind.PRACTICE_REVIEW_DUE,
            key=f"review-due:{country}:{today.isoformat()}",
            path="/workspace/",
            context={
                "title": titles[0],
                "country": country,
                "actor": "",
                "letter": "\n\n".join(f"- {title}" for title in sorted(titles)[:TITLES_TOLD]),
                "deadline": "",
            },
        )
