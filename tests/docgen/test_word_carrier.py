"""The part that says what a document was made from: written, found again, damaged, doubled."""

import hashlib
import io
import zipfile

import pytest

from docgen.digest import content_digest, content_lines, digest_of, slot_text, text_digest
from docgen.errors import DocgenError
from docgen.markdown import parse_markdown
from docgen.pictures import Picture
from docgen.tree import Slot, walk
from docgen.word import find_carrier, write_word
from docgen.word.carrier import NAMESPACE, format_carrier, parse_carrier
from tests.docgen.samples import PICTURES, Cited, body, info
from tests.docgen.wordfile import WordFile

EMPTY = {"v": 1, "slots": []}


def document() -> bytes:
    return write_word(body(), info(), pictures=PICTURES)


def with_parts(data: bytes, **parts: bytes) -> bytes:
    """The file with other parts under customXml/; those it had are gone."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if not name.startswith("customXml/"):
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(f"customXml/{name}.xml", part)
    return out.getvalue()


def test_the_carrier_says_what_the_document_was_made_from() -> None:
    payload = find_carrier(document())

    assert payload is not None
    assert payload["ledger"] == "example.org/aims/0123456789abcdef"
    assert payload["checkpoint"] == {
        "size": 412, "root": bytes(range(32)).hex(), "time": "2026-11-23T10:00:00.123456Z",
    }  # fmt: skip
    assert payload["pack"] == {"id": "eu_tech_docs", "version": "0.1.0"}
    assert payload["content_digest"] == content_digest(body(), PICTURES)


def test_the_carrier_has_the_lines_of_the_content_digest() -> None:
    payload = find_carrier(document())
    assert payload is not None

    assert tuple(payload["blocks"]) == content_lines(body(), PICTURES)
    assert digest_of(payload["blocks"]) == payload["content_digest"]


def test_the_carrier_leads_from_the_file_of_a_drawing_to_what_it_shows() -> None:
    drawing = Picture(PICTURES["chart"].data, drawn=b"[1]")
    payload = find_carrier(write_word(body(), info(), pictures={"chart": drawing}))

    assert payload is not None
    assert payload["pictures"] == [[text_digest("[1]"), hashlib.sha256(drawing.data).hexdigest()]]
    assert any(line.endswith(f" {text_digest('[1]')}") for line in payload["blocks"])


def test_the_carrier_lists_slots_with_their_entries_and_digests() -> None:
    payload = find_carrier(document())
    assert payload is not None
    slots = {slot["id"]: slot for slot in payload["slots"]}

    for block in walk(body().blocks):
        if isinstance(block, Slot):
            assert slots[block.id]["text_digest"] == text_digest(slot_text(block))
    assert slots["derived-1"]["entries"] == [[n, Cited(n).leaf_hash.hex()] for n in (3, 40)]
    assert (slots["human.1"]["kind"], slots["human.1"]["lang"]) == ("human", "de")
    assert slots["cell.2"]["text_digest"] == text_digest("")


def test_the_numbers_of_slots_are_those_of_their_bookmarks() -> None:
    made = write_word(
        parse_markdown(
            "::: note\n- [a](slot:in-list:human)\n:::\n\n::: slot id=block kind=human\nx\n:::\n\n"
            "| h | [b](slot:head:human) |\n|---|---|\n| [c](slot:c:human) | x [d](slot:d:human) |\n"
        ),
        info(),
    )
    file, payload = WordFile(made), find_carrier(made)
    assert payload is not None

    for slot in payload["slots"]:
        (control,) = file.find(
            f"//w:sdt[w:sdtPr/w:tag/@w:val='{slot['id']}'][.//w:bookmarkStart/@w:name='_aims_{slot['n']}_s'"
            f" or preceding-sibling::w:bookmarkStart[1]/@w:name='_aims_{slot['n']}_s']"
        )
        assert file.values("w:sdtPr/w:id/@w:val", control) == [str(slot["n"])]
    assert [slot["n"] for slot in payload["slots"]] == [1, 2, 3, 4, 5]


def test_formatting_and_parsing_are_inverse() -> None:
    payload = {"v": 1, "words": "Grüße <&>\u2028", "slots": [{"n": 1}]}

    assert parse_carrier(format_carrier(payload)) == payload


def test_the_part_is_found_under_any_name_and_reserialised() -> None:
    part = format_carrier(EMPTY).replace(b"<document xmlns=", b'<ns0:document xmlns:ns0=').replace(
        b"</document>", b"\n  </ns0:document>"
    )  # fmt: skip

    assert find_carrier(with_parts(document(), item7=b"<other/>", item2=part)) == EMPTY


def test_a_file_without_the_part_carries_nothing() -> None:
    assert find_carrier(with_parts(document(), item1=b"<other/>", item2=b"no xml")) is None


@pytest.mark.parametrize(
    "part",
    [
        format_carrier(EMPTY).replace(b"eyJ", b"eyK"),
        f'<document xmlns="{NAMESPACE}">AA</document>'.encode(),
        f'<document xmlns="{NAMESPACE}"/>'.encode(),
        f'<document xmlns="{NAMESPACE}">eyJ2IjogMX0=</document>'.encode(),  # {"v": 1}: not canonical
        f'<document xmlns="{NAMESPACE}">W10=</document>'.encode(),  # []
    ],
)
def test_a_damaged_part_is_an_error(part: bytes) -> None:
    with pytest.raises(DocgenError, match=r"the part urn:aims-ledger:document:1 .* is damaged"):
        find_carrier(with_parts(document(), item1=part))


def test_another_version_is_an_error() -> None:
    with pytest.raises(DocgenError, match="has version 2, expected 1"):
        parse_carrier(format_carrier({"v": 2}))


def test_two_parts_are_an_error() -> None:
    part = format_carrier(EMPTY)

    with pytest.raises(DocgenError, match="has 2 parts urn:aims-ledger:document:1, expected one"):
        find_carrier(with_parts(document(), item1=part, item2=part))


def test_entities_are_not_resolved() -> None:
    part = f'<!DOCTYPE d [<!ENTITY e "eyJ2IjoxfQ==">]><document xmlns="{NAMESPACE}">&e;</document>'.encode()

    with pytest.raises(DocgenError, match="is damaged"):
        find_carrier(with_parts(document(), item1=part))


def test_what_is_no_word_file_is_an_error() -> None:
    with pytest.raises(DocgenError, match="not a Word file"):
        find_carrier(b"PK\x03\x04 no")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_that_can_not_be_unpacked_is_an_error_however_it_was_packed(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("customXml/item1.xml", b"<a/>" * 500)
    data = bytearray(out.getvalue())
    start = data.index(b"customXml/item1.xml") + len("customXml/item1.xml")
    data[start : start + 12] = bytes(byte ^ 0x5A for byte in data[start : start + 12])

    with pytest.raises(DocgenError, match="not a Word file"):
        find_carrier(bytes(data))
