"""Elements of WordprocessingML, written as they read: ``el("w:p", None, el("w:r"))``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from docx.oxml.ns import nsmap, qn
from docx.oxml.parser import oxml_parser
from lxml.etree import _Element

from docgen.escape import visible

__all__ = ["Element", "el", "paragraph", "run", "text_pieces"]

Element = _Element

_PREFIXES = {prefix: nsmap[prefix] for prefix in ("w", "r", "wp", "a", "pic")}


@cache
def _clark(name: str) -> str:
    return qn(name) if ":" in name else name


@cache
def _nsmap(name: str) -> dict[str, str]:
    prefix = name.partition(":")[0]
    return {prefix: _PREFIXES[prefix]}


def el(tag: str, attributes: Mapping[str, str] | None = None, *children: Element) -> Element:
    """An element; names of tags and attributes carry the usual prefixes, values print as they are."""
    element: Element = oxml_parser.makeelement(_clark(tag), nsmap=_nsmap(tag))
    for name, value in (attributes or {}).items():
        element.set(_clark(name), visible(value))
    element.extend(children)
    return element


def paragraph(style_id: str, *children: Element, properties: tuple[Element, ...] = ()) -> Element:
    """A paragraph in a style; `properties` go after the style, in the schema's order."""
    return el("w:p", None, el("w:pPr", None, el("w:pStyle", {"w:val": style_id}), *properties), *children)


def run(text: str, style_id: str = "", lang: str = "") -> Element:
    """A run of text in a character style; newlines become line breaks, tabs tabs."""
    properties = []
    if style_id:
        properties.append(el("w:rStyle", {"w:val": style_id}))
    if lang:
        properties.append(el("w:lang", {"w:val": lang}))
    head = [el("w:rPr", None, *properties)] if properties else []
    return el("w:r", None, *head, *text_pieces(text))


def text_pieces(text: str) -> list[Element]:
    """What a run holds to print `text`, spaces kept."""
    pieces: list[Element] = []
    for number, line in enumerate(visible(text).split("\n")):
        if number:
            pieces.append(el("w:br"))
        for place, words in enumerate(line.split("\t")):
            if place:
                pieces.append(el("w:tab"))
            if words:
                piece = el("w:t", {"xml:space": "preserve"} if words != words.strip() or "  " in words else None)
                piece.text = words
                pieces.append(piece)
    return pieces
