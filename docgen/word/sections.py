"""Sections: pages upright or turned, their headers and footers."""

from __future__ import annotations

from copy import deepcopy

from docx.opc.part import Part

from docgen.controlblock import state_line
from docgen.word.draft import Draft
from docgen.word.fields import field
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.watermark import watermark

__all__ = ["Sections"]

_References = tuple[tuple[str, str], ...]


class Sections:
    """Section properties, sharing one header and footer for upright pages, one for turned ones, one for the cover.

    A template's own header and footer, with its logo, stand on every page, above and below ours; the
    cover has those of its first page if it has such.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._upright = self._furniture("Header Line", "Footer Line")
        self._turned = self._furniture("Header Line Wide", "Footer Line Wide")
        self._cover = self._cover_furniture()

    def cover(self) -> Element:
        """The cover's section: no words of ours in header or footer."""
        return self._properties(self._cover, turned=False)

    def text(self, *, turned: bool) -> Element:
        """A section with header and footer."""
        return self._properties(self._turned if turned else self._upright, turned=turned)

    def _furniture(self, header_style: str, footer_style: str) -> _References:
        draft, own = self._draft, self._draft.ground.furniture
        line = header_line(draft, header_style)
        line.extend(watermark(draft))
        foot = footer_line(draft, footer_style, numbered=not _has_page_number(own.get("footer")))
        return (
            self._part("header", own.get("header"), [], [line]),
            self._part("footer", own.get("footer"), [foot], []),
        )

    def _cover_furniture(self) -> _References:
        draft, own = self._draft, self._draft.ground.furniture
        mark = paragraph(draft.style("Section End"), *watermark(draft))
        header = self._part("header", own.get("first-header", own.get("header")), [], [mark])
        footer = own.get("first-footer", own.get("footer"))
        return (header, self._part("footer", footer, [], [])) if footer is not None else (header,)

    def _part(self, kind: str, source: Part | None, before: list[Element], after: list[Element]) -> tuple[str, str]:
        """A new header or footer: what the template has in its own, ours before or after it."""
        add = self._draft.part.add_header_part if kind == "header" else self._draft.part.add_footer_part
        part, relation = add()  # type: ignore[no-untyped-call]
        element = part.element
        for child in list(element):
            element.remove(child)
        element.extend(before)
        if source is not None:
            element.extend(deepcopy(child) for child in source.element)  # type: ignore[attr-defined]
            for drawn in element.iter(el("wp:docPr").tag):
                drawn.set("id", str(self._draft.count("drawing")))
            for rel in source.rels.values():
                target = rel.target_ref if rel.is_external else rel.target_part
                part.rels.add_relationship(rel.reltype, target, rel.rId, rel.is_external)
        element.extend(after)
        return f"w:{kind}Reference", relation

    def _properties(self, furniture: _References, *, turned: bool) -> Element:
        page = self._draft.ground.page
        sides = (page.long, page.short) if turned else (page.short, page.long)
        size = {"w:w": str(sides[0]), "w:h": str(sides[1])}
        if turned:
            size["w:orient"] = "landscape"
        margins = {
            "w:top": str(page.top),
            "w:right": str(page.right),
            "w:bottom": str(page.bottom),
            "w:left": str(page.left),
            "w:header": str(page.header),
            "w:footer": str(page.footer),
            "w:gutter": "0",
        }
        return el(
            "w:sectPr",
            None,
            *(el(tag, {"w:type": "default", "r:id": relation}) for tag, relation in furniture),
            el("w:type", {"w:val": "nextPage"}),
            el("w:pgSz", size),
            el("w:pgMar", margins),
            el("w:cols", {"w:space": "708"}),
        )


def header_line(draft: Draft, style: str) -> Element:
    """Title and number on the left; marking and state on the right, on every page but the cover."""
    info = draft.info
    left = " · ".join(part for part in (info.title, info.number) if part)
    marking = run(_flat(state_line(info, draft.labels)), draft.style("Header Marking"))
    return paragraph(draft.style(style), run(f"{_flat(left)}\t"), marking)


def footer_line(draft: Draft, style: str, *, numbered: bool = True) -> Element:
    """Classification and checkpoint on the left, the page on the right unless the template numbers pages."""
    info, labels = draft.info, draft.labels
    left = f"{_flat(info.classification)} · {labels['checkpoint']} {info.checkpoint_short}"
    if not numbered:
        return paragraph(draft.style(style), run(left))
    before, _, rest = labels["page"].partition("{page}")
    between, _, after = rest.partition("{pages}")
    page = [*field("PAGE", "1"), run(between), *field("NUMPAGES", "1")]
    return paragraph(draft.style(style), run(f"{left}\t{before}"), *page, *([run(after)] if after else []))


def _flat(text: str) -> str:
    """A line has room for one tab, the one that moves to its right end."""
    return " ".join(text.split())


def _has_page_number(footer: Part | None) -> bool:
    if footer is None:
        return False
    element: Element = footer.element  # type: ignore[attr-defined]
    codes = [code.text or "" for code in element.iter(el("w:instrText").tag)]
    codes += [code.get(el("w:instr").tag) or "" for code in element.iter(el("w:fldSimple").tag)]
    return any("PAGE" in code.split() for code in codes)
