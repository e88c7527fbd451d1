"""Three texts of one slot, what comes of them: as it was built, as the file has it, as the ledger has it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from docgen.markdown import parse_prose
from docgen.reading import to_markdown

__all__ = ["Outcome", "Texts", "merge_texts"]

Outcome: TypeAlias = Literal[
    "unchanged", "recorded", "cleared", "already there", "conflict", "vanished", "not kept", "unclear", "looks only"
]


@dataclass(frozen=True, slots=True)
class Texts:
    """The Markdown of a slot: `base` when the file was built, `file` now in the file, `current` in the ledger."""

    base: str
    file: str
    current: str


def merge_texts(texts: Texts) -> Outcome:
    """What to do with a slot whose text changed in the file.

    The file's text is recorded unless the ledger's changed as well since the file was built, to something else.
    """
    current, file = one_form(texts.current), one_form(texts.file)
    if file == current:
        return "already there"
    if one_form(texts.base) != current:
        return "conflict"
    return "recorded" if file else "cleared"


def one_form(text: str) -> str:
    """Markdown that says the same as `text` in one way."""
    return to_markdown(parse_prose(text))
