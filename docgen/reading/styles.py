"""What the styles and lists of a document are called: names as Word has them in English, in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from docgen.reading.package import Package, qname

__all__ = ["ListPlace", "Styles", "read_styles"]

_VAL = qname("w:val")


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a paragraph stands in lists: level from 0, whether it is numbered, and in which numbering it counts.

    A `definition` counts on through all numberings made from it, except through one that `restarts`.
    """

    level: int
    numbered: bool
    numbering: str
    start: int
    definition: str = ""
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Styles:
    """Styles by id and list definitions of one document; `hide` says that one of them hides words."""

    names: Mapping[str, str]
    parents: Mapping[str, str]
    numbering: Mapping[str, tuple[str, int]]
    levels: Mapping[tuple[str, int], tuple[str, int]]
    starts: Mapping[tuple[str, int], int]
    definitions: Mapping[str, str]
    hide: bool
    _known: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    def paragraph(self, paragraph: etree._Element) -> str:
        """The name of a paragraph's style; ``normal`` when it names none."""
        element = paragraph.find(f"{qname('w:pPr')}/{qname('w:pStyle')}")
        return self.names.get(_value(element), "normal") if element is not None else "normal"

    def known(self, style: str, among: frozenset[str]) -> str:
        """The first of a style's name and those it is based on that is `among` these, or ``""``.

        Word makes styles of its own from ours, such as "Body Text + Bold" or "Body Text Char".
        """
        if (style, among) not in self._known:
            self._known[style, among] = self._inherited(style, among)
        return self._known[style, among]

    def _inherited(self, style: str, among: frozenset[str]) -> str:
        current = next((style_id for style_id, name in self.names.items() if name == style), "")
        for _ in range(12):  # a style based on itself must not hold up the reader
            if self.names.get(current, style) in among:
                return self.names.get(current, style)
            current = self.parents.get(current, "")
            if not current:
                return ""
        return ""

    def character(self, run_properties: etree._Element | None) -> str:
        """The name of a run's style, or ``""``."""
        element = run_properties.find(qname("w:rStyle")) if run_properties is not None else None
        return self.names.get(_value(element), "") if element is not None else ""

    def list_place(self, paragraph: etree._Element) -> ListPlace | None:
        """Where the paragraph stands in lists by its own numbering or that of its style; None outside of lists."""
        own = paragraph.find(f"{qname('w:pPr')}/{qname('w:numPr')}")
        number, level = "", 0
        if own is not None:
            number = _value(own.find(qname("w:numId")))
            level = _int(_value(own.find(qname("w:ilvl"))))
            if number == "0":  # taken out of the list that its style puts it into
                return None
        style = paragraph.find(f"{qname('w:pPr')}/{qname('w:pStyle')}")
        by_style = self._by_style(_value(style)) if style is not None else None
        if not number and by_style is None:
            return None
        if by_style is not None and own is None:
            number, level = by_style
        elif by_style is not None and not number:
            number = by_style[0]
        form, start = self.levels.get((number, level), ("bullet", 1))
        if form == "none":
            return None
        restarts = (number, level) in self.starts
        start = self.starts.get((number, level), start)
        return ListPlace(level, form != "bullet", number, start, self.definitions.get(number, ""), restarts)

    def _by_style(self, style: str) -> tuple[str, int] | None:
        for _ in range(12):
            if style in self.numbering:
                return self.numbering[style] if self.numbering[style][0] != "0" else None
            style = self.parents.get(style, "")
            if not style:
                return None
        return None


def read_styles(package: Package) -> Styles:
    """The styles and numberings of the document; without such parts there are none."""
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    numbering: dict[str, tuple[str, int]] = {}
    part = package.related("styles")
    root = package.xml(part) if part else None
    for style in root.iter(qname("w:style")) if root is not None else ():
        style_id = str(style.get(qname("w:styleId"), ""))
        names[style_id] = _value(style.find(qname("w:name"))).lower()
        parents[style_id] = _value(style.find(qname("w:basedOn")))
        own = style.find(f"{qname('w:pPr')}/{qname('w:numPr')}")
        if own is not None and (number := _value(own.find(qname("w:numId")))):
            numbering[style_id] = (number, _int(_value(own.find(qname("w:ilvl")))))
    hide = root is not None and any(
        str(mark.get(_VAL, "")).lower() not in ("0", "false", "off") for mark in root.iter(qname("w:vanish"))
    )
    return Styles(names, parents, numbering, *_levels(package), hide)


def _levels(
    package: Package,
) -> tuple[dict[tuple[str, int], tuple[str, int]], dict[tuple[str, int], int], dict[str, str]]:
    part = package.related("numbering")
    root = package.xml(part) if part else None
    levels: dict[tuple[str, int], tuple[str, int]] = {}
    starts: dict[tuple[str, int], int] = {}
    definitions: dict[str, str] = {}
    if root is None:
        return levels, starts, definitions
    abstract = {
        str(one.get(qname("w:abstractNumId"), "")): {
            _int(str(level.get(qname("w:ilvl"), ""))): (
                _value(level.find(qname("w:numFmt"))) or "decimal",
                _int(_value(level.find(qname("w:start"))) or "1"),
            )
            for level in one.iter(qname("w:lvl"))
        }
        for one in root.iter(qname("w:abstractNum"))
    }
    for number in root.iter(qname("w:num")):
        name = str(number.get(qname("w:numId"), ""))
        definitions[name] = _value(number.find(qname("w:abstractNumId")))
        for level, said in abstract.get(definitions[name], {}).items():
            levels[name, level] = said
        for override in number.iter(qname("w:lvlOverride")):
            level = _int(str(override.get(qname("w:ilvl"), "")))
            start = override.find(qname("w:startOverride"))
            if start is not None:
                starts[name, level] = _int(_value(start) or "1")
            form = override.find(f"{qname('w:lvl')}/{qname('w:numFmt')}")
            if form is not None:
                levels[name, level] = (_value(form), levels.get((name, level), ("", 1))[1])
    return levels, starts, definitions


def _value(element: etree._Element | None) -> str:
    return str(element.get(_VAL, "")) if element is not None else ""


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
