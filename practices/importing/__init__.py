"""Import practices from JSON: check every row, then publish them in chunks through ``make_live``.

A row has the shape of ``fixtures/practices.json`` (see ``docs/import.md``); rows of other collections with
``external_id``, ``tags``, ``evidence_level`` and ``beneficiaries`` are understood too. ``id`` or ``external_id``
identifies a practice: the same row again changes nothing, changed content makes a new version, changed translations
or adoptions are replaced in place.
"""

from practices.importing.reading import RowFile, UnreadableFileError, read_rows
from practices.importing.rows import Problem
from practices.importing.run import ImportRefusedError, Report, import_rows

__all__ = ["ImportRefusedError", "Problem", "Report", "RowFile", "UnreadableFileError", "import_rows", "read_rows"]
