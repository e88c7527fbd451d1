"""The SDK: open a ledger, record typed events, attach files, get receipts.

::

    with Ledger.open("credit.db", checkpoint_signer=checkpoint_key) as ledger:
        model = ledger.attach(Path("model.joblib"), role="model")
        receipt = ledger.record(
            ModelChange(change_id="c-17", artefacts=[model], ...), signers=pipeline, subject="credit-scoring"
        )

No global state: two ledgers can be open side by side. A `Ledger` may be used from several threads. Whatever
returns a receipt is durable; whatever raises stored nothing, except `OutcomeUnknown`, which says so.
"""

from __future__ import annotations

import mimetypes
import time as clock_module
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ledger.admission import Line
from ledger.authority import Authority, unknown_key
from ledger.batch import Batch
from ledger.batches import batches
from ledger.checking import KnownKeys, check_lines, read_lines, start_helper
from ledger.entry import Entry
from ledger.errors import AimsError, Damaged, Refused, StoreError
from ledger.memory import Memory
from ledger.signing import Signer, key_id, key_members
from ledger.statement import LEDGER
from ledger.store import index, schema
from ledger.store.append import Appender, Receipt
from ledger.store.backend import Backend, open_sqlite, parse_location
from ledger.store.blobs import Blobs
from ledger.store.checkpoints import CheckpointSigner, newest_checkpoint, stored_checkpoints
from ledger.store.entries import entries_at, find_entry, find_places, read_entries
from ledger.store.heads import read_head
from ledger.store.read import load_authority, read_leaf, read_leaves
from ledger.store.recent import Recent

if TYPE_CHECKING:
    from ledger.kinds import Artefact, Body, Reference
    from ledger.trust import TrustPolicy

Clock = Callable[[], int]


def system_clock() -> int:
    """This machine's clock in microseconds since 1970."""
    return clock_module.time_ns() // 1_000


