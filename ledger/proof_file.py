"""Proofs as files that others' tools read too: C2SP tlog-proof, and the body of C2SP tlog-witness add-checkpoint.

An inclusion proof (`.tlog-proof`; our receipts are such files) is ::

    c2sp.org/tlog-proof@v1
    extra <base64>              may be left out; not empty; here the bytes of the leaf
    index <decimal>             of the entry, from 0
    <base64>                    0 to 63 lines of 32 bytes: siblings from the leaf to the root, RFC 6962 2.1.1
                                one empty line
    <checkpoint>                the signed note as the log issued it, with all cosignatures

`extra` vouches for nothing by itself: it is the entry if ``SHA-256(0x00 || extra)`` is the leaf hash that the proof
leads up from.  A consistency proof, from an older checkpoint that whoever checks has, is ::

    old <decimal>               size of the older checkpoint; 0 to the newer one's
    <base64>                    0 to 63 lines of 32 bytes, RFC 6962 2.1.2; none from 0 or to the same size
                                one empty line
    <checkpoint>                the newer one

Lines end in a newline; numbers have no leading zeros, base64 is padded and canonical; what comes before the empty line
has at most 200,000 bytes.  The first file says its version
in its first line; the second has none, and is told by its first word.

Examples, with the checkpoint of `ledger.checkpoint`: that its third leaf is `three`, and that it grew from two,

::

    c2sp.org/tlog-proof@v1
    extra dGhyZWU=
    index 2
    T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=

    bank.example/aims/4f1d0c9a8b7e6d5c
    3
    Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=

    — bank.example/aims/4f1d0c9a8b7e6d5c 7lXo9v9tI5EVCzk0R8accHWECJk1/SDMQalkr8AoUHMSMhtaeDAPr/PthYQJI4KgydFM+YX8Tm+eClKLVPcVEjF0hwc=

::

    old 2
    Zx8UbF5HHooag6PCFM5LqQe486WIjRTMjNPOdbsS75Q=

    bank.example/aims/4f1d0c9a8b7e6d5c
    3
    Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=

    — bank.example/aims/4f1d0c9a8b7e6d5c 7lXo9v9tI5EVCzk0R8accHWECJk1/SDMQalkr8AoUHMSMhtaeDAPr/PthYQJI4KgydFM+YX8Tm+eClKLVPcVEjF0hwc=
"""  # noqa: E501  # a signature line is one line

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.encoding import format_base64, parse_base64, parse_decimal
from ledger.errors import FormatError
from ledger.merkle import HASH_SIZE
from ledger.note import MAX_NOTE_SIZE, parse_note

__all__ = [
    "MAX_PROOF_FILE_SIZE",
    "ConsistencyFile",
    "ProofFile",
    "format_consistency_file",
    "format_proof_file",
    "parse_consistency_file",
    "parse_proof_file",
]

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
_MAX_HEAD_SIZE: Final = 200_000  # a leaf in base64 has at most 87,380 characters
MAX_PROOF_FILE_SIZE: Final = _MAX_HEAD_SIZE + MAX_NOTE_SIZE


@dataclass(frozen=True, slots=True)
class ProofFile:
    """An inclusion proof with all that is needed to check it but keys; `note` is well-formed, nothing is verified."""

    index: int
    proof: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint in `note`.

        Raises:
            FormatError: its text is not that of one.
        """
        return parse_checkpoint(parse_note(self.note).text)


@dataclass(frozen=True, slots=True)
class ConsistencyFile:
    """A consistency proof from the tree of `old_size` to the checkpoint in `note`; nothing is verified."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """The newer checkpoint.

        Raises:
            FormatError: the note's text is not that of one.
        """
        return parse_checkpoint(parse_note(self.note).text)


def format_proof_file(file: ProofFile) -> bytes:
    """The bytes of an inclusion proof file.

    Raises:
        FormatError: for one that `parse_proof_file` would refuse.
    """
    extra = [] if file.extra is None else [f"extra {format_base64(file.extra)}"]
    data = _join([FIRST_LINE, *extra, f"index {file.index}"], file.proof, file.note)
    parse_proof_file(data)
    return data


def parse_proof_file(data: bytes) -> ProofFile:
    """The parts of an inclusion proof file.

    Raises:
        FormatError: for anything `format_proof_file` would not have written, or a note that is not a checkpoint's.
    """
    what = "tlog-proof"
    lines, note = _split(data, what)
    if lines[0] != FIRST_LINE:
        raise FormatError(f"{what}: first line", lines[0], FIRST_LINE)
    extra = None
    if len(lines) > 1 and lines[1].startswith("extra "):
        extra = parse_base64(lines.pop(1).removeprefix("extra "), f"{what}: extra")
        if not extra:
            raise FormatError(f"{what}: extra", "nothing", "base64 of something, or no such line")
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise FormatError(what, lines[1] if len(lines) > 1 else "no second line", "'index' and a number")
    index = parse_decimal(lines[1].removeprefix("index "), f"{what}: index")
    file = ProofFile(index, _hashes(lines[2:], what), note, extra)
    if index >= file.checkpoint.size:
        raise FormatError(f"{what}: index", str(index), f"one below the checkpoint's size, {file.checkpoint.size}")
    return file


def format_consistency_file(file: ConsistencyFile) -> bytes:
    """The bytes of a consistency proof file, which is also what a witness is sent.

    Raises:
        FormatError: for one that `parse_consistency_file` would refuse.
    """
    data = _join([f"old {file.old_size}"], file.proof, file.note)
    parse_consistency_file(data)
    return data


def parse_consistency_file(data: bytes) -> ConsistencyFile:
    """The parts of a consistency proof file. That `old_size` is not above the checkpoint's is not checked here.

    A witness answers that, and a proof where none can be, with a status of its own (tlog-witness).

    Raises:
        FormatError: for anything `format_consistency_file` would not have written, or a note that is not a
            checkpoint's.
    """
    what = "consistency proof"
    lines, note = _split(data, what)
    if not lines[0].startswith("old "):
        raise FormatError(f"{what}: first line", lines[0], "'old' and a size")
    old_size = parse_decimal(lines[0].removeprefix("old "), f"{what}: old size")
    file = ConsistencyFile(old_size, _hashes(lines[1:], what), note)
    parse_checkpoint(parse_note(note).text)
    return file


def _join(head: Sequence[str], proof: Sequence[bytes], note: bytes) -> bytes:
    lines = [*head, *map(format_base64, proof)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + note


def _split(data: bytes, what: str) -> tuple[list[str], bytes]:
    """The lines before the first empty one, and what follows it."""
    head, blank, _ = data[: _MAX_HEAD_SIZE + 2].partition(b"\n\n")
    if not blank:
        found = f"no empty line in the first {min(len(data), _MAX_HEAD_SIZE)} bytes"
        raise FormatError(what, found, "lines, an empty one and a checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError(what, f"byte 0x{head[error.start]:02x} at {error.start}", "ASCII lines") from error
    return lines, data[len(head) + 2 :]


def _hashes(lines: Sequence[str], what: str) -> tuple[bytes, ...]:
    if len(lines) > MAX_HASHES:
        raise FormatError(what, f"{len(lines)} hashes", f"at most {MAX_HASHES}")
    hashes = tuple(parse_base64(line, f"{what}: hash {at}") for at, line in enumerate(lines))
    for at, value in enumerate(hashes):
        if len(value) != HASH_SIZE:
            raise FormatError(f"{what}: hash {at}", f"{len(value)} bytes", f"{HASH_SIZE}")
    return hashes
