"""What a seal holds: docs/FORMAT.md section 21.  The part of the file it lies in: `docgen.word.seal`.

The payload is an object of exactly these members::

    v               1
    content_digest  hex, of the document
    file            {"digest": hex SHA-256 of the file before it was sealed, "size": its bytes}
    checkpoint      the signed note with its cosignatures, as text
    publication     the index of the entry that published the file
    approvals       the indexes of the approvals that it rests on, ascending
    submissions     the indexes of the entries that put this content up for review, ascending
    leaves          [[index, leaf as text], ...] ascending: the above, and every `ledger` and `key`
                    entry below the checkpoint's size
    cited           [[index, leaf hash in hex], ...] ascending: every entry that the document cites
    proof           base64: one proof for all of `leaves` and `cited` (`ledger.bundle.multiproof`)

A verifier takes keys from its own trust file, never from here.  Version 2 would be another namespace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from docgen.errors import DocgenError
from ledger.encoding import format_base64, parse_base64
from ledger.errors import FormatError
from ledger.merkle import leaf_hash

__all__ = ["Seal", "format_seal", "parse_seal"]

_MEMBERS: Final = frozenset(
    {
        "v", "content_digest", "file", "checkpoint", "publication", "approvals", "submissions", "leaves", "cited",
        "proof",
    }
)  # fmt: skip
_HEX: Final = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as it is carried; nothing in it is verified.  `leaves` and `cited` are by index, ascending."""

    content_digest: str
    file_digest: str
    file_size: int
    checkpoint: bytes
    publication: int
    approvals: tuple[int, ...]
    submissions: tuple[int, ...]
    leaves: tuple[tuple[int, bytes], ...]
    cited: tuple[tuple[int, bytes], ...]
    proof: bytes

    @property
    def hashes(self) -> dict[int, bytes]:
        """The leaf hash of every entry that the proof is about, ascending.

        Raises:
            DocgenError: an entry is cited with another hash than that of the leaf carried.
        """
        found = {index: leaf_hash(leaf) for index, leaf in self.leaves}
        for index, hashed in self.cited:
            if found.setdefault(index, hashed) != hashed:
                raise DocgenError(f"the seal cites entry {index} as {hashed.hex()[:8]} and carries another")
        return dict(sorted(found.items()))


def format_seal(seal: Seal) -> dict[str, Any]:
    """The payload."""
    return {
        "v": 1,
        "content_digest": seal.content_digest,
        "file": {"digest": seal.file_digest, "size": seal.file_size},
        "checkpoint": seal.checkpoint.decode(),
        "publication": seal.publication,
        "approvals": list(seal.approvals),
        "submissions": list(seal.submissions),
        "leaves": [[index, leaf.decode()] for index, leaf in seal.leaves],
        "cited": [[index, hashed.hex()] for index, hashed in seal.cited],
        "proof": format_base64(seal.proof),
    }


def parse_seal(payload: Mapping[str, Any]) -> Seal:
    """The seal in a payload.  Leaves, note and proof are not looked into.

    Raises:
        DocgenError: it is not what `format_seal` would have written.
    """
    if payload.keys() != _MEMBERS or payload["v"] != 1:
        raise _damaged("its members are not those of a seal of version 1")
    file = payload["file"]
    if not isinstance(file, dict) or file.keys() != {"digest", "size"}:
        raise _damaged("file: expected digest and size")
    checkpoint = _text(payload["checkpoint"], "checkpoint")
    leaves = tuple((index, _text(leaf, "leaves")) for index, leaf in _pairs(payload, "leaves"))
    cited = tuple((index, bytes.fromhex(_hex(hashed, "cited"))) for index, hashed in _pairs(payload, "cited"))
    places = {
        name: _ascending(payload[name], name) for name in ("approvals", "submissions")
    } | {"publication": _ascending([payload["publication"]], "publication")}  # fmt: skip
    carried = {index for index, _ in leaves}
    for name, indexes in places.items():
        if not carried.issuperset(indexes):
            raise _damaged(f"{name}: an entry that is not among its leaves")
    try:
        proof = parse_base64(_text(payload["proof"], "proof").decode(), "seal: proof")
    except FormatError as error:
        raise _damaged(str(error)) from error
    seal = Seal(
        content_digest=_hex(payload["content_digest"], "content_digest"),
        file_digest=_hex(file["digest"], "file: digest"),
        file_size=_ascending([file["size"]], "file: size")[0],
        checkpoint=checkpoint,
        publication=payload["publication"],
        approvals=places["approvals"],
        submissions=places["submissions"],
        leaves=leaves,
        cited=cited,
        proof=proof,
    )
    if format_seal(seal) != payload:
        raise _damaged("it is not as we write it")
    return seal


def _damaged(problem: str) -> DocgenError:
    return DocgenError(f"the seal of the document is damaged: {problem}")


def _hex(value: object, what: str) -> str:
    if not isinstance(value, str) or not _HEX.match(value):
        raise _damaged(f"{what}: expected 64 hex digits")
    return value


def _text(value: object, what: str) -> bytes:
    if not isinstance(value, str):
        raise _damaged(f"{what}: expected a text")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise _damaged(f"{what}: expected a text that UTF-8 can hold") from error


def _pairs(payload: Mapping[str, Any], name: str) -> list[tuple[int, object]]:
    listed = payload[name]
    if not isinstance(listed, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in listed):
        raise _damaged(f"{name}: expected a list of pairs")
    _ascending([pair[0] for pair in listed], name)
    return [(pair[0], pair[1]) for pair in listed]


def _ascending(listed: object, name: str) -> tuple[int, ...]:
    whole = isinstance(listed, list) and all(type(index) is int and index >= 0 for index in listed)
    if not isinstance(listed, list) or not whole or any(one >= other for one, other in pairwise(listed)):
        raise _damaged(f"{name}: expected ascending whole numbers")
    return tuple(listed)
