"""A witness's decisions, C2SP tlog-witness: what it answers to a request, apart from the network.

=======  ==================================================================================================
status   when
=======  ==================================================================================================
200      cosigned and on record; the body is one line for each of the witness's keys
400      not an add-checkpoint body, or the old size is larger than the checkpoint's
403      no signature by a key of this log, or one that does not verify
404      a log (by its origin) that is not known here
409      another size is on record, which is the body: ``<size>\\n``, of type ``text/x.tlog.size``
422      the proof does not lead from what is on record to the checkpoint, or there is one where none can be
=======  ==================================================================================================

Checkpoints with extension lines are refused with 400, since the two kinds of cosignature would vouch for different
texts (`ledger.checkpoint`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.checkpoint import Checkpoint, verify_checkpoint
from ledger.cosignature import sign_cosignature
from ledger.errors import BadInput, FormatError, ProofError
from ledger.merkle import EMPTY_ROOT, check_consistency
from ledger.note import Note, NoteSignature, VerifierKey, format_note, known_keys, parse_note
from ledger.proof_file import ConsistencyFile, parse_consistency_file
from ledger.signing import Signer
from ledger.witness.client import SIZE_TYPE
from ledger.witness.records import Recorded, Records

MAX_REQUEST: Final = 200_000
TEXT_TYPE: Final = "text/plain; charset=utf-8"

Cosigner = tuple[VerifierKey, Signer]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answers."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE


class Witness:
    """A witness of some logs. `clock` gives seconds since 1970. May be used from several threads."""

    def __init__(
        self, records: Records, logs: Iterable[VerifierKey], cosigners: Sequence[Cosigner], clock: Callable[[], int]
    ) -> None:
        self._records, self._cosigners, self._clock = records, tuple(cosigners), clock
        keys = tuple(known_keys(logs).values())
        self._logs: Mapping[str, tuple[VerifierKey, ...]] = {
            key.name: tuple(other for other in keys if other.name == key.name) for key in keys
        }
        if not self._cosigners or not self._logs:
            raise BadInput("witness: without a log or a key it has nothing to do", remedy="give --key and --log")
        self._origins = {sha256(origin.encode()).hexdigest(): origin for origin in self._logs}

    def add_checkpoint(self, body: bytes) -> Reply:
        """The answer to an add-checkpoint request.

        Raises:
            StoreError: what was decided could not be stored; nothing was cosigned.
        """
        try:
            file = parse_consistency_file(body)
        except FormatError as error:
            return self._malformed(body, error)
        asked = file.checkpoint
        keys = self._logs.get(asked.origin)
        if keys is None:
            return _refuse(404, f"{asked.origin} is not known here")
        try:
            verify_checkpoint(file.note, keys)
        except ProofError as error:
            return _refuse(403, str(error))
        if file.old_size > asked.size:
            return _refuse(400, f"old size {file.old_size} is larger than the checkpoint's, {asked.size}")
        return self._judge(file, asked)

    def checkpoint(self, origin_digest: str) -> Reply:
        """What was cosigned last of the log whose origin has this SHA-256, in hexadecimal."""
        origin = self._origins.get(origin_digest)
        recorded = self._records.latest(origin) if origin is not None else None
        return _refuse(404, "nothing is cosigned of it here") if recorded is None else Reply(200, recorded.note)

    def _judge(self, file: ConsistencyFile, asked: Checkpoint) -> Reply:
        recorded = self._records.latest(asked.origin)
        size = recorded.size if recorded else 0
        if file.old_size != size:
            return _conflict(size)
        try:
            _check_proof(file, asked, recorded)
        except ProofError as error:
            return _refuse(422, str(error))
        lines, note = self._cosign(file, asked)
        # On record before anybody can see it; a crash from here on costs an answer, for which the log asks again.
        if not self._records.advance(recorded, asked, note):
            now = self._records.latest(asked.origin)
            return _conflict(now.size if now else 0)
        return Reply(200, lines)

    def _cosign(self, file: ConsistencyFile, asked: Checkpoint) -> tuple[bytes, bytes]:
        """The lines for the checkpoint, and the note with them."""
        parsed, now = parse_note(file.note), self._clock()
        lines = tuple(sign_cosignature(parsed.text, key.name, signer, now) for key, signer in self._cosigners)
        mine = {(line.name, line.key_id) for line in lines}
        log = {(key.name, key.key_id) for key in self._logs[asked.origin]}
        # Of what was sent, only what was verified here goes on record: lines by others could be anything.
        kept = tuple(s for s in parsed.signatures if (s.name, s.key_id) in log - mine)
        return format_lines(lines), format_note(Note(parsed.text, (*kept, *lines)))

    def _malformed(self, body: bytes, error: FormatError) -> Reply:
        empty = error.what == "checkpoint: root" and body.partition(b"\n\n")[2].split(b"\n")[1:2] == [b"0"]
        return _refuse(422 if empty else 400, str(error))


def format_lines(lines: Sequence[NoteSignature]) -> bytes:
    """Signature lines as they stand under a note."""
    return format_note(Note("-\n", tuple(lines))).partition(b"\n\n")[2]


def _check_proof(file: ConsistencyFile, asked: Checkpoint, recorded: Recorded | None) -> None:
    if recorded is None or recorded.size == 0:
        if file.proof:
            raise ProofError(f"a proof of {len(file.proof)} hashes from size 0, expected none")
        if asked.size == 0 and asked.root != EMPTY_ROOT:
            raise ProofError("a tree without entries that has another root than the empty tree")
        return
    check_consistency(recorded.size, recorded.root, asked.size, asked.root, file.proof)


def _conflict(size: int) -> Reply:
    return Reply(409, f"{size}\n".encode(), SIZE_TYPE)


def _refuse(status: int, why: str) -> Reply:
    return Reply(status, f"{why}\n".encode())
