"""Blocks of the tree to HTML, in reading order."""

from __future__ import annotations

import base64

from docgen.errors import TemplateError
from docgen.html.inlines import inlines
from docgen.html.marks import Html, element, text, void
from docgen.html.sheet import Sheet, caption_id, slot_id
from docgen.pictures import pixel_size
from docgen.tree import (
    Block,
    Callout,
    CodeBlock,
    Contents,
    Figure,
    Heading,
    Inline,
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
    group_title,
    plain_text,
    walk,
)

__all__ = ["blocks", "contents", "facts_table", "table"]


def blocks(sheet: Sheet, inside: tuple[Block, ...]) -> Html:
    """The blocks one after the other, each on a line of its own."""
    return Html("".join(f"{_block(sheet, block)}\n" for block in inside))


def _block(sheet: Sheet, block: Block) -> Html:
    match block:
        case Heading(level=level, children=children):
            return element(f"h{level + 1}", inlines(sheet, children), id=sheet.heading_ids[id(block)])
        case Paragraph(children=children):
            return element("p", inlines(sheet, children))
        case ListBlock():
            return _list(sheet, block)
        case Quote(blocks=inner):
            return element("blockquote", blocks(sheet, inner))
        case Requirement(blocks=inner):
            return element("div", blocks(sheet, inner), class_="requirement")
        case Slot():
            return _slot(sheet, block)
        case Callout():
            return _callout(sheet, block)
        case Language(lang=lang, blocks=inner):
            return element("div", blocks(sheet, inner), lang=lang)
        case Landscape(blocks=inner):
            return element("div", blocks(sheet, inner), class_="wide")
        case _:
            return _leaf(sheet, block)


def _leaf(sheet: Sheet, block: Block) -> Html:
    match block:
        case CodeBlock(text=words):
            return element("pre", element("code", words))
        case Rule():
            return void("hr")
        case Table():
            return table(sheet, block)
        case Figure():
            return _figure(sheet, block)
        case StatusLine(word=word, children=children):
            said = inlines(sheet, (StatusWord(word),))
            rest = Html(f" {inlines(sheet, children)}") if children else Html("")
            return element("p", f"{sheet.labels['status']}: ", said, rest, class_="statusline")
        case Contents():
            return contents(sheet, block)
        case PageBreak():
            return element("div", class_="break")
    raise AssertionError(f"no HTML for {type(block).__name__}")


def contents(sheet: Sheet, block: Contents) -> Html:
    """The table of contents: nested lists of links down to the asked depth; nothing without headings."""
    shown = [h for h in walk(sheet.body.blocks) if isinstance(h, Heading) and h.level <= block.depth]
    if not shown:
        return Html("")
    parts, level = [], 0
    for heading in shown:
        # Levels go up one at a time (`docgen.check`), so each new list stands inside an item.
        parts.append("<ol><li>" if heading.level > level else "</li></ol>" * (level - heading.level) + "</li><li>")
        level = heading.level
        words = " ".join(plain_text(heading.children).split())
        parts.append(element("a", words, href=f"#{sheet.heading_ids[id(heading)]}"))
    parts.append("</li></ol>" * level)
    title = element("h2", sheet.labels["contents"], id="contents")
    return element("nav", title, Html("".join(parts)), aria_labelledby="contents")


def table(sheet: Sheet, block: Table) -> Html:
    """A table whose header cells say what they are headers of."""
    parts = []
    target = caption_id(f"table:{block.id}") if block.caption and block.id else None
    if block.caption:
        number = f"{sheet.labels['table']} {sheet.count('Table')}"
        parts.append(element("caption", f"{number}: {block.caption}"))
    if block.header:
        cells = (_cell(sheet, "th", cell, align, "col") for cell, align in zip(block.header, block.align, strict=True))
        parts.append(element("thead", element("tr", *cells)))
    rows = []
    for row in block.rows:
        title = group_title(row) if block.header else None
        if title is not None:
            head = element("th", inlines(sheet, title), colspan=str(len(row)), scope="rowgroup")
            rows.append(element("tr", head))
            continue
        tags = ["td"] * len(row) if block.header else ["th", *["td"] * (len(row) - 1)]
        cells = (
            _cell(sheet, tag, cell, align, "row" if tag == "th" else None)
            for tag, cell, align in zip(tags, row, block.align, strict=True)
        )
        rows.append(Html(f"{element('tr', *cells)}\n"))
    parts.append(element("tbody", *rows))
    made = element("table", *(Html(part) for part in parts), id=target)
    return element("div", made, class_="scroll dense" if block.dense else "scroll")


