"""The cover: what this document is, in which state, and what it was made from."""

from __future__ import annotations

from docgen.controlblock import control_rows, state_line, subject_line
from docgen.word.draft import Draft
from docgen.word.oxml import Element, paragraph, run
from docgen.word.tables import facts_table

__all__ = ["cover"]


def cover(draft: Draft) -> list[Element]:
    """Title, marking and state, the document control block, the notice."""
    info, labels = draft.info, draft.labels
    lines = [
        ("Cover Organisation", info.organisation),
        ("Title", info.title),
        ("Subtitle", info.subtitle),
        ("Cover Subject", subject_line(info)),
        ("Marking", state_line(info, labels)),
        ("Control Heading", labels["control"]),
    ]
    # The first line carries the bar at the top of the page, whether or not an organisation is known.
    made = [paragraph(draft.style(style), run(text)) for style, text in lines if text or style == lines[0][0]]
    made.append(facts_table(draft, [(name, [run(text)]) for name, text in control_rows(info, labels)]))
    if info.notice:
        made.append(paragraph(draft.style("Cover Notice"), run(info.notice)))
    return made
