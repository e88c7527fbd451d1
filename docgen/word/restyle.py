"""A checked template made ready: its text taken out, the styles and numberings it lacks put in.

What a document may not inherit goes: text, comments, notes, tracked changes, links to other
templates, protection, signatures, and every part that only these led to.
"""

from __future__ import annotations

import io
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.parts.numbering import NumberingPart

from docgen.word.base import APP_PROPERTIES, numbering_xml
from docgen.word.ground import Ground
from docgen.word.looks import A4, Page
from docgen.word.oxml import Element, el
from docgen.word.styles import (
    LOOKS,
    STYLE_NAMES,
    StyleContext,
    style_id,
    style_xml,
    table_styles,
)
from docgen.word.template import CheckedTemplate, style_elements, style_kinds

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["template_ground"]

_NEAREST = 340  # twips that header and footer keep from the edge of the paper
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_KEPT_PARTS = frozenset(
    {"styles", "numbering", "settings", "webSettings", "fontTable", "theme", "customXml"}
)  # what the main part may go on leading to, by the last word of the relationship's type
_KEPT_PACKAGE = frozenset(
    {"officeDocument", "core-properties", "extended-properties", "custom-properties", "classificationlabels"}
)
_DROPPED_SETTINGS = (
    "attachedTemplate", "updateFields", "trackRevisions", "documentProtection", "writeProtection", "mailMerge",
    "evenAndOddHeaders", "footnotePr", "endnotePr", "linkStyles", "revisionView", "rsids",
)  # fmt: skip


def template_ground(template: CheckedTemplate, language: str) -> Ground:
    """An empty document with the template's looks, its text in `language`."""
    document = docx.Document(io.BytesIO(template.data))
    furniture, page = _furniture(document), _page(document)
    _empty(document)
    _clean_settings(document, language)
    bullets, numbers, abstract = _add_numberings(document)
    ids = _add_styles(document, page, (bullets, numbers))
    _set_language(document, language)
    return Ground(document, ids, page, str(abstract), numbers, furniture, template.digest)


def _last_section(document: Document) -> Element | None:
    section: Element | None = document.element.body.find(el("w:sectPr").tag)
    return section


def _furniture(document: Document) -> MappingProxyType[str, Part]:
    """The headers and footers of the template's last section by kind; first pages where it sets them apart."""
    section, parts = _last_section(document), {}
    if section is not None:
        titled = section.find(el("w:titlePg").tag) is not None
        for kind in ("header", "footer"):
            for reference in section.findall(el(f"w:{kind}Reference").tag):
                page = reference.get(el("w:type").tag)
                part = document.part.related_parts[reference.get(el("r:id").tag)]
                if page == "default":
                    parts[kind] = part
                elif page == "first" and titled:
                    parts[f"first-{kind}"] = part
    return MappingProxyType(parts)


def _page(document: Document) -> Page:
    """The template's page, held upright; A4 where it says nothing usable."""
    section = _last_section(document)
    size = section.find(el("w:pgSz").tag) if section is not None else None
    margins = section.find(el("w:pgMar").tag) if section is not None else None

    def twips(element: Element | None, name: str, otherwise: int) -> int:
        text = (element.get(el(f"w:{name}").tag) or "") if element is not None else ""
        return int(text) if text.isascii() and text.isdigit() else otherwise

    sides = sorted((twips(size, "w", A4.short), twips(size, "h", A4.long)))
    names = ("left", "right", "top", "bottom", "header", "footer")
    page = Page(*sides, *(twips(margins, name, getattr(A4, name)) for name in names))
    # A template without header or footer may have them at the very edge of the paper.
    page = replace(page, header=max(page.header, _NEAREST), footer=max(page.footer, _NEAREST))
    return page if page.width() > page.short // 3 else A4


def _empty(document: Document) -> None:
    """Without text, and without what only text led to."""
    body = document.element.body
    for child in list(body):
        body.remove(child)
    part, package = document.part, document.part.package
    for relations, kept in ((part.rels, _KEPT_PARTS), (package.rels, _KEPT_PACKAGE)):
        for key, relation in list(relations.items()):
            if relation.reltype.rpartition("/")[2] not in kept:
                del relations[key]
    for relation in package.rels.values():
        if relation.reltype.endswith("/extended-properties"):
            relation.target_part._blob = APP_PROPERTIES.encode()


def _clean_settings(document: Document, language: str) -> None:
    settings = document.settings.element
    for name in _DROPPED_SETTINGS:
        for found in settings.findall(el(f"w:{name}").tag):
            settings.remove(found)
    for found in settings.findall(el("w:themeFontLang").tag):
        found.set(el("w:val").tag, language)
    rels = document.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS).rels
    for key, relation in list(rels.items()):
        if relation.is_external:
            del rels[key]


