"""Making the seal of a published file from the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from docgen.errors import DocgenError
from docgen.sealing.seal import Seal, format_seal
from docgen.word import find_carrier, put_seal
from ledger.entry import Entry
from ledger.merkle import leaf_hash
from ledger.policy import STATE_KINDS
from ledger.proving import prove_entries

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["make_seal", "seal_document"]


def seal_document(ledger: Ledger, document: bytes, publication: int) -> bytes:
    """The sealed file: `document`, as entry `publication` published it, with the proofs that it carries.

    Raises:
        DocgenError: the entry did not publish this file. Refused: no checkpoint covers the entry yet.
        Damaged: the ledger does not hold together.
    """
    return put_seal(document, format_seal(make_seal(ledger, document, publication)))


def make_seal(ledger: Ledger, document: bytes, publication: int) -> Seal:
    """The seal of a file that entry `publication` published, under the checkpoint with the most cosigners.

    Raises:
        DocgenError: the entry did not publish this file. Refused: no checkpoint covers the entry yet.
        Damaged: the ledger does not hold together.
    """
    entry = ledger.entry(publication)
    carrier = _checked_carrier(entry, document)
    approvals = [ledger.entry(statement) for statement in entry.data.get("approvals") or ()]
    submissions = {
        reference["statement"]
        for approval in approvals
        for reference in approval.data.get("references", ())
        if reference["rel"] == "approves"
    }
    submitted = [ledger.entry(statement) for statement in sorted(submissions)]
    size = prove_entries(ledger, [publication]).checkpoint.size
    state = ledger.entries(size=size, kinds=STATE_KINDS)
    whole = {publication, *_indexes(approvals), *_indexes(submitted), *_indexes(state)}
    cited = {int(index): str(hashed) for index, hashed in carrier["cited"]}
    shared = prove_entries(ledger, sorted(whole | cited.keys()), size)
    leaves = dict(zip(shared.indexes, shared.leaves, strict=True))
    for index, hashed in cited.items():
        if leaf_hash(leaves[index]).hex() != hashed:
            raise DocgenError(f"the document cites entry {index} as {hashed[:8]}, which is not what the ledger has")
    return Seal(
        content_digest=carrier["content_digest"],
        file_digest=sha256(document).hexdigest(),
        file_size=len(document),
        checkpoint=shared.note,
        publication=publication,
        approvals=tuple(sorted(_indexes(approvals))),
        submissions=tuple(sorted(_indexes(submitted))),
        leaves=tuple((index, leaves[index]) for index in sorted(whole)),
        cited=tuple((index, leaf_hash(leaves[index])) for index in sorted(cited)),
        proof=shared.proof,
    )


def _indexes(entries: Iterable[Entry]) -> set[int]:
    return {entry.index for entry in entries}


def _checked_carrier(entry: Entry, document: bytes) -> dict[str, Any]:
    """The document's carrier, if the entry published these bytes."""
    if entry.kind != "publication" or entry.data.get("state") != "published":
        raise DocgenError(f"entry {entry.index} publishes nothing: it is a {entry.kind}")
    digests = [file["digest"] for file in entry.data.get("files") or ()]
    found = sha256(document).hexdigest()
    if found not in digests:
        raise DocgenError(
            f"the file has digest {found[:16]}, entry {entry.index} published {', '.join(d[:16] for d in digests)}",
            remedy="seal the file that was archived when it was published",
        )
    carrier = find_carrier(document)
    if carrier is None or carrier["content_digest"] != entry.data.get("content_digest"):
        raise DocgenError(f"entry {entry.index} publishes other content than the file says it has")
    return carrier
