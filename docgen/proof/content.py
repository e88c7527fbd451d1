"""Whether publication, approvals, seal and carrier all speak of this document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from docgen.digest import digest_of
from docgen.errors import DocgenError
from docgen.merging.origin import read_origin
from docgen.proof.entries import Carried, Signed
from docgen.reading import ReadDocument
from docgen.sealing import Seal
from ledger.checkpoint import Checkpoint

_LONGEST = 300  # of names in entries

__all__ = ["contradictions", "published_lines", "seal_contradictions"]


def seal_contradictions(seal: Seal, carried: Carried) -> Iterator[tuple[int, str]]:
    """Where entries of the seal are not what they stand for: the entry, and what is wrong."""
    publication = carried.publication
    if publication is None:
        return
    data = publication.data
    if publication.kind != "publication" or data.get("state") != "published":
        yield publication.index, f"it is to publish the document and is a {publication.kind} {data.get('state') or ''}"
        return
    if data.get("content_digest") != seal.content_digest:
        yield publication.index, "it publishes other content than the seal says"
    if (seal.file_digest, seal.file_size) not in [
        (file.get("digest"), file.get("size")) for file in data.get("files") or ()
    ]:
        yield publication.index, "it publishes another file than the seal says"
    named = set(data.get("approvals") or ())
    if named != {approval.statement for approval in carried.approvals}:
        yield publication.index, "it names other approvals than the seal carries"
    for approval in carried.approvals:
        yield from _approval(approval, data, seal)


def _approval(approval: Signed, publication: Mapping[str, Any], seal: Seal) -> Iterator[tuple[int, str]]:
    data = approval.data
    if approval.kind != "approval" or data.get("decision") != "approved":
        yield approval.index, f"it is to approve the document and is a {approval.kind} {data.get('decision') or ''}"
    elif data.get("digest") != seal.content_digest or data.get("document") not in (None, publication.get("document")):
        yield approval.index, "it approves other content than was published"


def published_lines(document: ReadDocument, seal: Seal) -> tuple[str, ...]:
    """The content lines as they were published, once their digest is that of the seal.

    Raises:
        DocgenError: the file has no list of them, or one of another document.
    """
    lines = read_origin(document).lines
    if digest_of(lines) != seal.content_digest:
        raise DocgenError("the seal is that of another document: the file lists other content than was published")
    return lines


def contradictions(
    carrier: Mapping[str, Any], seal: Seal, checkpoint: Checkpoint, publication: Signed | None
) -> Iterator[str]:
    """What the file says of itself otherwise than its seal does."""
    if carrier.get("ledger") != checkpoint.origin:
        yield f"the file says it was built from {carrier.get('ledger')}, the seal is of {checkpoint.origin}"
    if [[index, hashed.hex()] for index, hashed in seal.cited] != carrier.get("cited"):
        yield "the file says that it cites other entries than its seal proves"
    if publication is None:
        return
    data, document, built = publication.data, carrier.get("document") or {}, carrier.get("checkpoint") or {}
    said = data.get("checkpoint") or {}
    if (said.get("size"), said.get("root")) != (built.get("size"), built.get("root")):
        yield "the file says that it was built from another state of the ledger than its publication does"
    for member in ("version", "language", "number", "title"):
        if data.get(member) not in (None, str(document.get(member))[:_LONGEST]):
            yield f"the file says {member} {document.get(member)!r}, its publication says {data.get(member)!r}"
