"""What each directive means: its parameters and what it holds, to one block of the tree.

=============  =========================  ==========================================================
directive      parameters                 means
=============  =========================  ==========================================================
``slot``       ``id kind lang optional``  blocks under a stable id
``missing``    ``status``                 the loud box; a status word, "not provided" by default
``note``       ``title``                  a box
``caveat``     ``title``                  a box with a warning
``requirement``                           what is asked for, set apart from what is answered
``summary``    ``title``                  the box of the first pages
``status``     ``word``                   a status word and one paragraph
``toc``        ``depth``                  the table of contents
``landscape``                             blocks on pages turned sideways
``table``      ``widths caption dense id``  options of the one table inside
``pagebreak``                             a new page
``lang``       ``is``                     blocks in another language
``prose``                                 Markdown that a person wrote; see `docgen.markdown`
=============  =========================  ==========================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from docgen.status import STATUS_WORDS
from docgen.tree import (
    Block,
    Callout,
    Contents,
    Landscape,
    Language,
    PageBreak,
    Paragraph,
    Requirement,
    Slot,
    StatusLine,
    Table,
)

__all__ = ["DIRECTIVES"]

_SLOT_ID = re.compile(r"[A-Za-z0-9._-]{1,60}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _wanted(value: str, allowed: tuple[str, ...], what: str) -> str:
    if value not in allowed:
        raise ValueError(f"{what} {value!r}, expected one of {', '.join(allowed)}")
    return value


def _language(value: str) -> str:
    if value and not _LANGUAGE.fullmatch(value):
        raise ValueError(f"language {value!r}, expected a tag such as en or de-AT")
    return value


def _slot(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:
    slot_id = parameters.get("id", "")
    if not _SLOT_ID.fullmatch(slot_id):
        raise ValueError(f"id {slot_id!r}, expected 1 to 60 letters, digits, . _ -")
    kind = _wanted(parameters.get("kind", ""), ("derived", "human", "attested"), "kind")
    language, optional = _language(parameters.get("lang", "")), "optional" in parameters
    return Slot(slot_id, kind, blocks, language, optional)  # type: ignore[arg-type]


def _callout(kind: str) -> Callable[[Mapping[str, str], tuple[Block, ...]], Block]:
    return lambda parameters, blocks: Callout(kind, parameters.get("title", ""), blocks)  # type: ignore[arg-type]


def _missing(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:
    word = _wanted(parameters.get("status", "not provided"), STATUS_WORDS, "status")
    return Callout("missing", word, blocks)


def _status(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:
    word = _wanted(parameters.get("word", ""), STATUS_WORDS, "word")
    if len(blocks) > 1 or (blocks and not isinstance(blocks[0], Paragraph)):
        raise ValueError("holds more than one paragraph")
    paragraph = blocks[0] if blocks else None
    return StatusLine(word, paragraph.children if isinstance(paragraph, Paragraph) else ())


def _table_options(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:
    table = blocks[0] if len(blocks) == 1 else None
    if not isinstance(table, Table):
        raise ValueError("holds something else than exactly one table")
    widths: tuple[float, ...] = ()
    if text := parameters.get("widths"):
        if not re.fullmatch(r"\d{1,3}(\.\d+)?(\s*,\s*\d{1,3}(\.\d+)?)*", text):
            raise ValueError(f"widths {text!r}, expected numbers such as 2,5,3")
        widths = tuple(float(part) for part in text.split(","))
        if len(widths) != len(table.align) or not all(widths):
            raise ValueError(f"{len(widths)} widths for {len(table.align)} columns, all above zero")
    caption, dense, table_id = parameters.get("caption", ""), "dense" in parameters, parameters.get("id", "")
    if table_id and not (caption and _SLOT_ID.fullmatch(table_id)):
        raise ValueError(f"id {table_id!r}, expected 1 to 60 letters, digits, . _ - of a table with a caption")
    return Table(table.header, table.rows, table.align, widths, caption, dense, table_id)


def _contents(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:
    _nothing_inside(blocks)
    return Contents(int(_wanted(parameters.get("depth", "3"), ("1", "2", "3", "4"), "depth")))


def _page_break(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:  # noqa: ARG001
    _nothing_inside(blocks)
    return PageBreak()


def _nothing_inside(blocks: tuple[Block, ...]) -> None:
    if blocks:
        raise ValueError("has nothing inside")


def _in_language(parameters: Mapping[str, str], blocks: tuple[Block, ...]) -> Block:
    if not parameters.get("is"):
        raise ValueError("says no language, expected is=de")
    return Language(_language(parameters["is"]), blocks)


_Make = Callable[[Mapping[str, str], tuple[Block, ...]], Block]
DIRECTIVES: Mapping[str, tuple[tuple[str, ...], _Make]] = MappingProxyType(
    {
        "slot": (("id", "kind", "lang", "optional"), _slot),
        "missing": (("status",), _missing),
        "note": (("title",), _callout("note")),
        "caveat": (("title",), _callout("caveat")),
        "summary": (("title",), _callout("summary")),
        "requirement": ((), lambda _, blocks: Requirement(blocks)),
        "status": (("word",), _status),
        "toc": (("depth",), _contents),
        "landscape": ((), lambda _, blocks: Landscape(blocks)),
        "table": (("widths", "caption", "dense", "id"), _table_options),
        "pagebreak": ((), _page_break),
        "lang": (("is",), _in_language),
    }
)
