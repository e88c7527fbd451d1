"""Other people's spreadsheets as entries, by a mapping file.

The mapping is TOML: one ``[[sheet]]`` for each sheet that is read ::

    [[sheet]]
    sheet = "Risks"              # its name in the workbook
    kind = "risk"                # the kind of entry that each row becomes
    subject = "management-system" # what the entries are about; or { column = "System" }
    header_row = 3               # where the header stands (the first row with two words)
    key = "ID"                   # a row without it is left out and counted

    [sheet.columns]              # header word = member, dotted; numbers are places in a list
    "ID" = "risk_id"
    "What may happen" = "hazard"
    "Severity" = "before.severity"
    "Who is harmed" = "consequences.0.consequence"

    [sheet.fixed]                # members that every row gets
    status = "assessed"
    "consequences.0.on" = "individuals"

    [sheet.words.option]         # what people wrote = what the schema calls it
    "accept" = "retain"

    [sheet.ids]                  # members whose text becomes an identifier: "Muster AG" -> "muster-ag"
    supplier = true

A column of the sheet that the mapping does not name is left alone and said; one that the mapping names and
the sheet has not is an error.  Empty cells are members left out.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from docgen.errors import DocgenError
from docgen.sheets.cells import Row, Sheet, SheetError, read_sheets
from docgen.sheets.columns import Converter, converter
from docgen.sheets.proposal import Draft
from ledger.kinds import KINDS

__all__ = ["IMPORTED", "MappingError", "Reading", "SheetMap", "parse_mapping", "read_workbook"]

IMPORTED = (
    "risk", "ai_system", "supplier", "training_record", "party", "role_assignment", "objective", "document",
    "nonconformity", "corrective_action", "context", "requirement", "control",
)  # fmt: skip
"""Kinds that organisations keep in spreadsheets; what pipelines and people do is recorded where it happens."""
_MEMBERS = ("sheet", "kind", "subject", "header_row", "key", "columns", "fixed", "words", "ids")
MAX_PROBLEMS = 50


class MappingError(DocgenError):
    """The mapping file is not what this module's docstring says."""

    def __init__(self, file: str, place: str, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{file}: {place}: {problem}" if place else f"{file}: {problem}", remedy=remedy)


@dataclass(frozen=True, slots=True)
class SheetMap:
    """How the rows of one sheet become entries."""

    sheet: str
    kind: str
    subject: str
    subject_column: str
    header_row: int | None
    key: str
    columns: Mapping[str, str]
    converters: Mapping[str, Converter]
    fixed: Mapping[str, Any]
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a workbook holds by a mapping: drafts, cells at fault, and what was left alone."""

    drafts: tuple[Draft, ...]
    problems: tuple[SheetError, ...]
    left_alone: tuple[str, ...]


def parse_mapping(data: bytes, file: str) -> tuple[SheetMap, ...]:
    """The mapping in a TOML file.

    Raises:
        MappingError: it is no such file, or names a kind or member that there is not.
    """
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(file, "", " ".join(str(error).split())) from error
    tables = table.pop("sheet", None)
    if table or not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        found = f"found {', '.join(table)}" if table else "found none"
        raise MappingError(file, "", f"{found}, expected tables [[sheet]]")
    return tuple(_sheet_map(file, one) for one in tables)


def _sheet_map(file: str, table: Mapping[str, Any]) -> SheetMap:
    name = table.get("sheet")
    place = f"[[sheet]] {name}"
    if unknown := sorted(set(table) - set(_MEMBERS)):
        raise MappingError(file, place, f"{unknown[0]!r} is unknown", remedy=f"known: {', '.join(_MEMBERS)}")
    kind = table.get("kind")
    if not isinstance(name, str) or kind not in IMPORTED or kind not in KINDS:
        what = f"kind {kind!r} can't be imported" if isinstance(name, str) else "has no name"
        raise MappingError(file, place, what, remedy=f"kinds: {', '.join(IMPORTED)}")
    for part, allowed in (("columns", str), ("ids", bool), ("words", dict)):
        values = table.get(part, {})
        if not isinstance(values, dict) or not all(isinstance(value, allowed) for value in values.values()):
            raise MappingError(file, place, f"{part} is no table of {allowed.__name__} values")
    columns: Mapping[str, str] = table.get("columns", {})
    if not columns:
        raise MappingError(file, place, "maps no column")
    words: Mapping[str, Mapping[str, str]] = table.get("words", {})
    try:
        converters = {path: converter(str(kind), path, words.get(path)) for path in columns.values()}
        for path in table.get("fixed", {}):
            converter(str(kind), path)
    except SheetError as error:
        raise MappingError(file, place, error.problem, remedy=error.remedy) from error
    subject = table.get("subject", "management-system")
    column = subject.get("column", "") if isinstance(subject, dict) else ""
    if not (isinstance(subject, str) or column):
        raise MappingError(file, place, 'subject is neither a name nor { column = "..." }')
    row, key = table.get("header_row"), table.get("key", "")
    if not (row is None or (isinstance(row, int) and row >= 1)) or not isinstance(key, str):
        raise MappingError(file, place, "header_row is no row, or key no header word")
    return SheetMap(
        sheet=name,
        kind=str(kind),
        subject="" if column else str(subject),
        subject_column=str(column),
        header_row=row,
        key=key,
        columns=MappingProxyType(dict(columns)),
        converters=MappingProxyType(converters),
        fixed=MappingProxyType(dict(table.get("fixed", {}))),
        ids=frozenset(path for path, wanted in table.get("ids", {}).items() if wanted),
    )


def read_workbook(data: bytes, maps: Sequence[SheetMap]) -> Reading:
    """The drafts that an .xlsx file holds, by the mapping; cells at fault are named, all of them up to a limit.

    Raises:
        SheetError: the file, or one of the sheets that the mapping names, can't be read.
    """
    sheets = {sheet.name: sheet for sheet in read_sheets(data, header_row=_header_rows(maps))}
    drafts: list[Draft] = []
    problems: list[SheetError] = []
    left: list[str] = []
    for one in maps:
        if one.sheet not in sheets:
            raise SheetError("", f"has no sheet {one.sheet!r}", remedy=f"it has {', '.join(sheets) or 'none'}")
        sheet = sheets[one.sheet]
        wanted = {*one.columns, *filter(None, (one.key, one.subject_column))}
        if missing := sorted(wanted - set(sheet.header)):
            remedy = f"its header has {', '.join(sheet.header) or 'nothing'}"
            raise SheetError(one.sheet, f"has no column {missing[0]!r}", remedy=remedy)
        left += [f"{one.sheet}: column {title}" for title in sheet.header if title not in wanted]
        found, skipped = _rows(sheet, one, problems)
        drafts += found
        left += [f"{place}: no {one.key}" for place in skipped]
    left += [f"sheet {name}" for name in sheets if name not in {one.sheet for one in maps}]
    return Reading(tuple(drafts), tuple(problems[:MAX_PROBLEMS]), tuple(left))


def _header_rows(maps: Sequence[SheetMap]) -> dict[str, int]:
    return {one.sheet: one.header_row for one in maps if one.header_row is not None}


def _rows(sheet: Sheet, one: SheetMap, problems: list[SheetError]) -> tuple[list[Draft], list[str]]:
    drafts: list[Draft] = []
    skipped: list[str] = []
    for row in sheet.rows:
        if one.key and not row.cells[one.key].text:
            skipped.append(row.place)
            continue
        wrong = len(problems)
        problems += _wrong_cells(row, one)
        if len(problems) == wrong:
            drafts.append(_draft(row, one))
    return drafts, skipped


def _wrong_cells(row: Row, one: SheetMap) -> Iterator[SheetError]:
    for title, path in one.columns.items():
        cell = row.cells[title]
        if cell.text:
            try:
                one.converters[path](cell)
            except SheetError as error:
                yield error
    if one.subject_column and not _identifier(row.cells[one.subject_column].text):
        yield SheetError(row.cells[one.subject_column].place, "is empty, expected what the row is about")


def _draft(row: Row, one: SheetMap) -> Draft:
    body: dict[str, Any] = {}
    places = {"": row.place}
    for path, value in one.fixed.items():
        _put(body, path.split("."), value)
    for title, path in one.columns.items():
        cell = row.cells[title]
        if not cell.text:
            continue
        value = one.converters[path](cell)
        if path in one.ids:
            value = [_identifier(item) for item in value] if isinstance(value, list) else _identifier(str(value))
        _put(body, path.split("."), value)
        places[path] = cell.place
    subject = _identifier(row.cells[one.subject_column].text) if one.subject_column else one.subject
    return Draft(one.kind, subject, _closed(body), places)


def _identifier(text: str) -> str:
    """An identifier made of a name: letters and digits of ASCII, small, with hyphens between; ids stay as they are."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:@/-]*", text, re.ASCII):
        return text
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:200]


def _put(body: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    """Put a value at a dotted path; places in lists are kept as names until `_closed`."""
    *way, last = steps
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value


def _closed(value: Any) -> Any:
    """The value with tables whose names are all numbers as lists, in order."""
    if not isinstance(value, dict):
        return value
    inner = {name: _closed(one) for name, one in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