def facts_table(rows: tuple[tuple[str, Html], ...], caption: str) -> Html:
    """Names and values, the names headers of their rows."""
    made = (element("tr", element("th", name, scope="row"), element("td", value)) for name, value in rows)
    return element("table", element("caption", caption), element("tbody", *made))


def _cell(sheet: Sheet, tag: str, cell: tuple[Inline, ...], align: str, scope: str | None) -> Html:
    return element(tag, inlines(sheet, cell), scope=scope, class_=align if align != "left" else None)


def _list(sheet: Sheet, block: ListBlock) -> Html:
    items = (element("li", _item(sheet, item)) for item in block.items)
    if block.start is None:
        return element("ul", *items)
    return element("ol", *items, start=str(block.start) if block.start != 1 else None)


def _item(sheet: Sheet, item: tuple[Block, ...]) -> Html:
    """What an item holds; one of a single paragraph holds its words."""
    match item:
        case (Paragraph(children=children),):
            return inlines(sheet, children)
    return blocks(sheet, item)


def _slot(sheet: Sheet, slot: Slot) -> Html:
    if slot.blocks:
        inside = blocks(sheet, slot.blocks)
    elif slot.optional:
        inside = element("p", element("em", sheet.labels["optional_slot"]))
    else:
        inside = element("div", element("p", sheet.labels["empty_slot"], class_="empty"), class_="box missing")
    return element(
        "section", Html("\n"), inside, id=slot_id(slot.id), class_="slot", data_slot=slot.id, data_kind=slot.kind,
        lang=slot.lang or None,
    )  # fmt: skip


def _callout(sheet: Sheet, block: Callout) -> Html:
    label = block.label or ("" if block.kind == "summary" else sheet.labels[block.kind])
    if block.kind == "missing":
        label = sheet.labels.status(block.label).upper()
    head = element("span", label, class_="label") if label else Html("")
    inner = block.blocks
    match inner[:1]:
        case (Paragraph(children=children),):
            first, inner = element("p", head, inlines(sheet, children)), inner[1:]
        case _:
            first = element("p", head) if label else Html("")
    return element("div", first, Html("\n"), blocks(sheet, inner), class_=f"box {block.kind}", role="note")


def _figure(sheet: Sheet, block: Figure) -> Html:
    picture = sheet.pictures.get(block.key)
    if picture is None:
        raise TemplateError(sheet.body.source, 0, f"picture {block.key} is shown but not there", name=block.key)
    if picture.stand_in is not None:
        note = element("div", element("p", sheet.labels["chart_missing"]), class_="box note", role="note")
        shown = Html(f"{note}\n{table(sheet, picture.stand_in)}")
    else:
        try:
            width, height = pixel_size(picture.data)
        except ValueError as error:
            raise TemplateError(sheet.body.source, 0, f"picture {block.key}: {error}", name=block.key) from error
        kind = "png" if picture.data.startswith(b"\x89PNG") else "jpeg"
        source = f"data:image/{kind};base64,{base64.b64encode(picture.data).decode()}"
        # On screen as wide as on paper, at 96 pixels to the inch.
        wide = round(picture.width_mm / 25.4 * 96) if picture.width_mm else width
        size = {"width": str(wide), "height": str(round(height * wide / width))}
        shown = void("img", src=source, alt=block.alt, **size)
    if not block.caption:
        return element("figure", shown)
    number = f"{sheet.labels['figure']} {sheet.count('Figure')}"
    caption = element("figcaption", text(f"{number}: {block.caption}"))
    return element("figure", shown, caption, id=caption_id(f"figure:{block.key}"))
