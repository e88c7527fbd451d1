"""What this machine remembers outside the database: pins, checkpoints seen, checkpoints signed.

A database can be restored from an old copy or replaced whole; what is remembered here can't be replaced with
it. The folder is `AIMS_STATE`, else the user's state folder of the platform; in it one folder per ledger, named
by the SHA-256 of its origin ::

    pin.json              origin, genesis leaf hash, checkpoint verifier keys; last checkpoint seen; earlier ones
    verified.json         the outcome of the last verification, and of the last one of each other copy
    baseline              what the next verification may build on, see ledger.verifying.baseline
    progress              how far a verification got that did not come to its end, see ledger.verifying.resuming
    signer-<keyid>.log    what was signed with a checkpoint key, see ledger.keys.signer_memory

Files are written beside, fsynced and renamed, so a crash leaves the old or the new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import platformdirs

from ledger.encoding import parse_hex
from ledger.errors import FormatError, StoreError
from ledger.filelock import file_lock
from ledger.keys.signer_memory import Signed, SignerMemory
from ledger.strictjson import parse_strict
from ledger.times import format_instant, parse_instant
from ledger.verifying.outcomes import Copy, LastVerification, outcome_members, parse_outcome

_MAX_BYTES: Final = 1 << 20
_KEEP_SEEN: Final = 400
_KEEP_COPIES: Final = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint this machine has seen: size, root, and when (RFC 3339)."""

    size: int
    root: bytes
    at: str


@dataclass(frozen=True, slots=True)
class Pin:
    """What makes a ledger this ledger: origin, leaf hash of entry 0, and the keys its checkpoints verify with.

    `seen` are checkpoints seen before, oldest first; the last one is what the ledger must at least contain.
    """

    origin: str
    genesis: bytes
    vkeys: tuple[str, ...]
    seen: tuple[Seen, ...] = ()


def state_folder() -> Path:
    """The folder of everything remembered: `AIMS_STATE`, or the platform's state folder for the user."""
    given = os.environ.get("AIMS_STATE")
    return Path(given) if given else Path(platformdirs.user_state_dir("aims-ledger"))


