"""Inlines to HTML: words, links, citations, status words, slots."""

from __future__ import annotations

from docgen.html.look import status_class
from docgen.html.marks import Html, element, lines
from docgen.html.sheet import Sheet, caption_id, entry_id, slot_id
from docgen.tree import Anchor, Cite, Code, Emphasis, Inline, InlineSlot, Link, Ref, StatusWord, Strong, Text

__all__ = ["inlines"]


def inlines(sheet: Sheet, children: tuple[Inline, ...]) -> Html:
    """What a paragraph holds."""
    return Html("".join(_one(sheet, child) for child in children))


def _one(sheet: Sheet, inline: Inline) -> Html:
    match inline:
        case Text(text=words):
            return lines(words)
        case Code(text=words):
            return element("code", lines(words))
        case Emphasis(children=children):
            return element("em", inlines(sheet, children))
        case Strong(children=children):
            return element("strong", inlines(sheet, children))
        case Link(url=url, children=children):
            return element("a", inlines(sheet, children), href=url, rel="noopener noreferrer")
        case Ref(target=target, children=children):
            place = sheet.ids.get(target) or caption_id(target)
            return element("a", inlines(sheet, children), href=f"#{place}")
        case Cite(index=index):
            return element("a", inline.text.replace(" ", "\u00a0"), class_="cite", href=f"#{entry_id(index)}")
        case Anchor(index=index):
            return element("strong", inline.text, id=entry_id(index))
        case StatusWord(word=word):
            return element("span", sheet.labels.status(word), class_=f"status {status_class(word)}")
        case InlineSlot(id=name, kind=kind, text=words):
            empty = not words.strip()
            inside = element("span", sheet.labels["empty_slot"], class_="empty") if empty else lines(words)
            return element("span", inside, id=slot_id(name), class_="slot", data_slot=name, data_kind=kind)
