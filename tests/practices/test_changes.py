"""Positions rise in the order of commits: nobody who follows passes over what is committed late."""

import threading

import pytest
from django.db import connection, transaction

from practices import changes
from practices.models import PublicChange
from tests.make import make_practice


def since(position):
    rows = PublicChange.objects.filter(changed_at__gt=position).order_by("changed_at")
    return list(rows.values_list("practice", flat=True))


class Writer(threading.Thread):
    """Another connection that changes ``practice`` and commits when ``may_commit`` is set."""

    def __init__(self, practice):
        super().__init__()
        self.practice, self.has_noted, self.may_commit = practice, threading.Event(), threading.Event()
        self.start()

    def run(self):
        try:
            with transaction.atomic():
                changes.note([self.practice.pk])
                self.has_noted.set()
                self.may_commit.wait(30)
        finally:
            connection.close()

    def commit(self):
        self.may_commit.set()
        self.join()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_not_passed_over():
    early, late = make_practice(), make_practice()
    seen = changes.last_position()
    slow = Writer(early)
    assert slow.has_noted.wait(30)
    quick = Writer(late)

    assert not quick.has_noted.wait(0.3)  # it has no position before the slow one has committed
    assert (since(seen), changes.last_position()) == ([], seen)
    assert changes.now()[1]
    slow.commit()
    assert quick.has_noted.wait(30)
    assert since(seen) == [early.pk]
    seen = changes.last_position()
    quick.commit()
    assert since(seen) == [late.pk]
    assert not changes.now()[1]


@pytest.mark.django_db
def test_positions_rise_even_where_the_clock_goes_back():
    practice, other = make_practice(), make_practice()
    PublicChange.objects.filter(practice=practice).update(changed_at="2999-01-01T00:00:00Z")

    changes.note([other.pk, practice.pk])

    first, second = PublicChange.objects.order_by("changed_at").values_list("practice", "changed_at")
    assert (first[0], second[0]) == (other.pk, practice.pk)
    assert first[1].year == 2999
    assert (second[1] - first[1]).microseconds == 1