class Memory:
    """What is remembered about one ledger."""

    def __init__(self, origin: str, folder: Path | None = None) -> None:
        self.origin = origin
        self._signers: dict[str, SignerMemory] = {}
        self._folder = (folder or state_folder()) / sha256(origin.encode()).hexdigest()[:32]

    def pin(self) -> Pin | None:
        """The stored pin, or None at first sight.

        Raises:
            FormatError, StoreError: if the file is damaged or can't be read; that is never first sight.
        """
        members = self._read("pin.json")
        if members is None:
            return None
        try:
            seen = tuple(map(_parse_seen, members["seen"]))
            pin = Pin(members["origin"], parse_hex(members["genesis"], 32), _parse_texts(members["vkeys"]), seen)
        except (KeyError, TypeError, FormatError) as error:
            raise self._damaged("pin.json", error) from error
        if pin.origin != self.origin:
            raise self._damaged("pin.json", pin.origin)
        return pin

    def remember(self, pin: Pin) -> None:
        """Store the pin; of more than 400 checkpoints seen, the first, and the newest, are kept."""
        seen = pin.seen if len(pin.seen) <= _KEEP_SEEN else (pin.seen[0], *pin.seen[1 - _KEEP_SEEN :])
        self._write(
            "pin.json",
            {
                "origin": pin.origin,
                "genesis": pin.genesis.hex(),
                "vkeys": list(pin.vkeys),
                "seen": [{"size": s.size, "root": s.root.hex(), "at": s.at} for s in seen],
            },
        )

    def saw(self, pin: Pin, size: int, root: bytes, at: str) -> Pin:
        """The pin after a sound checkpoint was seen; stored. A smaller or equal size changes nothing."""
        if pin.seen and pin.seen[-1].size >= size:
            return pin
        after = replace(pin, seen=(*pin.seen, Seen(size, root, at)))
        self.remember(after)
        return after

    def note_verification(self, outcome: LastVerification) -> None:
        """Store what a verification came to, good or bad, for every later answer to state.

        What is known of other copies stays, of the 20 that were verified last.
        """
        try:
            before = self.verifications()
        except FormatError:
            before = ()  # it is written anew; that it was damaged, whoever read it was told
        place = outcome.copy and outcome.copy.path
        others = [one for one in before if one.copy and one.copy.path != place][: _KEEP_COPIES - 1]
        members = outcome_members(outcome) | {"others": [outcome_members(one) for one in others]}
        self._write("verified.json", members)

    def verifications(self) -> tuple[LastVerification, ...]:
        """The outcome of the last verification of each copy of the ledger, the last one first.

        Raises:
            FormatError, StoreError: if the file is damaged or can't be read.
        """
        members = self._read("verified.json")
        if members is None:
            return ()
        try:
            # Versions before this one remembered one verification, and not of which copy.
            return tuple(parse_outcome(one) for one in (members, *members.get("others", ())))
        except (KeyError, TypeError, AttributeError, FormatError) as error:
            raise self._damaged("verified.json", error) from error

    def last_verification(self) -> LastVerification | None:
        """The outcome of the last verification here, of whichever copy, or None if there was none.

        Raises:
            FormatError, StoreError: if the file is damaged or can't be read.
        """
        return next(iter(self.verifications()), None)

    def verification_of(self, copy: Copy) -> LastVerification | None:
        """The outcome of the last verification of this copy, or None if there was none.

        Raises:
            FormatError, StoreError: if the file is damaged or can't be read.
        """
        return next((one for one in self.verifications() if one.copy == copy), None)

    def signed_here(self) -> Iterator[tuple[str, Signed]]:
        """What each checkpoint key used on this machine signed last, and when its file was written (RFC 3339).

        Raises:
            FormatError: if one of the files is damaged.
        """
        for path in sorted(self._folder.glob("signer-*.log")):
            with closing(SignerMemory(path, self.origin)) as memory:
                signed = memory.last()
            if signed is not None:
                yield format_instant(path.stat().st_mtime_ns // 1_000), signed

    @contextmanager
    def signing(self, keyid: str) -> Iterator[SignerMemory]:
        """The memory of a checkpoint key, locked against every thread and process until the block ends."""
        memory = self.signer(keyid)
        if not memory.ready:
            self._make()
        with memory.locked():
            yield memory

    def signer(self, keyid: str) -> SignerMemory:
        """The memory of a checkpoint key, not locked: for looking only."""
        memory = self._signers.get(keyid)
        if memory is None or memory.owner != os.getpid():
            memory = self._signers[keyid] = SignerMemory(self._folder / f"signer-{keyid[:32]}.log", self.origin)
        return memory

    def close(self) -> None:
        """Close the files of this process's signers."""
        for memory in self._signers.values():
            if memory.owner == os.getpid():  # what a forked parent opened is the parent's to close
                memory.close()

    def progress(self) -> bytes | None:
        """The progress of a verification that was interrupted, as `ledger.verifying.resuming` stored it."""
        return self._read_bytes("progress")

    def keep_progress(self, data: bytes | None) -> None:
        """Store the progress of a verification, or forget it."""
        if data is not None:
            self._write_bytes("progress", data)
        else:
            self._remove("progress")

    def baseline(self) -> bytes | None:
        """What a sound verification left for the next one, as `ledger.verifying.baseline` formats it."""
        return self._read_bytes("baseline")

    def keep_baseline(self, data: bytes | None) -> None:
        """Store what the next verification may build on, or see that it builds on nothing; inside `building`."""
        if data is not None:
            self._write_bytes("baseline", data)
        else:
            self._remove("baseline")

    @contextmanager
    def building(self) -> Iterator[None]:
        """Between reading the baseline and storing the next one no other process may do so.

        Otherwise one that saw nothing wrong could put back what another that did took away.
        """
        self._make()
        path = self._folder / "baseline.lock"
        try:
            handle = path.open("a+b")
        except OSError as error:
            raise StoreError(f"{path}: can't be opened ({error.strerror})", remedy="check AIMS_STATE") from error
        with handle, file_lock(handle):
            yield

    def _make(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"state folder {self._folder.parent}: can't be made ({error.strerror})",
                remedy="set AIMS_STATE",
            ) from error

    def _read(self, name: str) -> Any:
        raw = self._read_bytes(name)
        if raw is None:
            return None
        members = parse_strict(raw, name, max_bytes=_MAX_BYTES)
        if not isinstance(members, dict):
            raise self._damaged(name, members)
        return members

    def _read_bytes(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._folder / name}: can't be read ({error.strerror})") from error

    def _write(self, name: str, members: dict[str, Any]) -> None:
        self._write_bytes(name, json.dumps(members, indent=1, sort_keys=True).encode() + b"\n")

    def _write_bytes(self, name: str, data: bytes) -> None:
        self._make()
        target = self._folder / name
        beside = target.with_suffix(f".{os.getpid()}.new")
        try:
            with beside.open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StoreError(f"{target}: can't be written ({error.strerror})", remedy="check AIMS_STATE") from error

    def _remove(self, name: str) -> None:
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{self._folder / name}: can't be removed ({error.strerror})") from error

    def _damaged(self, name: str, found: object) -> FormatError:
        return FormatError(
            str(self._folder / name),
            str(found),
            f"the memory of ledger {self.origin}",
            remedy="restore the file; without it a cut tail or a fork can't be noticed",
        )


def _parse_seen(members: Any) -> Seen:
    size = members["size"]
    if type(size) is not int or size < 0:
        raise TypeError(f"size {size!r}")
    parse_instant(members["at"])
    return Seen(size, parse_hex(members["root"], 32), members["at"])


def _parse_texts(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise TypeError(f"{listed!r} instead of a list of texts")
    return tuple(listed)
