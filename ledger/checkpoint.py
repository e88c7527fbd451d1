"""Checkpoints, C2SP tlog-checkpoint: the size and root of a ledger, signed, as a note of three lines.

::

    <origin>\\n      the ledger's name: 1 to 255 printable ASCII characters without space or `+`
    <size>\\n        number of entries, decimal, no leading zeros, at most 2^63 - 1
    <root>\\n        padded standard base64 of the 32-byte RFC 6962 root over the leaf hashes of that many entries

The signed note around it is that of `ledger.note`, and the key is named like the origin, so that a line of
a witness can't pass for one of the ledger.  The empty tree has size 0 and the root SHA-256("").

There are no extension lines, and a checkpoint with any is refused: monitors can't audit what they say, and
cosigners of the two kinds in use do not agree on whether they sign them (tlog-cosignature: Ed25519 does,
ML-DSA-44 does not), so two witnesses could vouch for different texts.

The format has no version of its own.  Format and hash function belong to the origin: a ledger that changes
either is another ledger with another origin, named as `successor` in the last entry of the old one.

Example: three entries whose leaves are the bytes `one`, `two` and `three`,

::

    bank.example/aims/4f1d0c9a8b7e6d5c
    3
    Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=

    — bank.example/aims/4f1d0c9a8b7e6d5c 7lXo9v9tI5EVCzk0R8accHWECJk1/SDMQalkr8AoUHMSMhtaeDAPr/PthYQJI4KgydFM+YX8Tm+eClKLVPcVEjF0hwc=

signed with the key whose 32-byte seed is `an example key, not for real use`; its vkey is
`bank.example/aims/4f1d0c9a8b7e6d5c+ee55e8f6+AXnGtY+u8+uQ0l+ZfR66FCQX1TiEI4VtGeE3lJg/VcY0`.
"""  # noqa: E501  # a signature line is one line

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.encoding import format_base64, parse_base64, parse_decimal
from ledger.errors import FormatError, ProofError
from ledger.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE
from ledger.note import VerifierKey, sign_note, verify_note
from ledger.signing import Signer
from ledger.statement import check_origin

__all__ = [
    "Checkpoint",
    "VerifiedCheckpoint",
    "format_checkpoint",
    "parse_checkpoint",
    "sign_checkpoint",
    "verify_checkpoint",
]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a ledger was at one moment: its first `size` entries, committed to by `root`."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_origin(self.origin)
        if not 0 <= self.size <= MAX_SIZE:
            raise FormatError("checkpoint: size", str(self.size), f"0 to {MAX_SIZE}")
        if len(self.root) != HASH_SIZE:
            raise FormatError("checkpoint: root", f"{len(self.root)} bytes", f"{HASH_SIZE} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise FormatError("checkpoint: root", self.root.hex(), "the root of the empty tree at size 0")


@dataclass(frozen=True, slots=True)
class VerifiedCheckpoint:
    """A checkpoint that the ledger itself signed, and which of the known keys did, witnesses among them."""

    checkpoint: Checkpoint
    signed_by: tuple[VerifierKey, ...]


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The three lines that are signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{format_base64(checkpoint.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in the text of a note; the text is not verified here.

    Raises:
        FormatError: for anything `format_checkpoint` would not have written, extension lines among it.
    """
    origin, *rest = text.split("\n")
    if len(rest) != 3 or rest[2]:
        extended = len(rest) > 3 and not rest[-1]
        found = f"extension line {rest[2]!r}" if extended else f"{len(rest)} line ends"
        raise FormatError("checkpoint", found, "origin, size and root, a line each and nothing else")
    size = parse_decimal(rest[0], "checkpoint: size")
    return Checkpoint(origin, size, parse_base64(rest[1], "checkpoint: root"))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The checkpoint as a note signed by the ledger's key.

    Nothing here remembers what was signed before.  Whoever calls this makes sure first that the checkpoint
    is consistent with the last one, and that it will be remembered: a log must never sign two that fork.
    """
    return sign_note(format_checkpoint(checkpoint), checkpoint.origin, signer)


def verify_checkpoint(note: bytes, keys: Iterable[VerifierKey]) -> VerifiedCheckpoint:
    """The checkpoint in a note, signed by at least one of `keys` that has the name of its origin.

    `keys` may be the ledger's past and present keys and those of witnesses; that a key was in force at this
    size, and that enough witnesses signed, is for the caller to judge from `signed_by`.

    Raises:
        FormatError: the note or its text is malformed.
        ProofError: a known key's signature does not verify, or none is by a key of the ledger.
    """
    verified = verify_note(note, keys)
    checkpoint = parse_checkpoint(verified.text)
    if all(key.name != checkpoint.origin for key in verified.signed_by):
        signers = ", ".join(map(str, verified.signed_by))
        raise ProofError(
            f"checkpoint of {checkpoint.origin} at size {checkpoint.size}: signed by {signers}, "
            "expected a key of that name"
        )
    return VerifiedCheckpoint(checkpoint, verified.signed_by)
