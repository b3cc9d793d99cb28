"""Import figures of indicators from a table: recognise its layout, check every row, write what is new or changed.

Three layouts are read (see ``docs/import.md``): the portal's own long format, UNICEF's SDMX-CSV and the World Bank's
table with one column a year. Nothing is filled in and nothing is rounded. The same file again changes nothing; a figure
that changed keeps what it was, with its dates, as an IndicatorRevision.
"""

from countries.importing.layouts import Layout, read_figures
from countries.importing.run import ImportRefusedError, Problem, Report, import_figures

__all__ = ["ImportRefusedError", "Layout", "Problem", "Report", "import_figures", "read_figures"]
