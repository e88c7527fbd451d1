"""Tables of a Word file back to tables of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from lxml import etree

from docgen.reading.package import qname
from docgen.tree import Inline, Strong, Table, Text

if TYPE_CHECKING:
    from docgen.reading.blocks import BlockReader

__all__ = ["read_table"]

_Element: TypeAlias = etree._Element
_Cells: TypeAlias = tuple[tuple[Inline, ...], ...]
_ALIGNED = {"right": "right", "end": "right", "center": "center"}
_OFF = ("0", "false", "off")
_MOST_COLUMNS = 64


def read_table(reader: BlockReader, table: _Element) -> Table:
    """The table; what one of ours cannot hold (merged cells, tables in cells) is named by the reader."""
    rows = list(_children(table, "tr"))
    grid = table.find(qname("w:tblGrid"))
    columns = max([len(grid) if grid is not None else 0, *(_width(row) for row in rows)], default=0)
    if columns > _MOST_COLUMNS:
        reader.words.note("a table of more than 64 columns")
        columns = _MOST_COLUMNS
    made = [_row(reader, row, columns) for row in rows]
    heads = 0
    while heads < len(rows) and _is_header(rows[heads]):
        heads += 1
    if heads > 1:
        reader.words.note("more than one header row", lost=True)
    if not heads and made and _first_row_is_header(table):
        heads = 1
    shows_alignment = rows[min(1 if heads else 0, len(rows) - 1)] if rows else None
    align = _aligned(reader, shows_alignment, columns) if shows_alignment is not None else ["left"] * columns
    header = made[0] if heads else ()
    return Table(header, tuple(made[1:] if heads else made), tuple(align))  # type: ignore[arg-type]


def _is_header(row: _Element) -> bool:
    mark = row.find(f"{qname('w:trPr')}/{qname('w:tblHeader')}")
    return mark is not None and str(mark.get(qname("w:val"), "")).lower() not in _OFF


def _first_row_is_header(table: _Element) -> bool:
    look = table.find(f"{qname('w:tblPr')}/{qname('w:tblLook')}")
    if look is None:
        return False
    if look.get(qname("w:firstRow")) is not None:
        return look.get(qname("w:firstRow")) in ("1", "true", "on")
    value = str(look.get(qname("w:val"), ""))
    return re.fullmatch(r"[0-9A-Fa-f]{4}", value) is not None and bool(int(value, 16) & 0x20)


def _row(reader: BlockReader, row: _Element, columns: int) -> _Cells:
    cells: list[tuple[Inline, ...]] = []
    for cell in _children(row, "tc"):
        span = _span(cell)
        merged = cell.find(f"{qname('w:tcPr')}/{qname('w:vMerge')}") is not None
        if merged or 1 < span < columns:
            reader.words.note("merged cells")
        inside = _cell(reader, cell)
        if 1 < span == columns and inside and not isinstance(inside[0], Strong):
            inside = (Strong(inside),)  # a heading over all columns, bold by its style
        cells += [inside, *[()] * (span - 1)]
    return tuple(cells[:columns] + [()] * (columns - len(cells)))


def _cell(reader: BlockReader, cell: _Element) -> tuple[Inline, ...]:
    made: list[Inline] = []
    for number, block in enumerate(_cell_blocks(cell)):
        if block.tag == qname("w:tbl"):
            reader.words.note("a table inside a table")
            continue
        if number:
            reader.words.note("paragraphs in a table's cell", lost=True)
            made.append(Text("\n"))
        if block.tag == qname("w:sdt"):
            slot = reader.cell_slot(block)
            made.extend((slot,) if slot is not None else ())
            continue
        if reader.words.styles.list_place(block) is not None:
            reader.words.note("a list in a table's cell")
        made.extend(reader.line(block))
    return tuple(made)


def _cell_blocks(cell: _Element) -> Iterator[_Element]:
    """Paragraphs, tables and slots of a cell; other controls are looked into."""
    from docgen.reading.words import SLOT

    for child in cell:
        if child.tag in (qname("w:p"), qname("w:tbl")) or (child.tag == qname("w:sdt") and child.get(SLOT)):
            yield child
        elif child.tag in (qname("w:sdt"), qname("w:sdtContent"), qname("w:customXml")):
            yield from _cell_blocks(child)


def _aligned(reader: BlockReader, row: _Element, columns: int) -> list[str]:
    align: list[str] = []
    for cell in _children(row, "tc"):
        first = next(cell.iter(qname("w:p")), None)
        align += [_alignment(reader, first) if first is not None else "left"] * _span(cell)
    return (align + ["left"] * columns)[:columns]


def _alignment(reader: BlockReader, paragraph: _Element) -> str:
    own = paragraph.find(f"{qname('w:pPr')}/{qname('w:jc')}")
    if own is not None:
        return _ALIGNED.get(str(own.get(qname("w:val"), "")), "left")
    style = reader.words.styles.paragraph(paragraph)
    if style.endswith(" number"):
        return "right"
    return "center" if style.endswith(" centred") else "left"


def _children(element: _Element, name: str) -> Iterator[_Element]:
    """Rows of a table or cells of a row, also those inside of controls."""
    for child in element:
        if child.tag == qname(f"w:{name}"):
            yield child
        elif child.tag in (qname("w:sdt"), qname("w:sdtContent"), qname("w:customXml"), qname("w:ins")):
            yield from _children(child, name)


def _span(cell: _Element) -> int:
    span = cell.find(f"{qname('w:tcPr')}/{qname('w:gridSpan')}")
    text = str(span.get(qname("w:val"), "1")) if span is not None else "1"
    return min(max(int(text), 1), _MOST_COLUMNS) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def _width(row: _Element) -> int:
    return min(sum(_span(cell) for cell in _children(row, "tc")), _MOST_COLUMNS + 1)
