"""The custom XML part in which a document carries what it was made from.

::

    <document xmlns="urn:aims-ledger:document:1">BASE64</document>

`docgen.word.wrapped` says how it is wrapped and found.  Nothing here proves anything by itself:
whoever edits the file can edit this too.
Members: ``v`` = 1, ``ledger``, ``checkpoint`` {size, root, time}, ``pack`` {id, version}, ``tool``,
``template`` (SHA-256 of the file that restyled it, or empty),
``document`` {id, number, title, version, language, state, marking, subject, subject_version, audience,
item},
``known_at`` (empty or RFC 3339), ``approvals`` and ``cited`` ([index, leaf hash] of each approval, and of
each entry cited anywhere), ``content_digest``,
``blocks`` (the lines that it hashes, `docgen.digest.content_lines`), ``pictures`` ([digest of what it
shows, SHA-256 of the file embedded] of each picture shown, sorted: for a drawing these differ), and
``slots``, in reading order: ``n`` (of the bookmarks ``_aims_<n>_s``), ``id``,
``kind``, ``lang``, ``text_digest`` (`docgen.digest`) and ``entries``, the ``[index, leaf hash]`` of
each entry cited inside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from docgen.digest import digest_of, slot_text, text_digest
from docgen.tree import Block, Body, Cite, Figure, InlineSlot, Slot, inlines_in, walk, walk_inlines
from docgen.word.draft import Draft
from docgen.word.wrapped import add_part, find_one, find_root, read_payload, wrap

__all__ = ["NAMESPACE", "add_carrier", "find_carrier", "format_carrier", "parse_carrier"]

NAMESPACE = "urn:aims-ledger:document:1"
_STORE_ID = "{3B6F8C1E-52E4-5D0A-9C57-A1A55EDD0C01}"  # names the kind of part, the same in all our files


def add_carrier(draft: Draft, lines: tuple[str, ...]) -> None:
    """Put the part into the document's package; `lines` are those of its content digest."""
    add_part(draft, 1, format_carrier(_payload(draft, lines)), NAMESPACE, _STORE_ID)


def format_carrier(payload: Mapping[str, Any]) -> bytes:
    """The bytes of the part."""
    return wrap(NAMESPACE, "document", payload)


def parse_carrier(part: bytes) -> dict[str, Any] | None:
    """The payload, or None if the part is not ours.

    Raises:
        DocgenError: it has our namespace, but not what we would write into it.
    """
    root = find_root(part, NAMESPACE, "document")
    return None if root is None else read_payload(root, NAMESPACE)


def find_carrier(document: bytes) -> dict[str, Any] | None:
    """The payload that a .docx file carries, or None.

    Raises:
        DocgenError: the bytes are no Word file, or the part is damaged, too large or there twice.
    """
    found = find_one(document, NAMESPACE, parse_carrier)
    return found[1] if found else None


def _payload(draft: Draft, lines: tuple[str, ...]) -> dict[str, Any]:
    info = draft.info
    return {
        "v": 1,
        "ledger": info.origin,
        "checkpoint": {
            "size": info.checkpoint_size,
            "root": info.checkpoint_root.hex(),
            "time": info.checkpoint_time,
        },
        "pack": {"id": info.pack, "version": info.pack_version},
        "tool": info.tool_version,
        "template": draft.ground.digest,
        "document": {
            "id": info.id,
            "number": info.number,
            "title": info.title,
            "version": info.version,
            "language": info.language,
            "state": info.state,
            "marking": info.marking,
            "subject": info.subject,
            "subject_version": info.subject_version,
            "audience": info.audience,
            "item": info.item,
        },
        "known_at": info.known_at,
        "cited": _cited(draft.body.blocks),
        "approvals": [[approval.index, approval.leaf_hash] for approval in info.approvals],
        "content_digest": digest_of(lines),
        "blocks": list(lines),
        "pictures": _pictures(draft),
        "slots": [_slot(draft, number, slot) for number, slot in enumerate(_slots(draft.body), 1)],
    }


def _pictures(draft: Draft) -> list[list[str]]:
    shown = {block.key for block in walk(draft.body.blocks) if isinstance(block, Figure)}
    files = (draft.pictures[key] for key in shown)
    return [list(pair) for pair in sorted({(file.digest, hashlib.sha256(file.data).hexdigest()) for file in files})]


def _slots(body: Body) -> Iterator[Slot | InlineSlot]:
    """Slots in the order in which the writer numbers them: reading order."""
    for block in walk(body.blocks):
        if isinstance(block, Slot):
            yield block
        for inline in walk_inlines((block,)) if inlines_in(block) else ():
            if isinstance(inline, InlineSlot):
                yield inline


def _slot(draft: Draft, number: int, slot: Slot | InlineSlot) -> dict[str, Any]:
    return {
        "n": number,
        "id": slot.id,
        "kind": slot.kind,
        "lang": (slot.lang if isinstance(slot, Slot) else "") or draft.info.language,
        "text_digest": text_digest(slot_text(slot)),
        "entries": _cited(slot.blocks if isinstance(slot, Slot) else ()),
    }


def _cited(blocks: tuple[Block, ...]) -> list[list[Any]]:
    """[index, leaf hash] of each entry cited in the blocks, by index."""
    cited = {inline.index: inline.leaf_hash for inline in walk_inlines(blocks) if isinstance(inline, Cite)}
    return [[index, cited[index]] for index in sorted(cited)]
