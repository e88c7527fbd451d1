"""Blocks of the tree to paragraphs, tables and controls, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen.tree import (
    Block,
    Callout,
    CodeBlock,
    Contents,
    Figure,
    Heading,
    Landscape,
    Language,
    ListBlock,
    PageBreak,
    Paragraph,
    Quote,
    Requirement,
    Rule,
    Slot,
    StatusLine,
    StatusWord,
    Table,
)
from docgen.word.contents import contents
from docgen.word.controls import block_control
from docgen.word.draft import Draft, word_language
from docgen.word.lists import item_style, new_numbering, numbering
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.pictures import figure
from docgen.word.runs import runs
from docgen.word.tables import table

__all__ = ["write_blocks"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands: the style of its paragraphs, and how deep in lists."""

    style: str = "Body Text"
    depth: int = 0


def write_blocks(draft: Draft, blocks: tuple[Block, ...]) -> list[Element]:
    """The elements that say `blocks`; a `Landscape` is the caller's business."""
    made: list[Element] = []
    for element in _blocks(draft, blocks, _Place()):
        # A break in a paragraph of its own would leave a page empty where the one before is just full.
        if made and _is_break(made[-1]) and _break_before(element):
            made.pop()
            if len(made) > 1 and made[-2].tag == el("w:tbl").tag and element.tag == el("w:p").tag:
                made.pop()  # the small paragraph behind a table, which would not fit either
        made.append(element)
    return made


def _is_break(element: Element) -> bool:
    """Whether this is the paragraph that a page break alone makes."""
    breaks = element.findall(f"{el('w:r').tag}/{el('w:br').tag}")
    return len(element) == 2 and len(breaks) == 1 and breaks[0].get(el("w:type").tag) == "page"


def _break_before(element: Element) -> bool:
    """Let a paragraph, or a control that begins with one, begin a new page; False for anything else."""
    content = element.find(el("w:sdtContent").tag) if element.tag == el("w:sdt").tag else None
    first = element if content is None else content[0]
    properties = first.find(el("w:pPr").tag) if first.tag == el("w:p").tag else None
    if properties is None:
        return False
    before = ("w:pStyle", "w:keepNext", "w:keepLines")
    place = sum(child.tag in [el(name).tag for name in before] for child in properties)
    properties.insert(place, el("w:pageBreakBefore"))
    return True


def _blocks(draft: Draft, blocks: tuple[Block, ...], place: _Place) -> Iterator[Element]:
    for number, block in enumerate(blocks):
        made = _block(draft, block, place)
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        if isinstance(block, StatusLine) and (after is None or isinstance(after, Heading)):
            made = _let_go(made)
        yield from made


def _block(draft: Draft, block: Block, place: _Place) -> Iterator[Element]:
    match block:
        case Paragraph(children=children):
            yield paragraph(draft.style(place.style), *runs(draft, children))
        case ListBlock():
            yield from _list(draft, block, place)
        case Quote(blocks=inner):
            yield from _blocks(draft, inner, _Place("Quote", place.depth))
        case Requirement(blocks=inner):
            yield from _blocks(draft, inner, _Place("Requirement", place.depth))
        case Slot(lang=lang, blocks=inner):
            yield block_control(draft, block, _in_language(draft, lang, inner, _Place()))
        case Callout():
            yield from _callout(draft, block)
        case Language(lang=lang, blocks=inner):
            yield from _in_language(draft, lang, inner, place)
        case Landscape():
            raise AssertionError("landscape pages are made by the writer, outside of everything")
        case _:
            yield from _leaf(draft, block)


def _let_go(made: Iterator[Element]) -> Iterator[Element]:
    """Paragraphs that their style would keep with what follows, which here is another section.

    A chain of sections kept together without end is broken anywhere, also below a heading.
    """
    for element in made:
        for properties in element.iter(el("w:pPr").tag):
            properties.insert(1, el("w:keepNext", {"w:val": "0"}))
        yield element


