"""The clock of a person: reminders and daily mail come at seven in the morning, where they are. A leaf."""

import datetime
import zoneinfo

MORNING = datetime.time(7)
# The parts of the world by which zones of places are called; other names are older ones for the same.
PARTS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
# A day begins up to so much earlier or later elsewhere: who looks for rows by date looks so much further.
A_DAY = datetime.timedelta(days=1)


def zones():
    """The names of all time zones of places, and UTC."""
    return ["UTC", *(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in PARTS)]


def latest_morning(time_zone, now):
    """The last time that it was seven in the morning in ``time_zone`` (its name), at or before ``now``; both aware.

    Where clocks go forward over it, it is the moment at which they do.
    """
    zone = zoneinfo.ZoneInfo(time_zone)
    day = now.astimezone(zone).date()
    # Compared in UTC: two moments of the same zone are compared by what their clocks show.
    morning = datetime.datetime.combine(day, MORNING, zone).astimezone(datetime.UTC)
    if morning > now:
        morning = datetime.datetime.combine(day - A_DAY, MORNING, zone).astimezone(datetime.UTC)
    return morning


def day_of(user, now):
    """The day (a date) that has begun for ``user`` at ``now``: until seven in the morning it is still yesterday."""
    return latest_morning(user.time_zone, now).astimezone(zoneinfo.ZoneInfo(user.time_zone)).date()


def local_date(moment, user):
    """The date of ``moment`` (aware) where ``user`` is."""
    return moment.astimezone(zoneinfo.ZoneInfo(user.time_zone)).date()


def those_who_reached(users, day, now):
    """Those of ``users`` for whom ``day`` (a date) has begun."""
    return [user for user in users if day_of(user, now) >= day]
