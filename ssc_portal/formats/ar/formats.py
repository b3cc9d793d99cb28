"""Arabic with the digits and separators that the portal's other figures use: 6,500 and 24.4."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
