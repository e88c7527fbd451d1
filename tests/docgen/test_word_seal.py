"""The part that a seal goes into: filled without touching another byte, emptied again, tampered with."""

import io
import zipfile
from pathlib import Path

import pytest
from openxml_audit import OpenXmlValidator

from docgen.errors import DocgenError
from docgen.word import find_carrier, find_seal, put_seal, take_seal, write_word
from docgen.word.seal import EMPTY_SEAL
from tests.docgen.samples import PICTURES, body, info

PAYLOAD = {"v": 1, "words": "Grüße", "leaves": ["x" * 4000] * 20}


def document() -> bytes:
    return write_word(body(), info(), pictures=PICTURES)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(data: bytes) -> bytes:
    """The same members in an archive that another program wrote."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members(data).items():
            new.writestr(name, content)
    return out.getvalue()


def test_a_file_as_built_has_an_empty_place_and_no_seal() -> None:
    made = document()

    assert find_seal(made) is None
    assert list(members(made).values()).count(EMPTY_SEAL) == 1


def test_sealing_changes_one_part_and_no_other_byte() -> None:
    made = document()
    sealed = put_seal(made, PAYLOAD)
    before, after = members(made), members(sealed)

    changed = [name for name in before if before[name] != after[name]]
    assert list(before) == list(after)
    assert [before[name] for name in changed] == [EMPTY_SEAL]
    assert find_seal(sealed) == PAYLOAD
    assert find_carrier(sealed) == find_carrier(made)


def test_taking_the_seal_out_gives_the_file_that_was_sealed() -> None:
    made = document()

    assert take_seal(put_seal(made, PAYLOAD)) == made
    assert take_seal(made) == made


def test_an_edit_shows_when_the_seal_is_taken_out() -> None:
    sealed = put_seal(document(), PAYLOAD)
    at = sealed.index(b"word/document.xml") + 40

    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]

    assert take_seal(changed) != document()


def test_a_file_is_sealed_once() -> None:
    with pytest.raises(DocgenError, match="is sealed already"):
        put_seal(put_seal(document(), PAYLOAD), PAYLOAD)


def test_a_file_without_a_place_is_not_sealed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("word/document.xml", "<a/>")

    with pytest.raises(DocgenError, match="no place for a seal"):
        put_seal(out.getvalue(), PAYLOAD)


def test_an_archive_of_another_program_is_not_taken_for_ours() -> None:
    foreign = rewritten(put_seal(document(), PAYLOAD))

    assert find_seal(foreign) == PAYLOAD
    with pytest.raises(DocgenError, match=r"compressed|another program"):
        take_seal(foreign)


@pytest.mark.parametrize("more", [b"x", b"PK\x05\x06" + bytes(18)])
def test_bytes_behind_the_archive_are_not_ours(more: bytes) -> None:
    with pytest.raises(DocgenError):
        take_seal(put_seal(document(), PAYLOAD) + more)


def test_a_tampered_seal_is_an_error() -> None:
    sealed = put_seal(document(), PAYLOAD)
    broken = sealed.replace(b'urn:aims-ledger:seal:1">eyJ', b'urn:aims-ledger:seal:1">eyK')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:  # with a checksum that fits
        for name, content in members(sealed).items():
            new.writestr(name, content.replace(b'seal:1">eyJ', b'seal:1">eyK'))

    with pytest.raises(DocgenError, match=r"seal:1 of the document is damaged"):
        find_seal(out.getvalue())
    with pytest.raises(DocgenError, match="not a Word file"):
        find_seal(broken)


def test_a_sealed_file_is_valid_to_a_validator_of_word_files(tmp_path: Path) -> None:
    file = tmp_path / "sealed.docx"
    file.write_bytes(put_seal(document(), PAYLOAD))

    assert OpenXmlValidator().validate(str(file)).errors == []


def test_no_changed_byte_of_the_archive_s_records_ends_in_anything_but_an_answer_or_our_error() -> None:
    sealed, made = put_seal(document(), PAYLOAD), document()
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        heads = [member.header_offset + place for member in archive.infolist() for place in range(0, 64, 3)]
        places = [*heads, *range(archive.start_dir, len(sealed), 5)]

    for place in places:
        changed = sealed[:place] + bytes([sealed[place] ^ 0x81]) + sealed[place + 1 :]
        for read in (take_seal, find_seal, find_carrier):
            try:
                found = read(changed)
            except DocgenError:
                continue
            # The seal's own records are written anew; nothing else may come out as if nobody had touched it.
            inside = b"customXml/item2.xml" in sealed[max(0, place - 64) : place + 64]
            assert read is not take_seal or found != made or inside
