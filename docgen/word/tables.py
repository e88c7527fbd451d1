"""Tables: header row repeated, rows kept whole, every width said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from docgen.tree import Inline, Table, plain_text
from docgen.word.draft import Draft
from docgen.word.fields import field
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.runs import runs

__all__ = ["caption", "column_widths", "facts_table", "table"]

_ALIGNED = {"left": "", "right": " Number", "center": " Centred"}


def table(draft: Draft, block: Table) -> list[Element]:
    """A caption if there is one, the table, and the small paragraph that keeps the next one apart."""
    made = [caption(draft, "Table", block.caption)] if block.caption else []
    family = "Dense" if block.dense else "Table"
    facts = not block.header
    widths = column_widths(block, draft.width)
    rows = []
    if block.header:
        names = [f"{family} Heading{_ALIGNED[align]}" for align in block.align]
        rows.append(_row(draft, block.header, widths, names, header=True))
    text = {"left": f"{family} Text", "right": f"{family} Number", "center": f"{family} Centred"}
    names = [text[align] for align in block.align]
    if facts:
        names[0] = f"{family} Heading"
    rows.extend(_row(draft, cells, widths, names) for cells in block.rows)
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


def caption(draft: Draft, what: str, text: str, style: str = "caption") -> Element:
    """A numbered caption, its number a SEQ field that already has its result."""
    number = str(draft.count(what))
    words = run(f"{draft.labels[what.lower()]} ")
    return paragraph(draft.style(style), words, *field(f"SEQ {what} \\* ARABIC", number), run(f": {text}"))


def column_widths(block: Table, width: int) -> list[int]:
    """Widths in twips that add up to `width`: the ones asked for, else fitted to what the cells hold."""
    shares = list(block.widths) or _fitted(block)
    edges = [round(width * sum(shares[:n]) / sum(shares)) for n in range(len(shares) + 1)]
    return [right - left for left, right in pairwise(edges)]


def _fitted(block: Table) -> list[float]:
    """A share for each column: its longest word must fit, and long texts get more, but not all."""
    shares = []
    for column in range(len(block.align)):
        texts = [plain_text(row[column]) for row in (block.header, *block.rows) if row]
        word = max((len(word) for text in texts for word in text.split()), default=1)
        longest = max((len(text) for text in texts), default=1)
        shares.append(float(max(6, min(word, 22), min(longest, 60) ** 0.85)))
    return shares


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


def _row(
    draft: Draft,
    cells: Sequence[tuple[Inline, ...]],
    widths: Sequence[int],
    styles: Sequence[str],
    *,
    header: bool = False,
) -> Element:
    paragraphs = [paragraph(draft.style(style), *runs(draft, cell)) for cell, style in zip(cells, styles, strict=True)]
    return _cells(widths, paragraphs, header=header)


def _cells(widths: Sequence[int], paragraphs: Sequence[Element], *, header: bool = False) -> Element:
    # No w:val on either: absent means on, and "true" fails validation.
    properties = el("w:trPr", None, el("w:cantSplit"), *([el("w:tblHeader")] if header else []))
    made = []
    for width, inside in zip(widths, paragraphs, strict=True):
        cell_width = el("w:tcW", {"w:w": str(width), "w:type": "dxa"})
        made.append(el("w:tc", None, el("w:tcPr", None, cell_width), inside))
    return el("w:tr", None, properties, *made)
