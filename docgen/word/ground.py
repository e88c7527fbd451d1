"""What a document is written onto: an empty package, its page, and the ids its styles go by."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import docx

from docgen.word.base import base_document
from docgen.word.looks import A4, Page
from docgen.word.styles import STYLE_NAMES, style_id

if TYPE_CHECKING:
    from docx.document import Document
    from docx.opc.part import Part

__all__ = ["Ground", "own_ground"]


@dataclass(frozen=True, slots=True)
class Ground:
    """One build's package, to be written into, and what the writer needs to know about it.

    `style_ids` has the id of every name in `STYLE_NAMES`.  `numbered` is the id of the abstract
    definition of numbered lists, `last_number` the highest id of a numbering.  `furniture` holds a
    template's own headers and footers under ``header footer first-header first-footer``; `digest` is
    the hex SHA-256 of the template's file, empty without one.
    """

    document: Document
    style_ids: Mapping[str, str]
    page: Page = A4
    numbered: str = "1"
    last_number: int = 2
    furniture: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""


@cache
def _own_ids() -> Mapping[str, str]:
    return MappingProxyType({name: style_id(name) for name in STYLE_NAMES})


def own_ground(language: str) -> Ground:
    """An empty document with our own looks, its text in `language`."""
    return Ground(docx.Document(io.BytesIO(base_document(language))), _own_ids())
