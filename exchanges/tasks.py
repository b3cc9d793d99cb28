"""Work that a request should not wait for, and what the clock begins. Tasks take ids, fetch and delegate."""

from celery import shared_task


@shared_task(name="exchanges.tasks.match_need")
def match_need(need_id):
    """Look for who fits a need that was opened or changed."""
    from exchanges.matching import match_need

    match_need(need_id)


@shared_task(name="exchanges.tasks.match_offer")
def match_offer(offer_id):
    """Look again at the needs that an offer, opened or changed, could answer."""
    from exchanges.matching import match_offer

    match_offer(offer_id)


@shared_task(name="exchanges.tasks.daily")
def daily():
    """End what has expired, and match what the queue lost."""
    from exchanges.matching import catch_up
    from exchanges.workflow import needs, offers

    offers.expire_due()
    needs.expire_due()
    catch_up()


@shared_task(name="exchanges.tasks.remind")
def remind():
    """Remind people, in their morning, of what expires or is due."""
    from exchanges.workflow import exchanges, needs, offers

    offers.remind_of_expiry()
    needs.remind_of_expiry()
    exchanges.remind()


@shared_task(name="exchanges.tasks.monthly_figures")
def monthly_figures():
    """Keep what the impact page says at the end of a month; a month that was kept is left alone."""
    from exchanges.impact_figures import write_month

    write_month()
