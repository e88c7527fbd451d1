"""Properties of the file: the core ones, and custom ones that search and records systems read.

Nothing proves anything here; `docgen.word.carrier` holds what a reader verifies.  Properties that a
template brings, such as sensitivity labels, stay as they are, except those of the names below.
"""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from docgen.escape import visible
from docgen.word.draft import Draft

__all__ = ["CUSTOM_NAMES", "set_core_properties", "set_custom_properties"]

_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # of properties that users may give
_LONGEST = 255

CUSTOM_NAMES: tuple[str, ...] = (
    "Document number", "Document version", "Document state", "Classification", "Subject", "Ledger", "Checkpoint",
    "Content digest", "Pack",
)  # fmt: skip


def set_core_properties(draft: Draft) -> None:
    """Core properties from the ledger: a build reads no clock and knows no user."""
    info, properties = draft.info, draft.document.core_properties
    time = datetime.fromisoformat(info.checkpoint_time).replace(microsecond=0)
    properties.title = info.title[:_LONGEST]
    properties.subject = _subject(draft)
    properties.author = (info.author or info.organisation)[:_LONGEST]
    properties.last_modified_by = f"aims-ledger {info.tool_version}"[:_LONGEST]
    properties.created = properties.modified = time.replace(tzinfo=None)
    properties.language = draft.language
    properties.identifier = info.number[:_LONGEST]
    properties.version = info.version[:_LONGEST]
    properties.content_status = info.state
    properties.category = info.classification[:_LONGEST]
    properties.comments = f"Made from {info.origin} at checkpoint {info.checkpoint_short}"[:_LONGEST]
    properties.keywords = ""
    properties.revision = 1


def set_custom_properties(draft: Draft, digest: str) -> None:
    """The custom properties, named in English in every language, after those that are there already."""
    info = draft.info
    values = (
        info.number, info.version, info.state, info.classification, _subject(draft), info.origin,
        f"{info.checkpoint_size} {info.checkpoint_root.hex()}", digest, f"{info.pack} {info.pack_version}",
    )  # fmt: skip
    package = draft.part.package
    try:
        part = package.part_related_by(RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
        root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    except KeyError:
        name = PackURI("/docProps/custom.xml")
        part = Part(name, CONTENT_TYPE.OFC_CUSTOM_PROPERTIES, b"", package)
        package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
        root = etree.fromstring(f'<Properties xmlns="{_CUSTOM}" xmlns:vt="{_TYPES}"/>')
    for old in [one for one in root if one.get("name") in CUSTOM_NAMES]:
        root.remove(old)
    last = max((int(one.get("pid", "1")) for one in root), default=1)
    for pid, (key, value) in enumerate(zip(CUSTOM_NAMES, values, strict=True), last + 1):
        root.append(_property(pid, key, value))
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _property(pid: int, name: str, value: str) -> etree._Element:
    return etree.fromstring(
        f'<property xmlns="{_CUSTOM}" xmlns:vt="{_TYPES}" fmtid="{_FORMAT_ID}" pid="{pid}" name={quoteattr(name)}>'
        f"<vt:lpwstr>{escape(visible(value)[:_LONGEST])}</vt:lpwstr></property>"
    )


def _subject(draft: Draft) -> str:
    return " ".join((draft.info.subject, draft.info.subject_version)).strip()[:_LONGEST]
