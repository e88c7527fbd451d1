"""Files from anybody: what is no Word document, or one that attacks its reader, is refused in one clear line."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from docgen.errors import DocgenError
from docgen.reading import read_document
from docgen.word import write_word
from tests.docgen.reading.edited import Edited
from tests.docgen.samples import PICTURES, body, info

DOCUMENT = write_word(body(), info(), pictures=PICTURES)
MAIN = "word/document.xml"
CLIMBING = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="a" Type="x/styles" Target="../../../etc/passwd"/></Relationships>'
)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8)
)


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts(changes: dict[str, bytes | None]) -> bytes:
    """The document with parts replaced, added or (None) left out."""
    found = {**Edited(DOCUMENT).parts, **{name: content for name, content in changes.items() if content is not None}}
    return packed({name: content for name, content in found.items() if changes.get(name, b"") is not None})


def with_document(prolog: str, encoding: str = "utf-8") -> bytes:
    xml = Edited(DOCUMENT).parts["word/document.xml"].decode().split("?>", 1)[1]
    return parts({MAIN: f'<?xml version="1.0" encoding="{encoding}"?>{prolog}{xml}'.encode(encoding)})


def typed(kind: str) -> bytes:
    types = Edited(DOCUMENT).parts["[Content_Types].xml"].decode()
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    found = dict(Edited(DOCUMENT).parts)
    found["[Content_Types].xml"] = types.replace(main, kind).encode()
    return packed(found)


def twice() -> bytes:
    out = io.BytesIO(DOCUMENT)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", b"<x/>")
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(DOCUMENT)
    place = data.index(b"PK\x01\x02")
    data[place + 8 : place + 10] = struct.pack("<H", 1)
    return bytes(data)


def cut() -> bytes:
    """The main part's compressed bytes overwritten: its CRC does not hold."""
    with zipfile.ZipFile(io.BytesIO(DOCUMENT)) as archive:
        start = archive.getinfo("word/document.xml").header_offset + 30 + len("word/document.xml")
    return DOCUMENT[:start] + b"\xff" * 64 + DOCUMENT[start + 64 :]


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not a Word document: no zip"),
    "a PDF": (lambda: b"%PDF-1.7 x", "no zip archive"),
    "an old document": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "an old .doc or an encrypted document"),
    "a zip": (lambda: packed({"a.txt": b"x"}), r"without \[Content_Types\].xml"),
    "half of a file": (lambda: DOCUMENT[: len(DOCUMENT) // 2], "no zip archive"),
    "bytes overwritten": (cut, "can't be unpacked"),
    "no main part": (lambda: parts({MAIN: None}), "has no part 'word/document.xml'"),
    "no relations": (lambda: parts({"_rels/.rels": None}), "0 main parts"),
    "the main part twice": (twice, "has the part 'word/document.xml' twice"),
    "encrypted": (encrypted, "is encrypted"),
    "a path": (lambda: parts({"../etc/passwd": b"x"}), "expected a path inside"),
    "a backslash": (lambda: parts({"word\\x": b"x"}), "expected a path inside"),
    "an absolute path": (lambda: parts({"/etc/x": b"x"}), "expected a path inside"),
    "macros": (lambda: parts({"word/vbaProject.bin": b"x"}), "has macros"),
    "a document with macros": (
        lambda: typed("application/vnd.ms-word.document.macroEnabled.main+xml"), "but a document with macros"
    ),
    "a template": (
        lambda: typed("application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"),
        "but a template",
    ),
    "another type": (lambda: typed("text/html"), "a file of type text/html"),
    "a document type": (lambda: with_document("<!DOCTYPE x>"), "declares a document type"),
    "an external entity": (
        lambda: with_document('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), "declares a document type"
    ),
    "entities in entities": (lambda: with_document(ENTITIES + "]>"), "declares a document type"),
    "a document type in UTF-16": (lambda: with_document("<!DOCTYPE x>", "utf-16"), "declares a document type"),
    "no XML": (lambda: parts({MAIN: b"<w:document"}), "not well-formed XML"),
    "another root": (lambda: parts({MAIN: b"<x/>"}), "its main part is of another kind"),
    "no body": (
        lambda: parts({MAIN: b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'}),
        "has no body",
    ),
    "a picture of 200 MB": (lambda: parts({"word/media/a.png": bytes(200 * 1024 * 1024)}), "expected at most"),
    "a bomb of many": (
        lambda: parts({f"word/media/{n}.png": bytes(60 * 1024 * 1024) for n in range(5)}), "unpacks to"
    ),
    "too many parts": (lambda: parts({f"word/{n}.xml": b"" for n in range(4100)}), "parts, expected at most 4000"),
    "a relation that climbs out": (
        lambda: parts({"word/_rels/document.xml.rels": CLIMBING}),
        "leads out of the document",
    ),
    "depth": (
        lambda: parts({MAIN: b"<a>" * 100_000 + b"</a>" * 100_000}), "not well-formed XML"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_and_the_message_says_why(name: str) -> None:
    make, why = ATTACKS[name]

    with pytest.raises(DocgenError, match=why) as caught:
        read_document(make())

    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_large_is_not_even_opened() -> None:
    with pytest.raises(DocgenError, match="bytes, expected at most"):
        read_document(bytes(129 * 1024 * 1024))


def test_two_carriers_are_refused() -> None:
    file = Edited(DOCUMENT)
    carrier = next(
        data for name, data in file.parts.items() if b"urn:aims-ledger:document:1" in data and b"<document" in data
    )
    file.parts["customXml/item9.xml"] = carrier

    with pytest.raises(DocgenError, match="2 parts urn:aims-ledger:document:1"):
        read_document(file.data())
