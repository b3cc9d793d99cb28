"""Looks into one file, in a process of its own with little memory and time: what a bad file breaks is this process.

Run as a program: ``python -I inspecting.py FORM FILE OUT``. FORM is image, pdf, docx, xlsx, or sheet: a workbook that
is not kept but read. A picture is decoded, turned as its camera says, made small enough and written anew to OUT, so
that nothing of the original but its pixels stays. Prints one line of JSON: {"width", "height"} of a picture, {} of a
document, or {"refused": why}, a key of ``intake.WHY``. Imports nothing of Django and nothing of the portal.
"""

import json
import resource
import stat
import sys
import zipfile
from contextlib import suppress
from io import BytesIO
from typing import NamedTuple
from xml.parsers import expat

MEMORY = 1024**3  # of addresses; what is really used is far less
CPU_SECONDS = 5
LARGEST_WRITTEN = 64 * 1024**2

PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
MOST_PIXELS = 50_000_000
# The longer side of what is kept of a picture.
LONGEST_SIDE = 2400
QUALITY = 90

MOST_PAGES = 2000
MOST_OBJECTS = 100_000
# What a PDF could do, or carry, beyond being read.
ACTIVE = {
    *("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/XFA", "/RichMedia", "/SubmitForm"),
    *("/ImportData", "/GoToE", "/Movie"),
}
FOREIGN = (b"<?php", b"<script", b"<html", b"<svg", b"<!doctype")

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": WORKBOOK,
    "sheet": WORKBOOK,
}


class Limits(NamedTuple):
    """How many parts a document may have, and the most bytes that all of them unpack to, its XML together, and each
    part that holds no cells (styles, names, themes).
    """

    parts: int
    unpacked: int
    xml: int
    without_cells: int


_KEPT = Limits(5000, 200 * 1024**2, 60 * 1024**2, 200 * 1024**2)
LIMITS = {
    "docx": _KEPT,
    "xlsx": _KEPT,
    # The portal reads its cells by itself afterwards, and has no memory set apart for that.
    "sheet": Limits(200, 25 * 1024**2, 25 * 1024**2, 2 * 1024**2),
}
WITH_CELLS = ("xl/worksheets/", "xl/sharedstrings.xml")
OFFICE_DOCUMENT = "/officeDocument"
# What a document would fetch or run when it is opened, by the end of the relationship's type.
FETCHED = ("/attachedTemplate", "/oleObject", "/frame", "/subDocument", "/externalLinkPath", "/vbaProject", "/control")
COMMANDS = {"ddeLink", "ddeItem", "oleLink"}
UNWANTED_PARTS = (".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".ps1", ".jar", ".zip", ".rar", ".7z", ".bin.zip")


class Refused(Exception):
    """The file is not taken; the message is a key of ``intake.WHY``."""


def main(form, path, out):
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a system that does not know the limit
            resource.setrlimit(limit, (value, value))
    try:
        verdict = picture(path, out) if form == "image" else pdf(path) if form == "pdf" else office(path, form)
    except Refused as refusal:
        verdict = {"refused": str(refusal)}
    except MemoryError:
        verdict = {"refused": "too_complicated"}
    except Exception:  # whatever a parser stumbles over, the file is not whole
        verdict = {"refused": "damaged"}
    sys.stdout.write(json.dumps(verdict))


# Pictures


def picture(path, out):
    with open(path, "rb") as file:
        start = file.read(12)
    if not start.startswith(PICTURES) or (start.startswith(b"RIFF") and start[8:] != b"WEBP"):
        raise Refused("not_image")
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted here
    try:
        image = Image.open(path, formats=["JPEG", "PNG", "WEBP"])
    except OSError:
        raise Refused("not_image") from None
    if image.width * image.height > MOST_PIXELS:
        raise Refused("too_many_pixels")
    # A camera may put a second picture, for depth, behind the first; that is not a film.
    if image.format in {"PNG", "WEBP"} and getattr(image, "is_animated", False):
        raise Refused("moving")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    mode = "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
    if image.mode not in {"RGB", "RGBA", "L"}:
        exif, image = image.getexif(), image.convert(mode)
        image.getexif().update(exif)
    # Smaller first: every further step copies what there is.
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = ImageOps.exif_transpose(image).convert(mode)
    image.info = {}
    image.save(out, "WEBP", quality=QUALITY, method=2)
    return {"width": image.width, "height": image.height}


# PDF


def pdf(path):
    with open(path, "rb") as file:
        head = file.read(1024)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 2048))
        tail = file.read()
        if not head.startswith(b"%PDF-"):
            raise Refused("not_pdf")
        if any(word in head.lower() for word in FOREIGN):
            raise Refused("mixed")
        _before, end, behind = tail.rpartition(b"%%EOF")
        if not end:
            raise Refused("damaged")
        if behind.strip(b"\r\n\t \x00"):
            raise Refused("mixed")
        _read_through(file)
    return {}


def _read_through(file):
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.disable()
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted:
            raise Refused("locked")
        pages = len(reader.pages)
        if not 0 < pages <= MOST_PAGES:
            raise Refused("too_complicated" if pages else "damaged")
        _refuse_active(reader)
    except PyPdfError:
        raise Refused("damaged") from None