def _add_numberings(document: Document) -> tuple[int, int, int]:
    """The ids of our numberings for bullets and numbers, and of the abstract definition of the latter."""
    part = document.part
    ours = parse_xml(numbering_xml().encode())
    if not any(relation.reltype == RELATIONSHIP_TYPE.NUMBERING for relation in part.rels.values()):
        name = PackURI("/word/numbering.xml")
        part.relate_to(NumberingPart(name, CONTENT_TYPE.WML_NUMBERING, ours, part.package), RELATIONSHIP_TYPE.NUMBERING)
        return 1, 2, 1
    theirs = part.numbering_part.element
    for dropped in theirs.findall(el("w:numIdMacAtCleanup").tag):
        theirs.remove(dropped)
    abstracts, numbers = theirs.findall(el("w:abstractNum").tag), theirs.findall(el("w:num").tag)
    abstract = 1 + max((int(one.get(el("w:abstractNumId").tag) or 0) for one in abstracts), default=-1)
    number = 1 + max((int(one.get(el("w:numId").tag) or 0) for one in numbers), default=0)
    place = theirs.index(abstracts[-1]) + 1 if abstracts else 0
    for offset, one in enumerate(ours.findall(el("w:abstractNum").tag)):
        one.set(el("w:abstractNumId").tag, str(abstract + offset))
        for level in one.iter(el("w:lvl").tag):
            for linked in level.findall(el("w:pStyle").tag):  # the template may link the style itself
                level.remove(linked)
        theirs.insert(place + offset, one)
    for offset in range(2):
        definition = el("w:abstractNumId", {"w:val": str(abstract + offset)})
        theirs.append(el("w:num", {"w:numId": str(number + offset)}, definition))
    return number, number + 1, abstract + 1


def _add_styles(document: Document, page: Page, numberings: tuple[int, int]) -> MappingProxyType[str, str]:
    """The ids of all our styles, those that the template lacks added to it."""
    theirs, kinds, styles = style_elements(document), style_kinds(), document.styles.element
    key = el("w:styleId").tag
    taken = {str(style.get(key)).lower() for style in styles.iter(el("w:style").tag)}
    ids: dict[str, str] = {}
    for name in STYLE_NAMES:
        found = theirs.get(name.lower(), {}).get(kinds[name])
        if found is not None:
            ids[name] = str(found.get(key))
        else:
            own = style_id(name)
            ids[name] = own if own.lower() not in taken else f"Aims{own}"
    context = StyleContext(
        {
            **ids,
            "Default Paragraph Font": _default(styles, "character", ids["Normal"]),
            "Table Normal": _default(styles, "table", ""),
        },
        page,
        numberings,
        _tab_stops(theirs, page),
    )
    present = {name for name in STYLE_NAMES if kinds[name] in theirs.get(name.lower(), {})}
    made = [style_xml(look, context, _W) for look in LOOKS if look.name not in present]
    made += [xml for name, xml in table_styles(context, _W).items() if name not in present]
    for xml in made:
        element = parse_xml(xml)
        for based in element.findall(el("w:basedOn").tag):
            if not based.get(el("w:val").tag):
                element.remove(based)
        styles.append(element)
    return MappingProxyType(ids)


def _default(styles: Element, kind: str, otherwise: str) -> str:
    """The id of the template's default style of a type."""
    for style in styles.iter(el("w:style").tag):
        if style.get(el("w:type").tag) == kind and style.get(el("w:default").tag) in ("1", "true", "on"):
            return str(style.get(el("w:styleId").tag))
    return "" if kind == "character" else otherwise


def _tab_stops(theirs: dict[str, dict[str, Element]], page: Page) -> tuple[int, ...]:
    """Where the template's header and footer styles have tab stops, other than the one we set."""
    stops = set()
    for name in ("header", "footer"):
        style = theirs.get(name, {}).get("paragraph")
        for tab in style.iter(el("w:tab").tag) if style is not None else ():
            text = tab.get(el("w:pos").tag) or ""
            if text.lstrip("-").isdigit():
                stops.add(int(text))
    return tuple(sorted(stops - {page.width(), page.width(turned=True)}))


def _set_language(document: Document, language: str) -> None:
    """All text in `language`, whatever language the template's styles were written for."""
    styles = document.styles.element
    for properties in styles.iter(el("w:rPr").tag):
        for lang in properties.findall(el("w:lang").tag):
            properties.remove(lang)
    defaults = styles.find(el("w:docDefaults").tag)
    if defaults is None:
        defaults = el("w:docDefaults")
        styles.insert(0, defaults)
    holder = defaults.find(el("w:rPrDefault").tag)
    if holder is None:
        holder = el("w:rPrDefault")
        defaults.insert(0, holder)
    properties = holder.find(el("w:rPr").tag)
    if properties is None:
        properties = el("w:rPr")
        holder.append(properties)
    properties.append(el("w:lang", {"w:val": language}))
