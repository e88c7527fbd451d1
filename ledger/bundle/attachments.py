"""Which attachments the entries of a bundle name, and which of them go into it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.bundle.selection import Selection
from ledger.store.blobs import SALT_BYTES, Blobs


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment that an entry in scope names first; `file_size` counts the salt, if it has one."""

    digest: str
    name: str
    entry: int
    file_size: int
    salted: bool
    included: bool


def attachments_of(selection: Selection, blobs: Blobs, *, include: bool, personal: bool) -> tuple[Attachment, ...]:
    """The attachments of the entries in scope, each once; included if asked for, personal ones only with `personal`.

    One that is not in the blob folder, since it was erased or lost, is not included.
    """
    found: dict[str, Attachment] = {}
    for index in selection.entries:
        for artefact in selection.carried[index].statement.data.get("artefacts") or ():
            digest = artefact["digest"]
            if not artefact.get("attached") or digest in found:
                continue
            salted = bool(artefact.get("salted"))
            size = artefact["size"] + (SALT_BYTES if salted else 0)
            wanted = include and (personal or not salted)
            found[digest] = Attachment(
                digest, artefact["name"], index, size, salted, wanted and blobs.size(digest) == size
            )
    return tuple(found[digest] for digest in sorted(found))
