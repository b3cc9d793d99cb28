"""Whole lists as CSV, XLSX, JSON Lines, GeoJSON and JSON-LD, written while they are read, so that memory stays flat."""

import codecs
import re
import tempfile
from itertools import islice

import orjson
import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation

BATCH = 200
# Rows below the heading of a sheet: no spreadsheet program reads more.
SHEET_ROWS = 2**20 - 1
PIECE = 64 * 1024  # bytes
# A spreadsheet takes a cell that begins like this for a formula; the full-width forms count too.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
# Text that begins otherwise is a cell as it is; blanks may stand before a formula.
_DOUBTFUL = _FORMULA | {character for character in map(chr, range(0x10000)) if character.isspace()}
_EMPTY = '""'
_NEEDS_QUOTES = re.compile('[",\r\n]')


def safe_cell(value):
    """``value`` as a CSV cell: lists joined by "; ", booleans as in JSON, no text that would run as a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and (value[:1] in _FORMULA or value.lstrip()[:1] in _FORMULA):
        return "'" + value
    return value


def csv_parts(rows, columns):
    """CSV (UTF-8, CRLF) of ``rows``; ``columns``: {heading: function of a row}."""
    yield _csv_text([[heading] for heading in columns])
    for batch in batches(rows):
        yield _csv_text([_cells(list(map(read, batch))) for read in columns.values()])


def _cells(values):
    """``safe_cell`` of each of ``values`` as text, quickly where they are of one kind."""
    types = set(map(type, values))
    if types <= {list, tuple}:
        return _cells(["; ".join(map(str, value)) for value in values])
    if types == {str}:
        return [safe_cell(value) if value[:1] in _DOUBTFUL else value for value in values]
    return ["" if value is None else str(safe_cell(value)) for value in values]


def _csv_text(columns):
    """CSV of ``columns``, lists of cells. Faster than the ``csv`` of Python, which looks at each character."""
    lines = map(",".join, zip(*map(_quoted, columns), strict=True))
    # A single empty cell would make a line that readers leave out.
    return "".join(f"{line or _EMPTY}\r\n" for line in lines).encode()


def _quoted(cells):
    """``cells`` with quotes around those that need them: in most columns none."""
    if not _NEEDS_QUOTES.search("\0".join(cells)):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell for cell in cells]


def xlsx_parts(rows, columns):
    """A workbook of ``rows``; ``columns`` as for CSV. Text is written as text: no cell is a formula or a link.

    Programs read a workbook from its end, so all of it is written to a temporary file before the first part is given.
    """
    with tempfile.TemporaryFile() as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            sheet, below = _sheet(book, columns), 0
            for row in rows:
                if below == SHEET_ROWS:
                    sheet, below = _sheet(book, columns), 0
                below += 1
                for place, read in enumerate(columns.values()):
                    _write(sheet, below, place, read(row))
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _sheet(book, columns):
    """A new sheet of ``book`` with the headings of ``columns``."""
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, heading in enumerate(columns):
        sheet.write_string(0, place, heading)
    return sheet


def _write(sheet, row, place, value):
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, place, value)
    elif isinstance(value, (list, tuple)):
        sheet.write_string(row, place, "; ".join(map(str, value)))
    elif value is not None:
        sheet.write_string(row, place, str(value))


# Format → function of (rows, columns) that gives a table in parts.
TABLES = {"csv": csv_parts, "xlsx": xlsx_parts}


def table(kind, rows, columns):
    """``rows`` as a table of the ``kind`` "csv" or "xlsx", in parts; ``columns``: {heading: function of a row}."""
    return TABLES[kind](rows, columns)


def jsonl_parts(objects):
    """``objects`` (dicts) as JSON Lines, one per line."""
    for batch in batches(objects):
        yield b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in batch)


def geojson_parts(features):
    """A GeoJSON FeatureCollection of ``features`` (dicts)."""
    return _json_parts(b'{"type":"FeatureCollection","features":[', features, b"]}")


def jsonld_parts(things, count):
    """A schema.org ItemList of ``things`` (dicts); ``count``: how many the whole list has."""
    opening = b'{"@context":"https://schema.org","@type":"ItemList","numberOfItems":%d,"itemListElement":[' % count
    return _json_parts(opening, things, b"]}")


def _json_parts(opening, objects, closing):
    yield opening
    separator = b""
    for batch in batches(objects):
        yield separator + b",".join(orjson.dumps(one) for one in batch)
        separator = b","
    yield closing


def batches(rows):
    """``rows`` in lists of BATCH."""
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def stream(request, parts, *, name):
    """Stream ``parts`` (bytes) in the format that was negotiated, as a file ``name`` where it is one to keep.

    Each part is made in the language of the request: by the time the server asks for it, another may be active.
    """
    renderer = request.accepted_renderer
    if renderer.format == "csv" and request.query_params.get("bom") == "1":
        parts = _marked(parts)
    content_type = renderer.media_type + (f"; charset={renderer.charset}" if renderer.charset else "")
    if request.method == "HEAD":
        response = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(_in_language(parts, translation.get_language()), content_type=content_type)
    if renderer.format in {*TABLES, "jsonl", "geojson"}:
        response["Content-Disposition"] = f'attachment; filename="{name}.{renderer.format}"'
    return response


def _marked(parts):
    """``parts`` of UTF-8 text behind a byte order mark."""
    yield codecs.BOM_UTF8
    yield from parts


def _in_language(parts, language):
    parts = iter(parts)
    try:
        while True:
            with translation.override(language):
                part = next(parts, None)
            if part is None:
                return
            yield part
    finally:
        parts.close()
