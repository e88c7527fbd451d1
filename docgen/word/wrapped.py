"""Custom XML parts of our own: one element around the base64 of RFC 8785 JSON.

::

    <TAG xmlns="NAMESPACE">BASE64</TAG>

The base64 keeps a program that writes the XML anew from changing a byte that counts.  Office programs
rename parts: ours are found by their namespaces, which also carry the version of the layout.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import rfc8785
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from docgen.errors import DocgenError
from docgen.word.archive import BROKEN
from docgen.word.draft import Draft
from ledger.errors import clip

__all__ = ["add_part", "find_one", "find_root", "read_payload", "wrap"]

_STORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_LARGEST = 16 * 1024 * 1024
_Found = TypeVar("_Found")


def wrap(namespace: str, tag: str, payload: Mapping[str, Any] | None) -> bytes:
    """The bytes of a part; without a payload the element is empty."""
    text = "" if payload is None else base64.b64encode(rfc8785.dumps(dict(payload))).decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag} xmlns="{namespace}">{text}</{tag}>\n'.encode()


def find_root(part: bytes, namespace: str, tag: str) -> etree._Element | None:
    """The element of a part, or None if the part is not of this namespace."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(part, parser)
    except etree.XMLSyntaxError:
        return None
    return root if root.tag == f"{{{namespace}}}{tag}" else None


def read_payload(root: etree._Element, namespace: str) -> dict[str, Any]:
    """The payload of our element.

    Raises:
        DocgenError: it is not what `wrap` would have written.
    """
    try:
        raw = base64.b64decode("".join((root.text or "").split()), validate=True)
        payload = json.loads(raw)
        if not isinstance(payload, dict) or rfc8785.dumps(payload) != raw:
            raise ValueError("not canonical")
    except (binascii.Error, ValueError, RecursionError) as error:
        raise DocgenError(f"the part {namespace} of the document is damaged: {error}") from error
    if payload.get("v") != 1:
        raise DocgenError(f"the part {namespace} has version {payload.get('v')!r}, expected 1")
    return payload


def find_one(document: bytes, namespace: str, read: Callable[[bytes], _Found | None]) -> tuple[str, _Found] | None:
    """The one custom XML part of a .docx file that `read` reads, with its name; None where it reads none.

    Raises:
        DocgenError: the bytes are no Word file, or the part is damaged, too large or there twice.
    """
    found = [(name, read_) for name, part in _parts(document) if (read_ := read(part)) is not None]
    if len(found) > 1:
        raise DocgenError(f"the document has {len(found)} parts {namespace}, expected one")
    return found[0] if found else None


def add_part(draft: Draft, number: int, data: bytes, namespace: str, store_id: str) -> None:
    """Put a part into the document's package, related to its main part, with the properties that Word wants."""
    package = draft.part.package
    taken = {str(part.partname) for part in package.iter_parts()}
    while {f"/customXml/item{number}.xml", f"/customXml/itemProps{number}.xml"} & taken:  # a template's own
        number += 1
    item = Part(PackURI(f"/customXml/item{number}.xml"), "application/xml", data, package)
    properties = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<ds:datastoreItem xmlns:ds="{_STORE}" ds:itemID="{store_id}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{namespace}"/></ds:schemaRefs></ds:datastoreItem>'
    )
    name = PackURI(f"/customXml/itemProps{number}.xml")
    described = Part(name, CONTENT_TYPE.OFC_CUSTOM_XML_PROPERTIES, properties.encode(), package)
    item.relate_to(described, RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)
    draft.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)


def _parts(document: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            for member in archive.infolist():
                if not (member.filename.startswith("customXml/") and member.filename.endswith(".xml")):
                    continue
                if member.file_size > _LARGEST:
                    raise DocgenError(f"{member.filename}: {member.file_size} bytes, expected at most {_LARGEST}")
                yield member.filename, archive.read(member)
    except BROKEN as error:
        raise DocgenError(f"not a Word file: {clip(str(error))}") from error
