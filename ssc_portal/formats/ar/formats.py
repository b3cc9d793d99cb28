"""Arabic with the digits and separators that the portal's other figures use: 6,500 and 24.4."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3

# Like the date alone, with a clock of 24 hours.
DATETIME_FORMAT = "j F، Y، H:i"
