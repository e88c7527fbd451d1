"""The custom XML part in which a document carries what it was made from.

::

    <document xmlns="urn:aims-ledger:document:1">BASE64</document>

The Base64 is of RFC 8785 JSON, so that a program that writes the XML anew can't change a byte that
counts.  Office programs rename the part: it is found by its namespace.  Another layout gets another
namespace.  Nothing here proves anything by itself: whoever edits the file can edit this too.
Members: ``v`` = 1, ``ledger``, ``checkpoint`` {size, root, time}, ``pack`` {id, version}, ``tool``,
``document`` {id, number, title, version, language, state, marking, subject, subject_version, audience},
``known_at`` (empty or RFC 3339), ``approvals`` ([index, leaf hash] of each), ``content_digest``,
``blocks`` (the lines that it hashes, `docgen.digest.content_lines`), ``pictures`` ([digest of what it
shows, SHA-256 of the file embedded] of each picture shown, sorted: for a drawing these differ), and
``slots``, in reading order: ``n`` (of the bookmarks ``_aims_<n>_s``), ``id``,
``kind``, ``lang``, ``text_digest`` (`docgen.digest`) and ``entries``, the ``[index, leaf hash]`` of
each entry cited inside.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import rfc8785
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from docgen.digest import digest_of, slot_text, text_digest
from docgen.errors import DocgenError
from docgen.tree import Body, Cite, Figure, InlineSlot, Slot, inlines_in, walk, walk_inlines
from docgen.word.draft import Draft

__all__ = ["NAMESPACE", "add_carrier", "find_carrier", "format_carrier", "parse_carrier"]

NAMESPACE = "urn:aims-ledger:document:1"
_STORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_STORE_ID = "{3B6F8C1E-52E4-5D0A-9C57-A1A55EDD0C01}"  # names the kind of part, the same in all our files
_LARGEST = 16 * 1024 * 1024


def add_carrier(draft: Draft, lines: tuple[str, ...]) -> None:
    """Put the part into the document's package; `lines` are those of its content digest."""
    package = draft.part.package
    item = Part(PackURI("/customXml/item1.xml"), "application/xml", format_carrier(_payload(draft, lines)), package)
    properties = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<ds:datastoreItem xmlns:ds="{_STORE}" ds:itemID="{_STORE_ID}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    )
    name = PackURI("/customXml/itemProps1.xml")
    described = Part(name, CONTENT_TYPE.OFC_CUSTOM_XML_PROPERTIES, properties.encode(), package)
    item.relate_to(described, RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)
    draft.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)


def format_carrier(payload: Mapping[str, Any]) -> bytes:
    """The bytes of the part."""
    text = base64.b64encode(rfc8785.dumps(dict(payload))).decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document xmlns="{NAMESPACE}">{text}</document>\n'.encode()


def parse_carrier(part: bytes) -> dict[str, Any] | None:
    """The payload, or None if the part is not ours.

    Raises:
        DocgenError: it has our namespace, but not what we would write into it.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(part, parser)
    except etree.XMLSyntaxError:
        return None
    if root.tag != f"{{{NAMESPACE}}}document":
        return None
    try:
        raw = base64.b64decode("".join((root.text or "").split()), validate=True)
        payload = json.loads(raw)
        if not isinstance(payload, dict) or rfc8785.dumps(payload) != raw:
            raise ValueError("not canonical")
    except (binascii.Error, ValueError, RecursionError) as error:
        raise DocgenError(f"the part {NAMESPACE} of the document is damaged: {error}") from error
    if payload.get("v") != 1:
        raise DocgenError(f"the part {NAMESPACE} has version {payload.get('v')!r}, expected 1")
    return payload


def find_carrier(document: bytes) -> dict[str, Any] | None:
    """The payload that a .docx file carries, or None.

    Raises:
        DocgenError: the bytes are no Word file, or the part is damaged, too large or there twice.
    """
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            for member in archive.infolist():
                if not (member.filename.startswith("customXml/") and member.filename.endswith(".xml")):
                    continue
                if member.file_size > _LARGEST:
                    raise DocgenError(f"{member.filename}: {member.file_size} bytes, expected at most {_LARGEST}")
                if (payload := parse_carrier(archive.read(member))) is not None:
                    found.append(payload)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise DocgenError(f"not a Word file: {error}") from error
    if len(found) > 1:
        raise DocgenError(f"the document has {len(found)} parts {NAMESPACE}, expected one")
    return found[0] if found else None


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
        },
        "known_at": info.known_at,
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
    inside = walk_inlines(slot.blocks) if isinstance(slot, Slot) else ()
    cited = {inline.index: inline.leaf_hash for inline in inside if isinstance(inline, Cite)}
    return {
        "n": number,
        "id": slot.id,
        "kind": slot.kind,
        "lang": (slot.lang if isinstance(slot, Slot) else "") or draft.info.language,
        "text_digest": text_digest(slot_text(slot)),
        "entries": [[index, cited[index]] for index in sorted(cited)],
    }
