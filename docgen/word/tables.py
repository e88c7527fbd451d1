"""Tables: header row repeated, rows kept whole, every width said, headings inside them over all columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from docgen.tree import Inline, InlineSlot, Table, group_title, plain_text
from docgen.word.controls import cell_control
from docgen.word.draft import Draft
from docgen.word.fields import field
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.runs import runs

__all__ = ["caption", "column_widths", "facts_table", "table"]

_CITATION = re.compile(r"(\[#\d+) ([0-9a-f]{8}\])")
_SPACE = re.compile(r"[ \n\t]+")  # without the unbreakable one
_KEPT_ROWS, _KEPT_LINES = 7, 24
_ALIGNED = {"left": "", "right": " Number", "center": " Centred"}


def table(draft: Draft, block: Table) -> list[Element]:
    """A caption if there is one, the table, and the small paragraph that keeps the next one apart."""
    target = f"table:{block.id}" if block.id else ""
    made = [caption(draft, "Table", block.caption, target=target)] if block.caption else []
    family = "Dense" if block.dense else "Table"
    facts, draft.type_family = not block.header, family
    widths = column_widths(block, draft.width)
    rows = []
    if block.header:
        names = [f"{family} Heading{_ALIGNED[align]}" for align in block.align]
        rows.append(_row(draft, block.header, widths, names, header=True))
    text = {"left": f"{family} Text", "right": f"{family} Number", "center": f"{family} Centred"}
    names = [text[align] for align in block.align]
    if facts:
        names[0] = f"{family} Heading"
    for cells in block.rows:
        title = None if facts else group_title(tuple(cells))
        rows.append(_row(draft, cells, widths, names) if title is None else _group_row(draft, title, widths, family))
    draft.type_family = ""
    whole = len(rows) <= _KEPT_ROWS and _lines(block, widths) <= _KEPT_LINES
    _keep_together(rows if whole else rows[:2] if block.header else [])
    if rows:
        made.append(_grid(draft, "Aims Facts" if facts else "Aims Table", widths, rows, facts=facts))
        made.append(paragraph(draft.style("After Table")))
    return made


def facts_table(draft: Draft, rows: Sequence[tuple[str, Sequence[Element]]], share: float = 0.28) -> Element:
    """A table of names and values, the names a header column."""
    widths = [round(draft.width * share), draft.width - round(draft.width * share)]
    made = []
    for name, value in rows:
        heading = paragraph(draft.style("Table Heading"), run(name))
        made.append(_cells(widths, [heading, paragraph(draft.style("Table Text"), *value)]))
    return _grid(draft, "Aims Facts", widths, made, facts=True)


def caption(draft: Draft, what: str, text: str, style: str = "caption", *, target: str = "") -> Element:
    """A numbered caption, its number a SEQ field that already has its result.

    Label and number are bookmarked when a reference leads to `target`.
    """
    number = str(draft.count(what))
    label = [run(f"{draft.labels[what.lower()]} "), *field(f"SEQ {what} \\* ARABIC", number)]
    if name := draft.caption_bookmarks.pop(target, ""):
        label = draft.bookmark(name, *label)
    return paragraph(draft.style(style), *label, run(f": {text}"))


def column_widths(block: Table, width: int) -> list[int]:
    """Widths in twips that add up to `width`: the ones asked for, else fitted to what the cells hold."""
    shares = list(block.widths) or _fitted(block, width)
    edges = [round(width * sum(shares[:n]) / sum(shares)) for n in range(len(shares) + 1)]
    return [right - left for left, right in pairwise(edges)]


def _lines(block: Table, widths: Sequence[int]) -> int:
    """About how many lines the table takes: a short table of long texts fills a page."""
    letter, padding = _measures(block)
    rows = [row for row in (block.header, *block.rows) if row]
    return sum(
        max(
            sum(1 + len(line) * letter // max(letter, width - padding) for line in plain_text(cell).split("\n"))
            for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    )


def _measures(block: Table) -> tuple[int, int]:
    """The width of a letter and of a cell's margins in twips."""
    return (80, 230) if block.dense else (95, 230)


