"""The change history: which versions there were, and what each changed."""

from __future__ import annotations

from docgen.tree import Inline, Table, Text
from docgen.word.draft import Draft
from docgen.word.oxml import Element, paragraph, run
from docgen.word.tables import table

__all__ = ["change_history"]


def change_history(draft: Draft) -> list[Element]:
    """A heading and a table of the document's earlier steps, oldest first; nothing if it has none."""
    info, labels = draft.info, draft.labels
    if not info.history:
        return []
    columns = (labels["version"], labels["changed_on"], labels["state"], labels["change"], labels["changed_by"])
    rows = tuple(
        _cells(step.version, labels.formats.say_day(step.on), labels[f"state.{step.state}"], step.change, step.by)
        for step in info.history
    )
    shown = Table(_cells(*columns), rows, ("left", "left", "left", "left", "left"), widths=(1.2, 1.8, 1.8, 5, 2))
    return [paragraph(draft.style("Control Heading"), run(labels["history"])), *table(draft, shown)]


def _cells(*texts: str) -> tuple[tuple[Inline, ...], ...]:
    return tuple((Text(text),) for text in texts)