class Ledger:
    """One open ledger. Make it with `create` or `open`; it is a context manager."""

    def __init__(
        self,
        backend: Backend,
        origin: str,
        *,
        checkpoint_signer: Signer | None,
        clock: Clock,
        memory: Memory,
        helper: ProcessPoolExecutor | None = None,
    ) -> None:
        self._helper = helper
        self._backend = backend
        self._clock = clock
        self._appender = Appender(backend, clock)
        self._blobs = Blobs(backend.blob_folder)
        self._checkpoints = CheckpointSigner(backend, memory, checkpoint_signer) if checkpoint_signer else None
        self._known: tuple[int, Authority] | None = None
        self.recent = Recent()
        self.origin = origin
        self.memory = memory

    @classmethod
    def open(
        cls,
        location: str | Path,
        *,
        checkpoint_signer: Signer | None = None,
        read_only: bool = False,
        clock: Clock = system_clock,
        state: Path | None = None,
        helper: bool = False,
    ) -> Ledger:
        """An existing ledger; with `checkpoint_signer` every append also signs a checkpoint.

        `helper` starts a process that checks signatures beside this one, worth it for batches of a hundred and
        more; the calling script must guard its main module.

        Raises:
            StoreError: if there is none, or it is of a newer version.
        """
        path = parse_location(location)
        backend = open_sqlite(path, read_only=read_only)
        try:
            origin = _read_origin(backend)
        except BaseException:
            backend.close()
            raise
        return cls(
            backend,
            origin,
            checkpoint_signer=checkpoint_signer,
            clock=clock,
            memory=Memory(origin, state),
            helper=start_helper() if helper else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; nothing is pending, since every append was durable when it returned."""
        if self._helper is not None:
            self._helper.shutdown()
        self.memory.close()
        self._backend.close()

    @property
    def path(self) -> Path:
        """The database file."""
        return self._backend.path

    @property
    def backend(self) -> Backend:
        """The store below, for verification and maintenance."""
        return self._backend

    @property
    def blobs(self) -> Blobs:
        """The attachments."""
        return self._blobs

    @property
    def size(self) -> int:
        """The number of entries now."""
        with self._backend.reading("reading the head") as connection:
            head = read_head(connection)
        return head.size if head else 0

    @property
    def authority(self) -> Authority:
        """Keys, policy and checkpoint keys as they are now."""
        with self._backend.reading("reading the keys") as connection:
            head = read_head(connection)
            size, known = head.size if head else 0, self._known
            if known is None or known[0] != size:  # at one size there is one answer, whoever asks when
                known = size, load_authority(connection, size, index.indexed(connection), self.recent.find)
                self._known = known
        return known[1]

    # Writing

    def record(
        self,
        body: Body | Mapping[str, Any],
        *,
        signers: Signer | Sequence[Signer],
        subject: str,
        kind: str = "",
        source: str | None = None,
        time: datetime | None = None,
        references: Sequence[Reference] = (),
        attach: Sequence[Artefact] = (),
    ) -> Receipt:
        """Sign and append one body; its receipt, once durable.

        `subject` is the AI system's id or ``management-system``. `time` is when it happened (default: now).
        `source` defaults to the first source of the first signer's enrolment. `references` and `attach` are
        added to those in the body. `kind` is needed only for plain members.

        Raises:
            BadInput: refused, nothing stored. OutcomeUnknown: append the same line again.
        """
        with self.batch() as batch:
            pending = batch.record(
                body, signers=signers, subject=subject, kind=kind, source=source, time=time,
                references=references, attach=attach,
            )  # fmt: skip
        return pending.receipt

    def batch(self) -> Batch:
        """A context manager that stores everything recorded in it at its end, all or nothing."""
        return Batch(self)

    def append(self, lines: Iterable[bytes]) -> list[Receipt]:
        """Store signed envelopes, one JSON object ``{"envelope", "disclosures"}`` each, all or nothing.

        Raises:
            BadInput: refused, nothing stored; the message says which line.
        """
        return self._store(read_lines(lines))

    def attach(
        self,
        file: Path,
        *,
        role: str,
        name: str | None = None,
        media_type: str | None = None,
        personal: bool = False,
    ) -> Artefact:
        """Stream a file into the blob folder; the artefact to put into a body.

        `personal` stores it under a salted digest, so that it can be erased and its digest reveals nothing.

        Raises:
            StoreError: if the file can't be read or the folder can't be written.
        """
        from ledger.kinds import Artefact

        try:
            handle = file.open("rb")
        except OSError as error:
            raise StoreError(f"attachment {file}: can't be read ({error.strerror})") from error
        with handle:
            stored = self._blobs.put(handle, personal=personal)
        guessed = media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Artefact(
            name=name or file.name, role=role, digest=stored.digest, size=stored.size, media_type=guessed,
            attached=True, salted=personal,
        )  # fmt: skip

    def enroll(
        self, public_key: Signer, *, principal: str, roles: Sequence[str], sources: Sequence[str],
        admins: Signer | Sequence[Signer], principal_name: str | None = None,
    ) -> Receipt:  # fmt: skip
        """Enrol the key of a holder, who signs too (proof of possession), together with `admins`."""
        signers = [admins] if isinstance(admins, Signer) else list(admins)
        data = {
            "action": "enrolled",
            "keyid": key_id(public_key.public_key),
            **key_members(public_key.public_key),
            "principal": principal,
            "roles": list(roles),
            "sources": list(sources),
            **({"principal_name": principal_name} if principal_name else {}),
        }
        return self.record(data, kind="key", signers=[*signers, public_key], subject=LEDGER)

    def checkpoint(self) -> bytes:
        """The signed note of the current head, signed now if it was not yet.

        Raises:
            Refused: if the ledger was opened without its checkpoint key.
        """
        if self._checkpoints is None:
            raise Refused("no checkpoint key", "checkpoint: the ledger was opened without its checkpoint key")
        return self._checkpoints.sign(self.authority)

    def adopt(self, note: bytes, trust: TrustPolicy | None = None, *, unwitnessed: bool = False) -> None:
        """Bring back a checkpoint signer that lost its memory; see `ledger.store.checkpoints`."""
        if self._checkpoints is None:
            raise Refused("no checkpoint key", "adopt: the ledger was opened without its checkpoint key")
        self._checkpoints.adopt(note, self.authority, trust, unwitnessed=unwitnessed)

    def clean_up_erasures(self) -> bool:
        """Remove the attachments that erasure entries name, and what deleted rows left in the write-ahead log.

        False if a reader still needs the log: then a value may still be in it.

        Raises:
            StoreError: an attachment can't be removed.
        """
        stays: StoreError | None = None
        for entry in self.entries(kinds={"erasure"}):
            for digest in entry.data.get("attachments") or ():
                try:
                    self._blobs.remove(digest)
                except StoreError as error:  # the others, and the log, do not wait for this one
                    stays = error
        emptied = self._backend.empty_log()
        if stays is not None:
            raise stays
        return emptied

    # Reading

    def newest_checkpoint(self) -> bytes | None:
        """The newest signed checkpoint note stored, or None; not verified here."""
        with self._backend.reading("reading checkpoints") as connection:
            return newest_checkpoint(connection)

    def checkpoints(self) -> list[bytes]:
        """Every signed checkpoint note stored, in the order they were signed; not verified here."""
        with self._backend.reading("reading checkpoints") as connection:
            return stored_checkpoints(connection)

    def entries(
        self,
        *,
        size: int | None = None,
        start: int = 0,
        kinds: Collection[str] | None = None,
        subject: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Entries ``[start, size)`` that match, in ledger order; read in pages, so memory stays small.

        Raises:
            ProofError: if the index describes an entry differently from its bytes.
        """
        authority, end = self.authority, self.size if size is None else min(size, self.size)
        left = limit
        while left is None or left > 0:
            with self._backend.reading("looking for entries") as connection:
                places = find_places(
                    connection, self.recent, size=end, start=start, kinds=kinds, subject=subject,
                    newest_first=newest_first, limit=left,
                )  # fmt: skip
            for part in batches(places, 512):  # so many are held at once
                with self._backend.reading("reading entries") as connection:
                    page = entries_at(connection, authority, part, kinds, subject)
                yield from page
            if not places or (left is not None and len(places) >= left):
                return
            left = None if left is None else left - len(places)
            start, end = (start, places[-1]) if newest_first else (places[-1] + 1, end)

    def entry(self, place: int | str) -> Entry:
        """The entry at an index (from 0), or the one whose statement digest begins with a hex prefix.

        Raises:
            BadInput: no such entry, or several. StoreError: the entry's row is missing.
        """
        authority, size = self.authority, self.size
        with self._backend.reading("reading an entry") as connection:
            number = place if isinstance(place, int) else find_entry(connection, place, size)
            if not 0 <= number < size:
                raise Refused("no such entry", f"entry {number}: the ledger has entries 0 to {size - 1}")
            return read_entries(connection, authority, [(number, read_leaf(connection, number))])[0]

    def leaf(self, number: int) -> bytes:
        """The leaf bytes of an entry; ``SHA-256(0x00 || leaf)`` is its leaf hash."""
        with self._backend.reading("reading a leaf") as connection:
            return read_leaf(connection, number)

    def rebuild_index(self) -> None:
        """Derive every column again from the leaf bytes; no evidence is touched."""
        with self._backend.writing("rebuilding the index") as connection:
            head = read_head(connection)
            index.rebuild(connection, head.size if head else 0)

    # Inside

    def _store(self, lines: Iterable[Line]) -> list[Receipt]:
        keys = KnownKeys(self._appender.authority_or_none(), lambda: self.authority if self.size else None)
        checked = check_lines(keys.watch(lines), keys.public_key, self._helper)
        if not checked:
            return []
        receipts = self._appender.append(checked, self._checkpoints.check_ready if self._checkpoints else None)
        if any(line.statement.kind == "erasure" for line in checked):
            with suppress(AimsError):  # stored and durable; `finish_erasures` says what is left, and finishes it
                self.clean_up_erasures()
        if self._checkpoints is None:
            return receipts
        try:
            self._checkpoints.sign(self._appender.authority, self._appender.grown)
        except AimsError:
            # Stored and durable: to raise now would invite recording it again. The receipts say `committed`, and
            # `checkpoint` says why.
            return receipts
        return [receipt.checkpointed() for receipt in receipts]

    def source_of(self, signer: Signer) -> str:
        """The first source (in alphabetical order) that a signer's key may speak for.

        Raises:
            Refused: if the key is not enrolled.
        """
        authority = self._appender.authority_or_none() or self.authority
        key = authority.keys.get(key_id(signer.public_key)) or self.authority.keys.get(key_id(signer.public_key))
        if key is None:
            raise unknown_key(key_id(signer.public_key))
        return min(key.sources)


def _read_origin(backend: Backend) -> str:
    path = backend.path
    schema.bring_up(backend)
    with backend.reading(f"opening {path}") as connection:
        head = read_head(connection)
        entries = dict(read_leaves(connection, 0, 1))
    if head is not None:
        return head.origin
    if entries:
        raise Damaged(f"{path}: the head row is gone, the entries are there", remedy="'aims verify' says more")
    raise StoreError(f"{path}: a ledger without entries", remedy="its creation was interrupted; make a new one")
