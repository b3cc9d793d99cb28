"""English as it is read around the world: the day before the month, which is written out."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
