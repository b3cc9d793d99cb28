"""The layouts in which figures come: each is turned into the same ``Given``, one per figure, with its line."""

import csv
import re
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from countries.importing.codes import UNICEF, WORLD_BANK

# A header is looked for among so many lines: some files begin with titles.
HEADER_WITHIN = 30
TOTAL = "_T"
# Where a row keeps cells that it has beyond the header: a comma within a number makes such a row.
BEYOND = "beyond the header"


class Layout(StrEnum):
    LONG = "long"
    SDMX = "sdmx"
    WORLD_BANK = "worldbank"


_NEEDED = {
    Layout.LONG: ("iso3", "indicator", "year", "value"),
    Layout.SDMX: ("REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE"),
    Layout.WORLD_BANK: ("Country Code", "Indicator Code"),
}
# Columns of an SDMX file that describe a figure. Any other column with a code for a name divides the population.
_ATTRIBUTES = {
    "DATAFLOW",
    "REF_AREA",
    "INDICATOR",
    "UNIT_MEASURE",
    "UNIT_MULTIPLIER",
    "TIME_PERIOD",
    "TIME_PERIOD_METHOD",
    "COVERAGE_TIME",
    "FREQ",
    "OBS_VALUE",
    "OBS_STATUS",
    "OBS_CONF",
    "OBS_FOOTNOTE",
    "REF_PERIOD",
    "LOWER_BOUND",
    "UPPER_BOUND",
    "STD_ERR",
    "WGTD_SAMPL_SIZE",
    "DATA_SOURCE",
    "DATA_SOURCE_PRIORITY",
    "SOURCE_LINK",
    "CUSTODIAN",
    "COUNTRY_NOTES",
    "SERIES_FOOTNOTE",
    "DECIMALS",
}
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_YEAR = re.compile(r"\d{4}")


@dataclass
class Given:
    """A figure as a file gives it, all text: nothing of it is checked yet.

    ``row``: the line on which it ends. ``fields``: what the file calls the place, series, year, value and unit.
    ``units``: those in which the series may come, None where the indicator itself decides.
    ``skipped``: why it is none of ours, "" when it is. ``data``: the whole row, to give back when it is refused.
    """

    row: int
    place: str
    series: str
    indicator: str | None
    year: str
    value: str
    fields: dict
    data: dict = field(repr=False)
    unit: str = ""
    units: tuple | None = None
    source: str = ""
    skipped: str = ""


def read_figures(lines, layout=None):
    """Yield a Given for every figure of a table in CSV; ``lines``: text without a byte order mark.

    ``layout``: which one it is, recognised by its header when None. Raises ValueError when it is none of them, and when
    the text is no table.
    """
    table = csv.reader(lines)
    try:
        layout, header = _header(table, layout)
        yield from _READERS[layout](_rows(table, header), header)
    except csv.Error as error:
        raise ValueError(
            _("Line %(line)d is not a row of a table: %(error)s") % {"line": table.line_num, "error": error}
        ) from error


def _header(table, wanted):
    """(layout, names of the columns) of the first line that is a header."""
    for row in table:
        names = [name.strip() for name in row]
        for layout in [wanted] if wanted else Layout:
            if set(_NEEDED[layout]) <= set(names):
                return layout, names
        if table.line_num >= HEADER_WITHIN:
            break
    known = "; ".join(f"{one}: {', '.join(_NEEDED[one])}" for one in ([wanted] if wanted else Layout))
    raise ValueError(_("No line is the header of a known layout. Needed columns: %(columns)s.") % {"columns": known})


def _rows(table, header):
    """Yield (line, {column: text}) for each line with something in it; what a line has too much stands at BEYOND."""
    for row in table:
        cells = [cell.strip() for cell in row]
        if any(cells):
            padded = cells + [""] * (len(header) - len(cells))
            named = dict(zip(header, padded, strict=False))
            if any(beyond := cells[len(header) :]):
                named[BEYOND] = beyond
            yield table.line_num, named


def _read_long(rows, header):
    fields = dict(zip(("place", "series", "year", "value"), _NEEDED[Layout.LONG], strict=True)) | {"unit": "unit"}
    for line, row in rows:
        yield Given(
            row=line,
            place=row["iso3"],
            series=row["indicator"],
            indicator=row["indicator"],
            year=row["year"],
            value=row["value"],
            unit=row.get("unit", ""),
            source=row.get("source", ""),
            fields=fields,
            data=row,
        )


def _read_sdmx(rows, header):
    fields = dict(zip(("place", "series", "year", "value"), _NEEDED[Layout.SDMX], strict=True))
    fields["unit"] = "UNIT_MEASURE"
    dimensions = [name for name in header if _CODE.fullmatch(name) and name not in _ATTRIBUTES]
    for line, row in rows:
        series = UNICEF.get(row["INDICATOR"])
        parts = [
            name
            for name in dimensions
            if row[name] not in {"", TOTAL} and not (series and name == "AGE" and row[name] in series.ages)
        ]
        yield Given(
            row=line,
            place=row["REF_AREA"],
            series=row["INDICATOR"],
            indicator=series and series.indicator,
            # A survey is dated by its month.
            year=re.sub(r"^(\d{4})-\d{2}$", r"\1", row["TIME_PERIOD"]),
            value=row["OBS_VALUE"],
            unit=row.get("UNIT_MEASURE", ""),
            units=series.units if series else (),
            source=", ".join(filter(None, ["UNICEF Data Warehouse", row["INDICATOR"], row.get("DATA_SOURCE", "")])),
            skipped=", ".join(parts),
            fields=fields,
            data=row,
        )


def _read_world_bank(rows, header):
    years = [name for name in header if _YEAR.fullmatch(name)]
    for line, row in rows:
        series = WORLD_BANK.get(row["Indicator Code"])
        for year in years:
            yield Given(
                row=line,
                place=row["Country Code"],
                series=row["Indicator Code"],
                indicator=series and series.indicator,
                year=year,
                value=row[year],
                source=f"World Bank World Development Indicators {row['Indicator Code']}",
                fields={"place": "Country Code", "series": "Indicator Code", "year": year, "value": year},
                data=row,
            )


_READERS = {Layout.LONG: _read_long, Layout.SDMX: _read_sdmx, Layout.WORLD_BANK: _read_world_bank}
