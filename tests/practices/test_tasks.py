"""Work through the queue: it is done by a real worker, and its absence stops nobody."""

import datetime
import os
import subprocess
import sys
import time

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.utils import timezone

from accounts.tasks import deliver_outbox, nudge
from practices.models import Practice, ValidityCheck
from practices.tasks import check_validity, make_briefs
from practices.validity import check, is_check_missed
from ssc_portal.celery import app
from tests.make import make_practice


@pytest.mark.django_db
def test_a_review_is_due_three_years_after_the_last_one():
    moment = datetime.datetime(2020, 2, 29, 12, tzinfo=datetime.UTC)
    practice = make_practice(identity={"published_at": moment})

    before = check(today=datetime.date(2023, 2, 28))
    assert (before.practices_count, before.due_count) == (1, 0)

    after = check(today=datetime.date(2023, 3, 1))
    practice.refresh_from_db()
    assert (after.due_count, practice.is_review_due) == (1, True)
    assert practice.review_due_on == datetime.date(2023, 3, 1)


@pytest.mark.django_db
def test_a_missed_check_is_noticed_after_a_day():
    assert is_check_missed()
    check()
    assert not is_check_missed()
    assert is_check_missed(now=timezone.now() + datetime.timedelta(days=1, minutes=1))


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_was_queued():
    make_practice(identity={"published_at": datetime.datetime(2015, 1, 1, tzinfo=datetime.UTC)})
    nudge(check_validity)
    with start_worker(app, perform_ping_check=False, pool="solo", shutdown_timeout=20):
        deadline = time.monotonic() + 20
        while not ValidityCheck.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    assert Practice.objects.get().is_review_due


def test_mail_does_not_wait_behind_briefs():
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        for task, *arguments in ((make_briefs, [1]), (make_briefs, [2]), (deliver_outbox,)):
            nudge(task, *arguments)
        first = queue.get(timeout=5)
        first.ack()
        queue.clear()
        queue.close()

    assert first.headers["task"] == deliver_outbox.name


def test_a_queue_that_is_away_is_noted_and_stops_nobody():
    script = (
        "import time, django; django.setup()\n"
        "from accounts.tasks import nudge\n"
        "from practices.tasks import check_validity\n"
        "started = time.monotonic(); nudge(check_validity); print(time.monotonic() - started)"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ssc_portal.settings",
        "REDIS_URL": "redis+socket:///tmp/there-is-no-such.sock",
    }

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "The queue is away" in done.stderr
    assert float(done.stdout) < 2
