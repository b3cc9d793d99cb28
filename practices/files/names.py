"""Names of files as people gave them, made harmless: shown to readers and offered when they save; never a path."""

import re
import unicodedata

LONGEST = 100
# Names that Windows keeps for devices, with any ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def cleaned(name, ending):
    """``name`` without folders, control characters and marks of direction, at most LONGEST characters, with ``ending``
    (as in "pdf") for the one it has. Never empty.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    # Cc control, Cf marks that are not seen, Co private, Cs halves of characters, Cn nothing yet, Zl and Zp line ends.
    seen = "".join(" " if _is_unseen(letter) else letter for letter in _FORBIDDEN.sub(" ", name))
    stem = " ".join((seen.rpartition(".")[0] if "." in seen else seen).split()).strip(" .")
    stem = stem[: LONGEST - len(ending) - 1].strip(" .") or "file"
    if _DEVICES.fullmatch(stem.partition(".")[0]):
        stem = f"file {stem}"
    return f"{stem}.{ending}"


def ending_of(name):
    """The ending of ``name`` in small letters, without the dot; empty without one."""
    last = "".join(letter for letter in name.rpartition(".")[2] if not _is_unseen(letter)) if "." in name else ""
    return last.strip().lower() if len(last) <= 10 else ""


def _is_unseen(letter):
    return unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