def _leaf(draft: Draft, block: Block) -> Iterator[Element]:
    """Blocks that look the same wherever they stand."""
    match block:
        case Heading():
            words = draft.bookmark(draft.heading_bookmarks[id(block)], *runs(draft, block.children, bold=True))
            yield paragraph(draft.style(f"heading {block.level}"), *words)
        case CodeBlock(text=text):
            yield paragraph(draft.style("Code Block"), run(text))
        case Rule():
            yield paragraph(draft.style("Rule"))
        case Table():
            yield from table(draft, block)
        case Figure():
            yield from figure(draft, block)
        case StatusLine(word=word, children=children):
            label = run(f"{draft.labels['status']}: ", draft.style("Status Label"))
            rest = [run("  "), *runs(draft, children)] if children else []
            yield paragraph(draft.style("Status Line"), label, *runs(draft, (StatusWord(word),)), *rest)
        case Contents():
            yield from contents(draft, block)
        case PageBreak():
            yield paragraph(draft.style("Section End"), el("w:r", None, el("w:br", {"w:type": "page"})))


def _in_language(draft: Draft, lang: str, blocks: tuple[Block, ...], place: _Place) -> list[Element]:
    before, draft.run_language = draft.run_language, word_language(lang) if lang else draft.run_language
    made = list(_blocks(draft, blocks, place))
    draft.run_language = before
    return made


def _list(draft: Draft, block: ListBlock, place: _Place) -> Iterator[Element]:
    depth = place.depth + 1
    number = None if block.start is None else new_numbering(draft, depth, block.start)
    boxed = place.style if place.style in _BOXES.values() else ""
    for item in block.items:
        first = True
        for inner in item or (Paragraph(()),):
            if first and not isinstance(inner, Paragraph):  # the mark needs a paragraph to stand in
                yield _item(draft, (), depth, number, boxed)
                first = False
            if isinstance(inner, Paragraph) and first:
                yield _item(draft, (inner,), depth, number, boxed)
            elif isinstance(inner, Paragraph):
                style = boxed or item_style(depth, numbered=False, first=False)
                yield paragraph(draft.style(style), *runs(draft, inner.children))
            else:
                yield from _block(draft, inner, _Place(place.style, depth))
            first = False


def _item(draft: Draft, inner: tuple[Paragraph, ...], depth: int, number: int | None, boxed: str) -> Element:
    """The first paragraph of an item; in a box it keeps the box's style, and the mark is a character."""
    words = runs(draft, inner[0].children) if inner else []
    if boxed:
        return paragraph(draft.style(boxed), run("•\u2002" if number is None else "–\u2002"), *words)
    style = draft.style(item_style(depth, numbered=number is not None, first=True))
    return paragraph(style, *words, properties=() if number is None else (numbering(depth, number),))


_SHORT_BOX = 6  # paragraphs; a longer box may have to break
_BOXES = {"missing": "Missing", "note": "Note", "caveat": "Caveat", "summary": "Summary"}


def _callout(draft: Draft, block: Callout) -> Iterator[Element]:
    """A box; a short one stays on one page."""
    made = list(_callout_paragraphs(draft, block))
    if len(made) <= _SHORT_BOX and all(element.tag == el("w:p").tag for element in made):
        for element in made[:-1]:
            for properties in element.iter(el("w:pPr").tag):
                properties.insert(1, el("w:keepNext"))
    yield from made


def _callout_paragraphs(draft: Draft, block: Callout) -> Iterator[Element]:
    """The box's paragraphs.  Its label opens the first one, so that it is never apart from its words."""
    style = _BOXES[block.kind]
    if block.kind == "missing":
        label = draft.labels.status(block.label).upper()  # in letters, not by style: it must be loud anywhere
    else:
        label = block.label or ("" if block.kind == "summary" else draft.labels[block.kind])
    head = [run(label, draft.style(f"{style} Label"))] if label else []
    inner = list(block.blocks)
    if inner and isinstance(inner[0], Paragraph):
        words = runs(draft, inner.pop(0).children)  # type: ignore[union-attr]
        gap = [run("\n" if block.kind == "summary" else "\u2003")] if head else []
        yield paragraph(draft.style(style), *head, *gap, *words)
    elif head:
        yield paragraph(draft.style(style), *head)
    yield from _blocks(draft, tuple(inner), _Place(style))
