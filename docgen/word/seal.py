"""The custom XML part that a seal goes into, empty in every file that the writer makes.

::

    <seal xmlns="urn:aims-ledger:seal:1">BASE64</seal>

Sealing fills the element of a finished file and changes no other byte of any part, and taking the
seal out again gives the bytes of the file as they were before, so that a sealed file can be compared
with the digest that was published.  The part is stored in the archive, not compressed: no two
versions of a compressor differ over it.  What the payload says, `docgen.sealing` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docgen.errors import DocgenError
from docgen.word.archive import replace_stored
from docgen.word.draft import Draft
from docgen.word.wrapped import add_part, find_one, find_root, read_payload, wrap

__all__ = ["EMPTY_SEAL", "SEAL_NAMESPACE", "add_seal_place", "find_seal", "put_seal", "take_seal"]

SEAL_NAMESPACE = "urn:aims-ledger:seal:1"
EMPTY_SEAL = wrap(SEAL_NAMESPACE, "seal", None)
_STORE_ID = "{3B6F8C1E-52E4-5D0A-9C57-A1A55EDD0C02}"  # names the kind of part, the same in all our files


def add_seal_place(draft: Draft, number: int = 2) -> None:
    """Put the empty part into the document's package."""
    add_part(draft, number, EMPTY_SEAL, SEAL_NAMESPACE, _STORE_ID)


def find_seal(document: bytes) -> dict[str, Any] | None:
    """The payload of the seal of a .docx file; None if it has none, or an empty one.

    Raises:
        DocgenError: the bytes are no Word file, or the part is damaged, too large or there twice.
    """
    found = find_one(document, SEAL_NAMESPACE, _read)
    return found[1] or None if found else None


def put_seal(document: bytes, payload: Mapping[str, Any]) -> bytes:
    """The file with this seal in its empty part; nothing else of it differs.

    Raises:
        DocgenError: it is no file of ours, or it is sealed already.
    """
    found = find_one(document, SEAL_NAMESPACE, _read)
    if found is None:
        raise DocgenError("the document has no place for a seal", remedy="seal the file as it was built")
    if found[1]:
        raise DocgenError("the document is sealed already", remedy="seal the file as it was built")
    return replace_stored(document, found[0], wrap(SEAL_NAMESPACE, "seal", payload))


def take_seal(document: bytes) -> bytes:
    """The file as it was before it was sealed, to the byte, if nobody changed it since.

    Raises:
        DocgenError: it has no place for a seal, or another program wrote the archive.
    """
    found = find_one(document, SEAL_NAMESPACE, _read)
    if found is None:
        raise DocgenError("the document has no place for a seal")
    return replace_stored(document, found[0], EMPTY_SEAL)


def _read(part: bytes) -> dict[str, Any] | None:
    """The payload, empty for an empty part; None if the part is not ours."""
    root = find_root(part, SEAL_NAMESPACE, "seal")
    if root is None:
        return None
    empty = not len(root) and not (root.text or "").strip()
    return {} if empty else read_payload(root, SEAL_NAMESPACE)
