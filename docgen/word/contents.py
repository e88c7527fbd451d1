"""The table of contents: complete when the file is written, so that nothing has to be updated."""

from __future__ import annotations

from docgen.tree import Contents, Heading, plain_text, walk
from docgen.word.draft import Draft
from docgen.word.fields import field, field_begin, field_end
from docgen.word.oxml import Element, el, paragraph, run

__all__ = ["contents"]


def contents(draft: Draft, block: Contents) -> list[Element]:
    """A TOC field whose result lists every heading down to the asked depth as a link to it.

    Page numbers need a layout, which a writer has not: without `draft.pages`, ``\\n`` leaves them out
    instead of guessing.
    """
    headings = [h for h in walk(draft.body.blocks) if isinstance(h, Heading) and h.level <= block.depth]
    if not headings:
        return []
    entries = [_entry(draft, heading) for heading in headings]
    unnumbered = "" if draft.pages else " \\n"
    opening = field_begin(f'TOC \\o "1-{block.depth}" \\h \\z{unnumbered}')
    for place, mark in enumerate(opening, 1):  # 0 is the paragraph's properties
        entries[0].insert(place, mark)
    entries[-1].append(field_end())
    return [paragraph(draft.style("TOC Heading"), run(draft.labels["contents"])), *entries]


def _entry(draft: Draft, heading: Heading) -> Element:
    words = run(" ".join(plain_text(heading.children).split()))
    bookmark = draft.heading_bookmarks[id(heading)]
    link = el("w:hyperlink", {"w:anchor": bookmark, "w:history": "1"}, words)
    if draft.pages:
        link.append(run("\t"))
        link.extend(field(f"PAGEREF {bookmark} \\h", str(draft.pages[bookmark])))
    return paragraph(draft.style(f"toc {heading.level}"), link)