def _refuse_active(reader):
    """Look at every object of the document, whether a page leads to it or not."""
    from pypdf.generic import IndirectObject

    numbers = {(number, generation) for generation, rows in reader.xref.items() for number in rows}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MOST_OBJECTS:
        raise Refused("too_complicated")
    _refuse_active_in(reader.trailer)
    for number, generation in numbers:
        if number:
            _refuse_active_in(reader.get_object(IndirectObject(number, generation, reader)))


def _refuse_active_in(thing):
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if isinstance(one, DictionaryObject):
            if ACTIVE & set(one):
                raise Refused("active")
            waiting += one.values()
        elif isinstance(one, ArrayObject):
            waiting += one
        elif isinstance(one, NameObject) and one in ACTIVE:
            raise Refused("active")


# DOCX and XLSX


def office(path, form, *, is_inside=False):
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise Refused(_not(form)) from None
    with archive:
        if not is_inside:
            with open(path, "rb") as file:
                if file.read(4) != b"PK\x03\x04":
                    raise Refused("mixed")
        if archive.comment:
            raise Refused("mixed")
        _refuse_parts(archive.infolist(), LIMITS[form])
        kinds, main = _kinds_and_main(archive)
        if main is None or kinds.get(main) != MAIN[form]:
            is_macro = main is not None and "macroenabled" in kinds.get(main, "").lower()
            raise Refused("active" if is_macro else _not(form))
        _refuse_content(archive, LIMITS[form], is_inside=is_inside)
    return {}


def _not(form):
    return "not_xlsx" if MAIN[form] == WORKBOOK else f"not_{form}"


def _refuse_parts(parts, limits):
    if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked:
        raise Refused("too_large_inside")
    names = [part.filename.lower() for part in parts]
    if len(set(names)) != len(names):
        raise Refused("mixed")
    for part, name in zip(parts, names, strict=True):
        pieces = name.replace("\\", "/").split("/")
        is_link = stat.S_ISLNK(part.external_attr >> 16)
        if ".." in pieces or name.startswith(("/", "\\")) or ":" in pieces[0] or is_link:
            raise Refused("leads_outside")
        if part.file_size > limits.without_cells and not name.startswith(WITH_CELLS):
            raise Refused("too_large_inside")
        if part.flag_bits & 1:
            raise Refused("locked")
        if name.endswith(UNWANTED_PARTS) or "vbaproject" in name or "activex" in name or "oleobject" in name:
            raise Refused("active")


def _kinds_and_main(archive):
    """({part: its content type}, name of the main part or None), as the document itself says."""
    kinds, by_ending, main = {}, {}, []

    def note_kind(name, attributes):
        if name == "Override":
            kinds[attributes.get("PartName", "").lstrip("/")] = attributes.get("ContentType", "")
        elif name == "Default":
            by_ending[attributes.get("Extension", "").lower()] = attributes.get("ContentType", "")

    def note_main(name, attributes):
        if name == "Relationship" and attributes.get("Type", "").endswith(OFFICE_DOCUMENT):
            main.append(attributes.get("Target", "").lstrip("/"))

    for part, note in (("[Content_Types].xml", note_kind), ("_rels/.rels", note_main)):
        if part in archive.namelist():
            _parse(archive.read(part), note)
    if len(main) != 1 or main[0] not in archive.namelist():
        return kinds, None
    kinds.setdefault(main[0], by_ending.get(main[0].rpartition(".")[2].lower(), ""))
    return kinds, main[0]


def _refuse_content(archive, limits, *, is_inside):
    """Read every part once: its bytes are whole, its XML is plain, nothing in it is fetched or run."""
    read = 0
    for part in archive.infolist():
        name = part.filename.lower()
        if name.endswith((".xml", ".rels", ".vml")):
            read += part.file_size
            if read > limits.xml:
                raise Refused("too_large_inside")
            content = archive.read(part)
            if b"DDEAUTO" in content:
                raise Refused("active")
            _parse(content, _refuse_element)
        elif name.endswith((".docx", ".xlsx")):
            if is_inside:
                raise Refused("too_complicated")
            office(BytesIO(archive.read(part)), name.rpartition(".")[2], is_inside=True)
        else:
            with archive.open(part) as content:
                start = content.read(4)
                if start == b"PK\x03\x04":
                    raise Refused("mixed")
                while content.read(1024 * 1024):
                    pass


def _refuse_element(name, attributes):
    name = name.rpartition(":")[2]
    kind = attributes.get("Type", "")
    if name in COMMANDS or (name == "Relationship" and kind.endswith(FETCHED) and _is_fetched(kind, attributes)):
        raise Refused("active")


def _is_fetched(kind, attributes):
    return attributes.get("TargetMode") == "External" or kind.endswith(("/vbaProject", "/control"))


def _parse(content, on_element):
    """Parse XML; nothing may be declared in it, so that no entity can grow or fetch."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = on_element
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise Refused("damaged") from None


def _refuse_doctype(*_declared):
    raise Refused("entities")


if __name__ == "__main__":
    main(*sys.argv[1:])
