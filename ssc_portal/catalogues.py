"""Compile the message catalogues under ``locale/``: ``python -m ssc_portal.catalogues``.

Babel does it, so that nobody needs the gettext programs to run the portal. The results are not committed.
"""

import os
from pathlib import Path

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues(folder=LOCALE_DIR):
    """Compile each ``.po`` under ``folder`` whose ``.mo`` is not up to date; returns the paths compiled.

    A ``.mo`` carries the time of the ``.po`` it was made from. Raises what Babel raises for a file it cannot read.
    """
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target, made_from = source.with_suffix(".mo"), source.stat().st_mtime_ns
        if target.exists() and target.stat().st_mtime_ns == made_from:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        os.utime(draft, ns=(made_from, made_from))
        draft.replace(target)
        compiled.append(target)
    return compiled


if __name__ == "__main__":
    compile_catalogues()
