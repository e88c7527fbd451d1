"""Reading many lines and checking their signatures, with a helper process beside this one.

A signature check takes longer than everything else the door does with a line. The helper begins with the first
lines while this process still reads the later ones; what it has not begun when they are all read, this process
checks itself. A thread would not do: between two checks it has to wait for the interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from ledger.admission import Line, check_signatures, introduced_keys, read_line
from ledger.authority import Authority, unknown_key
from ledger.envelope import Envelope
from ledger.errors import BadInput, ProofError, Refused
from ledger.policy import STATE_KINDS

_PIECE: Final = 32
PublicKeys = Callable[[str], bytes]
"""The raw public key of a keyid, or `Refused` if it is not known."""


class KnownKeys:
    """Public keys by keyid: enrolled ones, and those that the lines at hand bring themselves.

    `authority` may be behind the ledger; `look_again` gives what the ledger says now.
    """

    def __init__(self, authority: Authority | None, look_again: Callable[[], Authority | None]) -> None:
        self._authority, self._look_again = authority, look_again
        self._introduced: dict[str, bytes] = {}
        self._fresh = False

    def watch(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The lines as they are, after taking note of the keys they introduce."""
        for line in lines:
            if line.statement.kind in STATE_KINDS:
                self._introduced.update(introduced_keys(line.statement))
            yield line

    def public_key(self, keyid: str) -> bytes:
        """The raw public key, looked for in the ledger again once.

        Raises:
            Refused: `unknown key`.
        """
        if keyid in self._introduced:
            return self._introduced[keyid]
        known = self._authority is not None and keyid in self._authority.keys
        if not known and not self._fresh:
            self._authority, self._fresh = self._look_again(), True
        if self._authority is None or keyid not in self._authority.keys:
            raise unknown_key(keyid)
        return self._authority.keys[keyid].public_key


def read_lines(raws: Iterable[bytes]) -> Iterator[Line]:
    """The append lines, each read when it is asked for.

    Raises:
        BadInput: as `read_line` does, with the number of the line (from 1).
    """
    for number, raw in enumerate(raws, 1):
        try:
            yield read_line(raw)
        except BadInput as error:
            error.args = (f"line {number}: {error.args[0]}",)
            raise


def check_lines(lines: Iterable[Line], public_key: PublicKeys, pool: ProcessPoolExecutor | None = None) -> list[Line]:
    """The lines, all read and every signature verified.

    Raises:
        Refused: for an unknown key or a bad signature, with the number of the line (from 1).
    """
    read: list[Line] = []
    pieces: list[tuple[int, Future[str] | None]] = []
    for line in lines:
        read.append(line)
        if pool is not None and len(read) % _PIECE == 0:
            first = len(read) - _PIECE
            pieces.append((first, pool.submit(_first_failure, _jobs(read[first:], public_key))))
    done = len(pieces) * _PIECE
    if done < len(read):
        pieces.append((done, None))
    # Backwards: the helper works from the front, so the last pieces are those it has not begun.
    for first, future in reversed(pieces):
        if future is None or future.cancel():
            _check_here(first, read[first : first + _PIECE] if future else read[first:], public_key)
    for first, future in pieces:
        if future is not None and not future.cancelled() and future.result():
            # Checked again here, so that the error is worded in one place.
            _check_here(first, read[first : first + _PIECE], public_key)
            raise AssertionError("the helper and this process disagree about a signature")
    return read


def start_helper() -> ProcessPoolExecutor:
    """A pool of one process; spawned, since an open database must not be shared with a forked child."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _jobs(lines: Sequence[Line], public_key: PublicKeys) -> list[tuple[Envelope, dict[str, bytes]]]:
    return [(line.envelope, {s.keyid: public_key(s.keyid) for s in line.envelope.signatures}) for line in lines]


def _first_failure(jobs: Sequence[tuple[Envelope, dict[str, bytes]]]) -> str:
    for envelope, keys in jobs:
        try:
            check_signatures(envelope, keys.__getitem__)
        except ProofError as error:
            return str(error)
    return ""


def _check_here(first: int, lines: Sequence[Line], public_key: PublicKeys) -> None:
    for number, line in enumerate(lines, first + 1):
        try:
            check_signatures(line.envelope, public_key)
        except Refused as error:
            error.args = (f"line {number}: {error.args[0]}",)
            raise
        except ProofError as error:
            raise Refused(
                "bad signature",
                f"line {number}: {error}",
                remedy="sign exactly the payload's bytes (DSSE PAE) with the key named by keyid",
            ) from error