def _fitted(block: Table, width: int) -> list[float]:
    """Widths in twips: the longest word of each column fits if it can; long texts share what is left.

    Letters are guessed at half their height: a writer has no fonts to measure with.
    """
    letter, padding = _measures(block)
    least, wanted = [], []
    for column in range(len(block.align)):
        cells = [plain_text(row[column]) for row in (block.header, *block.rows) if row]
        texts = [_CITATION.sub("\\1\u00a0\\2", text) for text in cells]
        word = max((len(word) for text in texts for word in _SPACE.split(text)), default=1)
        longest = max((len(text) for text in texts), default=1)
        least.append(min(word * letter + padding, width * 0.35))
        wanted.append(min(longest * letter + padding, width * 0.8))
    if sum(wanted) <= width:
        return wanted
    if sum(least) >= width:
        return least
    # What is left goes to the columns that lack most, damped: one long cell must not take it all.
    lacks = [(more - less) ** 0.85 if more > less else 0.0 for more, less in zip(wanted, least, strict=True)]
    spare = (width - sum(least)) / (sum(lacks) or 1)
    return [less + lack * spare for less, lack in zip(least, lacks, strict=True)]


def _grid(draft: Draft, style: str, widths: Sequence[int], rows: Sequence[Element], *, facts: bool) -> Element:
    look = {
        "w:val": "0080" if facts else "0420",
        "w:firstRow": "0" if facts else "1",
        "w:lastRow": "0",
        "w:firstColumn": "1" if facts else "0",
        "w:lastColumn": "0",
        "w:noHBand": "1" if facts else "0",
        "w:noVBand": "1",
    }
    properties = el(
        "w:tblPr",
        None,
        el("w:tblStyle", {"w:val": draft.style(style)}),
        el("w:tblW", {"w:w": str(sum(widths)), "w:type": "dxa"}),
        el("w:tblLayout", {"w:type": "fixed"}),
        el("w:tblLook", look),
    )
    grid = el("w:tblGrid", None, *(el("w:gridCol", {"w:w": str(width)}) for width in widths))
    return el("w:tbl", None, properties, grid, *rows)


def _keep_together(rows: Sequence[Element]) -> None:
    """Let no page break fall between the rows: each paragraph but the last row's stays with the next."""
    for row in rows[:-1]:
        for properties in row.iter(el("w:pPr").tag):
            properties.insert(1, el("w:keepNext"))


def _row(
    draft: Draft,
    cells: Sequence[tuple[Inline, ...]],
    widths: Sequence[int],
    styles: Sequence[str],
    *,
    header: bool = False,
) -> Element:
    inside = [_cell(draft, cell, style) for cell, style in zip(cells, styles, strict=True)]
    return _cells(widths, inside, header=header)


def _cell(draft: Draft, cell: tuple[Inline, ...], style: str) -> Element:
    if len(cell) == 1 and isinstance(cell[0], InlineSlot):
        return cell_control(draft, cell[0], style)
    return paragraph(draft.style(style), *runs(draft, cell, bold="Heading" in style))


def _group_row(draft: Draft, title: tuple[Inline, ...], widths: Sequence[int], family: str) -> Element:
    """One cell over all columns, on the same page as the row below it."""
    # The style is bold; the strong emphasis around the title would turn that off again in Word.
    inside = paragraph(draft.style(f"{family} Heading"), *runs(draft, title), properties=(el("w:keepNext"),))
    width = el("w:tcW", {"w:w": str(sum(widths)), "w:type": "dxa"})
    cell = el("w:tc", None, el("w:tcPr", None, width, el("w:gridSpan", {"w:val": str(len(widths))})), inside)
    return el("w:tr", None, el("w:trPr", None, el("w:cantSplit")), cell)


def _cells(widths: Sequence[int], blocks: Sequence[Element], *, header: bool = False) -> Element:
    # No w:val on either: absent means on, and "true" fails validation.
    properties = el("w:trPr", None, el("w:cantSplit"), *([el("w:tblHeader")] if header else []))
    made = []
    for width, inside in zip(widths, blocks, strict=True):
        cell_width = el("w:tcW", {"w:w": str(width), "w:type": "dxa"})
        made.append(el("w:tc", None, el("w:tcPr", None, cell_width), inside))
    return el("w:tr", None, properties, *made)
