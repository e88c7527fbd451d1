"""Sections: A4 upright or turned, their headers and footers."""

from __future__ import annotations

from docgen.word.draft import Draft
from docgen.word.fields import field
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.watermark import watermark

__all__ = ["Sections"]

_SHORT, _LONG, _SIDE, _TOP, _BOTTOM, _EDGE = 11906, 16838, 1247, 1474, 1304, 624  # twips


class Sections:
    """Section properties, sharing one header and footer for upright pages and one for turned ones."""

    def __init__(self, draft: Draft) -> None:
        self._upright = self._furniture(draft, "header", "footer")
        self._turned = self._furniture(draft, "Header Wide", "Footer Wide")
        header, header_id = draft.part.add_header_part()  # type: ignore[no-untyped-call]
        _fill(header.element, paragraph(draft.style("Section End"), *watermark(draft)))
        self._cover = (("w:headerReference", header_id),)

    def cover(self) -> Element:
        """The cover's section: no words in header or footer."""
        return _properties(self._cover, turned=False)

    def text(self, *, turned: bool) -> Element:
        """A section with header and footer."""
        return _properties(self._turned if turned else self._upright, turned=turned)

    def _furniture(self, draft: Draft, header_style: str, footer_style: str) -> tuple[tuple[str, str], ...]:
        header, header_id = draft.part.add_header_part()  # type: ignore[no-untyped-call]
        line = header_line(draft, header_style)
        line.extend(watermark(draft))
        _fill(header.element, line)
        footer, footer_id = draft.part.add_footer_part()  # type: ignore[no-untyped-call]
        _fill(footer.element, footer_line(draft, footer_style))
        return (("w:headerReference", header_id), ("w:footerReference", footer_id))


def header_line(draft: Draft, style: str) -> Element:
    """Title and number on the left; marking and state on the right, on every page but the cover."""
    info = draft.info
    left = " · ".join(part for part in (info.title, info.number) if part)
    marking = run(_flat(state_line(draft)), draft.style("Header Marking"))
    return paragraph(draft.style(style), run(f"{_flat(left)}\t"), marking)


def footer_line(draft: Draft, style: str) -> Element:
    """Classification and checkpoint on the left, the page on the right."""
    info, labels = draft.info, draft.labels
    left = f"{_flat(info.classification)} · {labels['checkpoint']} {info.checkpoint_short}"
    before, _, rest = labels["page"].partition("{page}")
    between, _, after = rest.partition("{pages}")
    page = [*field("PAGE", "1"), run(between), *field("NUMPAGES", "1")]
    return paragraph(draft.style(style), run(f"{left}\t{before}"), *page, *([run(after)] if after else []))


def state_line(draft: Draft) -> str:
    """Marking and state in one line: ``EXAMPLE · DRAFT``."""
    parts = (draft.info.marking, draft.labels[f"state.{draft.info.state}"])
    return " · ".join(part.upper() for part in parts if part)


def _flat(text: str) -> str:
    """A line has room for one tab, the one that moves to its right end."""
    return " ".join(text.split())


def _fill(element: Element, line: Element) -> None:
    for child in list(element):
        element.remove(child)
    element.append(line)


def _properties(furniture: tuple[tuple[str, str], ...], *, turned: bool) -> Element:
    size = {"w:w": str(_LONG if turned else _SHORT), "w:h": str(_SHORT if turned else _LONG)}
    if turned:
        size["w:orient"] = "landscape"
    margins = {
        "w:top": str(_TOP),
        "w:right": str(_SIDE),
        "w:bottom": str(_BOTTOM),
        "w:left": str(_SIDE),
        "w:header": str(_EDGE),
        "w:footer": str(_EDGE),
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
