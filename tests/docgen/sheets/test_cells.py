"""Spreadsheets that are damaged, hostile or strange: one error that says so, or the words as they stand."""

import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from docgen.sheets import cells
from docgen.sheets.cells import SheetError, read_sheets, write_sheets
from docgen.sheets.columns import converter, split_items

SOURCE = (Path(__file__).parents[2] / "cli" / "sheets" / "register.xlsx").read_bytes()
HOSTILE = ("=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "<b>&amp;</b>", "{{ 7*7 }}", "R&D <5%", "zwei\nZeilen", "＝1")


def altered(change: Callable[[str, bytes], bytes]) -> bytes:
    """The workbook with its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SOURCE)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return out.getvalue()


def with_strings(declaration: bytes) -> bytes:
    def change(name: str, data: bytes) -> bytes:
        if name != "xl/sharedStrings.xml":
            return data
        return b'<?xml version="1.0"?>' + declaration + data[data.index(b"?>") + 2 :].replace(b"Nr.", b"&a;", 1)

    return altered(change)


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE x [<!ENTITY b "lol"><!ENTITY a "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused_before_anything_is_parsed(declaration: bytes) -> None:
    with pytest.raises(SheetError, match=r"xl/sharedStrings\.xml declares a document type"):
        read_sheets(with_strings(declaration))


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
@pytest.mark.parametrize("how", ["cut", "garbage", "empty"])
def test_a_damaged_part_is_one_error(part: str, how: str) -> None:
    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        return {"cut": data[: len(data) // 2], "garbage": b"garbage", "empty": b""}[how]

    with pytest.raises(SheetError):
        read_sheets(altered(change))


def test_no_flipped_byte_gives_anything_but_a_sheet_or_an_error_of_ours() -> None:
    chance = random.Random(4)
    read = 0
    for _ in range(150):
        data = bytearray(SOURCE)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            read_sheets(bytes(data))
            read += 1
        except SheetError:
            pass

    assert 0 < read < 150


def test_no_flipped_byte_inside_a_part_gives_anything_else_either() -> None:
    chance = random.Random(5)

    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/") or chance.random() < 0.5:
            return data
        spoiled = bytearray(data)
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        return bytes(spoiled)

    for _ in range(60):
        with suppress(SheetError):
            assert read_sheets(altered(change))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_written_and_read_as_text(text: str) -> None:
    data = write_sheets([("S", ("a", "b"), [(text, "x")])])

    (sheet,) = read_sheets(data)

    assert sheet.rows[0].cells["a"].value == text
    assert not sheet.rows[0].cells["a"].formula
    assert openpyxl.load_workbook(io.BytesIO(data))["S"]["A2"].data_type == "s"


def test_signs_that_xml_can_not_hold_do_not_break_the_file() -> None:
    (sheet,) = read_sheets(write_sheets([("S", ("a", "b"), [("bell\x07", "x")])]))

    assert sheet.rows[0].cells["a"].value == "bell\ufffd"


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MAX_ROWS", 3)
    with pytest.raises(SheetError, match="expected at most 3"):
        read_sheets(SOURCE)
    monkeypatch.setattr(cells, "MAX_UNPACKED", 100)
    with pytest.raises(SheetError, match="unpacks to"):
        read_sheets(SOURCE)
    monkeypatch.setattr(cells, "MAX_BYTES", 100)
    with pytest.raises(SheetError, match="expected at most 100"):
        read_sheets(SOURCE)


def test_a_sheet_with_nothing_in_it_is_a_sheet_without_rows() -> None:
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)

    (sheet,) = read_sheets(out.getvalue())

    assert (sheet.header, sheet.rows) == ((), ())


def test_items_of_a_list_stand_on_lines_or_between_semicolons() -> None:
    assert split_items(" a; b\nc ;; \n") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("review_due", "2027-06-30", "2027-06-30"),
        ("review_due", "30.6.2027", "2027-06-30"),
        ("review_due", "2027-6-3T00:00:00", "2027-06-03"),
        ("before.severity", "4", 4),
        ("option", "Modify", "modify"),
        ("arises_in", "Intended use; attack", ["intended_use", "attack"]),
        ("controls", "A.6.2.4\nA.9.2", ["A.6.2.4", "A.9.2"]),
        ("hazard", "  spaces around  ", "spaces around"),
    ],
)
def test_cells_become_what_the_schema_asks_for(path: str, text: str, value: object) -> None:
    assert converter("risk", path)(cells.Cell("S!A1", text)) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [("before.severity", "١"), ("before.severity", "1e3"), ("before.severity", "0x4"), ("review_due", "1.1.27"),
     ("option", "modify;share"), ("before.severity", True)],
)  # fmt: skip
def test_cells_that_could_mean_something_else_are_refused(path: str, value: str | bool) -> None:
    with pytest.raises(SheetError, match=r"S!A1: found"):
        converter("risk", path)(cells.Cell("S!A1", value))
