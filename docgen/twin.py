"""The machine-readable twin of a document: the same content as JSON, from the same tree as the Word file.

UTF-8, two spaces of indent, one newline at the end, members in this order::

    format            "aims-document-v1"
    document          id, title, subtitle, number, version, language, state
    about             system, name, version
    law               [title, version, as_of]
    ledger            origin, size, root
    made_by           pack, pack_version, tool_version
    content_digest    hex SHA-256, the same as the Word file's (`docgen.digest`)
    sections          [id, title, level, content]

`content` lists the blocks under a heading in reading order, up to the next one: ``{"text"}``, ``{"list"}`` (of
items, each a list of blocks), ``{"fields": [{"label", "value"}]}`` for a fact sheet, ``{"table": {"caption",
"header", "rows"}}``, ``{"label", "note"}``, ``{"requirement"}`` and ``{"status", "text"}``.  Texts, values and
cells carry ``entries``, the indexes of the entries they cite, when they cite any.  Version 2 will say
``aims-document-v2``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from docgen.info import DocumentInfo
from docgen.tree import (
    Anchor,
    Block,
    Body,
    Callout,
    Cite,
    CodeBlock,
    Heading,
    Inline,
    ListBlock,
    Paragraph,
    Requirement,
    StatusLine,
    Table,
    blocks_in,
    plain_text,
    walk_inlines,
)

__all__ = ["FORMAT", "write_twin"]

FORMAT: Final = "aims-document-v1"


def write_twin(body: Body, info: DocumentInfo, document: str, content_digest: str) -> bytes:
    """The JSON file that says what the Word file of the same body and info says."""
    value = {
        "format": FORMAT,
        "document": {
            "id": document,
            "title": info.title,
            "subtitle": info.subtitle,
            "number": info.number,
            "version": info.version,
            "language": info.language,
            "state": info.state,
        },
        "about": {"system": info.subject, "name": info.subject_name, "version": info.subject_version},
        "law": [{"title": line.title, "version": line.version, "as_of": line.as_of} for line in info.basis],
        "ledger": {"origin": info.origin, "size": info.checkpoint_size, "root": info.checkpoint_root.hex()},
        "made_by": {"pack": info.pack, "pack_version": info.pack_version, "tool_version": info.tool_version},
        "content_digest": content_digest,
        "sections": _sections(body),
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _sections(body: Body) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = [{"id": "", "title": "", "level": 0, "content": []}]
    for block in _flat(body.blocks):
        if isinstance(block, Heading):
            title = plain_text(block.children).strip()
            sections.append({"id": block.id, "title": title, "level": block.level, "content": []})
        else:
            sections[-1]["content"].extend(_block(block))
    return [section for section in sections if section["title"] or section["content"]]


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks in reading order; those that only hold others, such as slots, give way to what they hold."""
    for block in blocks:
        if isinstance(block, Heading | Paragraph | Table | ListBlock | Callout | CodeBlock | StatusLine | Requirement):
            yield block
        else:
            yield from _flat(blocks_in(block))


def _block(block: Block) -> Iterator[dict[str, Any]]:
    match block:
        case Paragraph():
            yield _said("text", block.children)
        case StatusLine():
            yield {"status": block.word} | _said("text", block.children)
        case CodeBlock():
            yield {"text": block.text}
        case ListBlock():
            yield {"list": [_blocks(item) for item in block.items]}
        case Callout():
            yield {"label": block.label, "note": _blocks(block.blocks)}
        case Requirement():
            yield {"requirement": _blocks(block.blocks)}
        case Table():
            yield _table(block)


def _blocks(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    return [inner for block in _flat(blocks) for inner in _block(block)]


def _table(table: Table) -> dict[str, Any]:
    header = [plain_text(cell).strip() for cell in table.header]
    if len(table.align) == 2 and not any(header):
        return {"fields": [{"label": plain_text(label).strip()} | _said("value", value) for label, value in table.rows]}
    rows = [[_said("text", cell) for cell in row] for row in table.rows]
    return {"table": {"caption": table.caption, "header": header, "rows": rows}}


def _said(name: str, inlines: tuple[Inline, ...]) -> dict[str, Any]:
    """The text under `name`, without its citations, and the entries that these name."""
    entries = [one.index for one in walk_inlines((Paragraph(inlines),)) if isinstance(one, Cite | Anchor)]
    spoken = plain_text(tuple(one for one in inlines if not isinstance(one, Cite)))
    return {name: spoken.strip()} | ({"entries": entries} if entries else {})
