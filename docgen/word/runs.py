"""Inlines to runs: words, links, citations, status words, slots."""

from __future__ import annotations

from docgen.tree import (
    Anchor,
    Cite,
    Code,
    Emphasis,
    Inline,
    InlineSlot,
    Link,
    Ref,
    StatusWord,
    Strong,
    Text,
    plain_text,
)
from docgen.word.controls import inline_control
from docgen.word.draft import Draft, entry_bookmark
from docgen.word.fields import field
from docgen.word.looks import status_style
from docgen.word.oxml import Element, el, run

__all__ = ["plain_strong", "runs"]

_BOTH = {"Strong": "Emphasis", "Emphasis": "Strong"}


def runs(draft: Draft, inlines: tuple[Inline, ...], style: str = "", *, bold: bool = False) -> list[Element]:
    """What a paragraph holds to say `inlines`; `style` names the character style around them.

    `bold` says that the paragraph's own style is bold: bold on bold is light in Word, where the two
    switch each other off, so that strong words then need no style.
    """
    made: list[Element] = []
    for inline in plain_strong(inlines) if bold else inlines:
        made.extend(_one(draft, inline, style))
    return made


def plain_strong(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """`inlines` without the strength of strong words."""
    plain: list[Inline] = []
    for inline in inlines:
        match inline:
            case Strong(children=children):
                plain.extend(plain_strong(children))
            case Emphasis(children=children):
                plain.append(Emphasis(plain_strong(children)))
            case _:
                plain.append(inline)
    return tuple(plain)


def _one(draft: Draft, inline: Inline, style: str) -> list[Element]:
    match inline:
        case Text(text=text):
            return [_run(draft, text, style)]
        case Code(text=text):
            return [_run(draft, text, f"{draft.type_family} Code".strip())]
        case Emphasis(children=children):
            return runs(draft, children, _inside(style, "Emphasis"))
        case Strong(children=children):
            return runs(draft, children, _inside(style, "Strong"))
        case Link(url=url, children=children):
            link = {"r:id": draft.link_id(url), "w:history": "1"}
            return [el("w:hyperlink", link, *runs(draft, children, "Hyperlink"))]
        case Ref(target=target) if name := draft.caption_names.get(target):
            return field(f"REF {name} \\h", plain_text(inline.children), draft.style("Hyperlink"))
        case Ref(target=target, children=children):
            link = {"w:anchor": draft.bookmarks_by_id[target], "w:history": "1"}
            return [el("w:hyperlink", link, *runs(draft, children, "Hyperlink"))]
        case Cite(index=index):
            link = {"w:anchor": entry_bookmark(index), "w:history": "1"}
            look = "Dense Entry Citation" if draft.type_family == "Dense" else "Entry Citation"
            return [el("w:hyperlink", link, _run(draft, inline.text.replace(" ", "\u00a0"), look))]
        case Anchor(index=index):
            return draft.bookmark(entry_bookmark(index), _run(draft, inline.text, "Strong"))
        case StatusWord(word=word):
            return [_run(draft, draft.labels.status(word), status_style(word))]
        case InlineSlot():
            return inline_control(draft, inline)


def _inside(outer: str, inner: str) -> str:
    """Character styles do not add up: emphasis in strong words needs a style of its own."""
    return "Emphasised Strong" if _BOTH[inner] == outer or outer == "Emphasised Strong" else inner


def _run(draft: Draft, text: str, style: str) -> Element:
    return run(text, draft.style(style) if style else "", draft.run_language)
