"""Spreadsheets as rows of plain values, each with its place, and back.

What a cell holds is data: a formula is never worked out, its last result is taken as the spreadsheet
program stored it, and text that looks like a formula is written so that it stays text.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from docgen.errors import DocgenError

__all__ = ["Cell", "Row", "Sheet", "SheetError", "read_sheets", "write_sheets"]

MAX_BYTES = 20_000_000
MAX_UNPACKED = 400_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
_HEAD_ROWS = 10
_BEGINNING = 4096
# What openpyxl and the parsers below it raise for a file that was cut or changed; XML errors are `SyntaxError`.
_UNREADABLE = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, SyntaxError, EOFError, NotImplementedError,
    OverflowError, AssertionError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class SheetError(DocgenError):
    """A spreadsheet can't be used, or one of its cells; `place` is ``Sheet!B3``, or a sheet, or empty."""

    def __init__(self, place: str, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{place}: {problem}" if place else problem, remedy=remedy)
        self.place, self.problem = place, problem


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its place, its value as text, number, truth value or None; `formula` when that is a stored result."""

    place: str
    value: str | int | float | bool | None
    formula: bool = False

    @property
    def text(self) -> str:
        """The value as text without spaces around it; a whole number without a point, empty for nothing."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, float) and self.value.is_integer() and abs(self.value) < 2**53:
            return str(int(self.value))
        return str(self.value).strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header: its number, and its cells by the header's words."""

    place: str
    cells: Mapping[str, Cell]

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell.text for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its header in order, and the rows that are not empty."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_sheets(data: bytes, *, header_row: Mapping[str, int] | None = None) -> tuple[Sheet, ...]:
    """The sheets of an .xlsx file; the header of each is its first row with two words, or the row named.

    Raises:
        SheetError: it is no such file, is too large, holds macros, or its header names a column twice.
    """
    _check_archive(data)
    openpyxl = _openpyxl()
    try:
        values = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        written = openpyxl.load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
    except _UNREADABLE as error:
        raise SheetError("", f"not a spreadsheet that can be read ({' '.join(str(error).split())[:200]})") from error
    sheets = []
    for name in values.sheetnames:
        if not hasattr(values[name], "iter_rows"):
            continue  # a sheet that is a chart
        sheets.append(_sheet(name, values[name], written[name], (header_row or {}).get(name)))
    return tuple(sheets)


def _check_archive(data: bytes) -> None:
    remedy = "save it as .xlsx (Excel workbook)"
    if len(data) > MAX_BYTES:
        raise SheetError("", f"{len(data)} bytes, expected at most {MAX_BYTES}", remedy="split it")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [info.filename for info in archive.infolist()]
            size = sum(info.file_size for info in archive.infolist())
            declared = [name for name in names if name.endswith(".xml") and _declares(archive, name)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise SheetError("", "not an .xlsx file", remedy=remedy) from error
    if "xl/workbook.xml" not in names:
        raise SheetError("", "not an .xlsx file: it has no workbook", remedy=remedy)
    if any("vbaProject" in name for name in names):
        raise SheetError("", "holds macros", remedy=f"{remedy}, without macros")
    if declared:
        # Entities are how a small file unpacks to gigabytes, or reads others; no spreadsheet program writes any.
        raise SheetError("", f"{declared[0]} declares a document type", remedy=remedy)
    if size > MAX_UNPACKED:
        raise SheetError("", f"unpacks to {size} bytes, expected at most {MAX_UNPACKED}", remedy="split it")


def _declares(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        return b"<!DOCTYPE" in part.read(_BEGINNING)


def _sheet(name: str, values: Any, written: Any, header_row: int | None) -> Sheet:
    if (values.max_row or 0) > MAX_ROWS or (values.max_column or 0) > MAX_COLUMNS:
        found = f"{values.max_row} rows and {values.max_column} columns"
        raise SheetError(name, f"{found}, expected at most {MAX_ROWS} and {MAX_COLUMNS}", remedy="split it")
    lines = [tuple(map(_cell(name), line, raw)) for line, raw in zip(values, written, strict=True)]
    at = header_row - 1 if header_row else _find_header(lines)
    if at is None or at >= len(lines):
        return Sheet(name, (), ())
    header: dict[int, str] = {}
    for column, cell in enumerate(lines[at]):
        if not cell.text:
            continue
        if cell.text in header.values():
            raise SheetError(cell.place, f"the header names {cell.text!r} twice")
        header[column] = cell.text
    rows = tuple(
        Row(f"{name}!{number}", {title: line[column] for column, title in header.items()})
        for number, line in enumerate(lines[at + 1 :], at + 2)
    )
    return Sheet(name, tuple(header.values()), tuple(row for row in rows if not row.empty))


def _find_header(lines: Sequence[tuple[Cell, ...]]) -> int | None:
    """The first row with two words; some sheets begin with a title."""
    for at, line in enumerate(lines[:_HEAD_ROWS]):
        if sum(isinstance(cell.value, str) and bool(cell.text) for cell in line) >= 2:
            return at
    return None


def _cell(sheet: str) -> Any:
    def read(cell: Any, raw: Any) -> Cell:
        place = f"{sheet}!{cell.coordinate}"
        formula = raw.data_type == "f"
        value = cell.value
        if cell.data_type == "e" or (formula and value is None):
            found = str(value) if value is not None else "a formula whose result was never stored"
            # A value that nobody can mean; whoever reads the column says where it stands.
            return Cell(place, _Unusable(found), formula=True)
        return Cell(place, _plain(value), formula)

    return read


class _Unusable(str):
    """What stands in a cell without a usable value: words for the error."""

    __slots__ = ()


def unusable(cell: Cell) -> str:
    """Why the cell has no usable value; empty when it has one."""
    return str(cell.value) if isinstance(cell.value, _Unusable) else ""


def _plain(value: object) -> str | int | float | bool | None:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)


def write_sheets(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[object]]]], **looks: Any) -> bytes:
    """An .xlsx file of (name, header, rows); text stays text, whatever it begins with.

    `looks` by name of the sheet: ``widths``, ``choices`` (header word to allowed values) and ``grey`` (header
    words of columns that nobody fills in).
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, header, rows in sheets:
        sheet = book.create_sheet(name)
        for column, title in enumerate(header, 1):
            _put(sheet.cell(1, column), title)
        for number, row in enumerate(rows, 2):
            for column, value in enumerate(row, 1):
                _put(sheet.cell(number, column), value)
        _dress(sheet, tuple(header), looks.get(name, {}))
    book.properties.creator = "aims-ledger"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, value: object) -> None:
    if value in (None, ""):
        return
    cell.value = _printable(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # "=1+1" would become a formula


def _printable(text: str) -> str:
    """The text without characters that XML can't hold."""
    return "".join(sign if sign >= " " or sign in "\t\n\r" else "\ufffd" for sign in text)[:32_000]


def _dress(sheet: Any, header: tuple[str, ...], looks: Mapping[str, Any]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.freeze_panes = "B2"
    grey = frozenset(looks.get("grey", ()))
    for column, title in enumerate(header, 1):
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = looks.get("widths", {}).get(title, 16)
        head = sheet.cell(1, column)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="D9D9D9" if title in grey else "DCE6F1")
        for number in range(2, sheet.max_row + 1):
            cell = sheet.cell(number, column)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if title in grey:
                cell.font = Font(color="7F7F7F")
        allowed = looks.get("choices", {}).get(title)
        if allowed:
            rule = DataValidation(type="list", formula1=f'"{",".join(allowed)}"', allow_blank=True)
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{max(sheet.max_row, 2) + 200}")
    if sheet.max_row > 1:
        sheet.auto_filter.ref = sheet.dimensions


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise SheetError("", "spreadsheets need openpyxl", remedy="pip install 'aims-ledger[xlsx]'") from error
    return openpyxl
