"""Verifying one range of entries, second part: what each entry says and who signed it.

Every entry is judged by the functions the door uses (`ledger.admission`), with the key state of its place. What is
derived from entries is compared with them in `ledger.store.rowscan`, erasable values in `ledger.store.valuescan`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final

import sqlalchemy as sa

from ledger.admission import MAX_CLOCK_AHEAD, check_schema, check_signatures, judge, new_key
from ledger.authority import Authority
from ledger.errors import BadInput, FormatError, ProofError, Refused, SchemaError
from ledger.leaf import UnsupportedVersion, parse_leaf
from ledger.policy import STATE_KINDS
from ledger.signing import verify
from ledger.statement import Statement, parse_statement, read_attributes
from ledger.store import tables as t
from ledger.store.blobs import Blobs
from ledger.store.index import find_statements
from ledger.store.judging import EntryScan, Judging, ReadEntry, SubjectRun
from ledger.store.read import column_bytes
from ledger.store.rowscan import check_rows
from ledger.store.valuescan import check_erasures, check_values
from ledger.times import format_instant
from ledger.verdicts import Verdict

_TOGETHER: Final = 256
"""Entries that are read before their signatures are checked: either work displaces the other from the processor's
caches, so alternating after each entry would cost several microseconds an entry."""

_JUDGED_BY_BODY: Final = frozenset({"approval", "erasure", "key"})
"""Kinds whose rules look into the body, which must be valid first."""


def scan_entries(
    connection: sa.Connection,
    blobs: Blobs,
    judging: Judging,
    start: int,
    leaves: Sequence[tuple[int, bytes]],
    hashes: Sequence[bytes],
) -> EntryScan:
    """Judge the (index, leaf bytes) rows of the range from `start` on; `hashes` are the leaf hashes of its places."""
    scan = EntryScan()
    parse = parse_statement if judging.full else read_attributes
    allowed = _Allowed(judging.authority, start, start + len(hashes))
    entries, understood = [], []
    for first in range(0, len(leaves), _TOGETHER):
        read = []
        for index, raw in leaves[first : first + _TOGETHER]:
            entry = _read(scan, index, raw, hashes[index - start], parse)
            if entry is not None:
                if judging.authority is not None:
                    _walk(scan, judging.authority, entry)
                read.append((entry, _check_schema(scan, judging, entry)))
        unchecked: list[tuple[int, bytes, bytes, bytes]] = []
        for entry, valid in read:
            _check_signers(connection, scan, judging, allowed, entry, unchecked, valid=valid)
        _check_signatures(scan, unchecked)
        if judging.full:  # else nothing needs them again, and the memory stays in the processor's cache
            entries += [entry for entry, _ in read]
            understood += [entry for entry, valid in read if valid]
        scan.opaque += sum(not valid for _, valid in read)
    scan.opaque += scan.unread
    if judging.full and leaves:
        check_values(connection, scan, judging, understood, (leaves[0][0], leaves[-1][0]))
        check_rows(connection, scan, judging, entries, understood)
        check_erasures(connection, scan, judging, blobs, understood)
    return scan


def _read(
    scan: EntryScan, index: int, raw: bytes, hashed: bytes, parse: Callable[[bytes], Statement]
) -> ReadEntry | None:
    try:
        leaf = parse_leaf(raw)
        if leaf.links.index == index:
            return ReadEntry(index, hashed, leaf, parse(leaf.envelope.payload))
        scan.add(Verdict.REORDERED, index, f"its leaf says it is entry {leaf.links.index}")
    except UnsupportedVersion as error:
        scan.add(Verdict.UNSUPPORTED_VERSION, index, str(error))
    except FormatError as error:
        # Bytes that no writer of ours produced: whatever the hashes say, they are not a leaf.
        scan.add(Verdict.ALTERED, index, str(error))
    scan.unread += 1
    return None


def _walk(scan: EntryScan, authority: Authority, entry: ReadEntry) -> None:
    """Time, origin and per-subject counters inside the range."""
    links, subject = entry.leaf.links, entry.statement.subject
    if links.ledger != authority.origin:
        scan.add(Verdict.NOT_PERMITTED, entry.index, f"its leaf names ledger {links.ledger}")
    if scan.first is None:
        scan.first, scan.first_time = entry.index, links.time
    elif links.time < authority.clock_resets.get(entry.index - 1, scan.last_time):
        scan.time_breaks.append((entry.index, scan.last))
    scan.last, scan.last_time = entry.index, links.time
    run = scan.subjects.get(subject)
    if run is None:
        scan.subjects[subject] = SubjectRun(entry.index, links.nth, links.nth_prev, 1, entry.hash)
        return
    if (links.nth, links.nth_prev) != (run.first_nth + run.entries, run.last_hash):
        found = f"it says it is number {links.nth} of {subject}, expected {run.first_nth + run.entries}"
        scan.counter_breaks.append((entry.index, found))
    run.entries += 1
    run.last_hash = entry.hash


def _check_schema(scan: EntryScan, judging: Judging, entry: ReadEntry) -> bool:
    """Whether the body is one that its schema allows, so that other checks may rely on its shape."""
    kind = entry.statement.kind
    if not judging.full and kind not in _JUDGED_BY_BODY:
        return True
    try:
        check_schema(entry.statement)
    except (SchemaError, FormatError, Refused) as error:
        unknown = isinstance(error, Refused) and error.rule == "unknown kind"
        if kind not in STATE_KINDS:  # those were judged before the scan
            verdict = Verdict.UNSUPPORTED_VERSION if unknown else Verdict.SCHEMA_VIOLATION
            scan.add(verdict, entry.index, str(error))
        return False
    return True


class _Allowed:
    """What was judged and allowed in one range since keys or policy last changed: who says what kind from where.

    A pipeline says thousands of things alike. What `judge` answers depends on nothing else, but for the kinds
    `_JUDGED_BY_BODY`, which are judged each time; signatures are checked each time in any case.
    """

    def __init__(self, authority: Authority | None, start: int, end: int) -> None:
        self._changes = sorted({place for place in _changes(authority) if start < place < end}) if authority else []
        self._keys: dict[tuple[str, ...], dict[str, bytes]] = {}
        self.any_compromised = authority is not None and any(
            key.compromised_since is not None for key in authority.keys.values()
        )

    def at(self, index: int) -> dict[tuple[str, ...], dict[str, bytes]]:
        """(kind, source, ledger, keyids …) to public keys, to read and to add to; asked in ascending order."""
        while self._changes and self._changes[0] <= index:
            del self._changes[0]
            self._keys = {}
        return self._keys


def _changes(authority: Authority) -> Iterator[int]:
    """The places from which on other keys, another policy, or nothing at all may be in force."""
    for key in authority.keys.values():
        yield from (key.start, key.end)
    yield from (set_by + 1 for set_by, _ in authority.policies)
    if authority.closed_at is not None:
        yield authority.closed_at + 1


def _check_signers(
    connection: sa.Connection,
    scan: EntryScan,
    judging: Judging,
    allowed: _Allowed,
    entry: ReadEntry,
    unchecked: list[tuple[int, bytes, bytes, bytes]],
    *,
    valid: bool,
) -> None:
    """Judge who signed the entry; signatures of what was allowed before are left to do in `unchecked`."""
    statement, authority = entry.statement, judging.authority
    if statement.kind in STATE_KINDS:
        scan.state_places.append(entry.index)
    if authority is None:
        return
    keyids = [s.keyid for s in entry.leaf.envelope.signatures]
    if statement.kind not in STATE_KINDS:  # those are judged in order, before the scan, by `ledger.verifying.keyfold`
        before = allowed.at(entry.index)
        alike = (statement.kind, statement.source, statement.ledger, *keyids)
        keys = before.get(alike)
        if keys is not None:
            message = entry.leaf.envelope.signed_bytes
            unchecked += [(entry.index, keys[s.keyid], s.sig, message) for s in entry.leaf.envelope.signatures]
        else:
            try:
                keys = {keyid: authority.key_at(keyid, entry.index).public_key for keyid in keyids}
                check_signatures(entry.leaf.envelope, keys.__getitem__)
                by_body = statement.kind in _JUDGED_BY_BODY
                if valid or not by_body:
                    judge(authority, entry.index, statement, keyids, _Signers(connection, scan, judging, entry))
                if not by_body:
                    before[alike] = keys
            except ProofError as error:
                scan.add(Verdict.SIGNATURE_INVALID, entry.index, str(error))
            except BadInput as error:
                _refused(scan, judging, entry.index, str(error))
    if statement.time > entry.leaf.links.time + MAX_CLOCK_AHEAD:
        found = f"time {format_instant(statement.time)} is over 300 s after the ledger's clock"
        scan.add(Verdict.NOT_PERMITTED, entry.index, found)
    if not allowed.any_compromised:
        return
    # A key's signature under its own enrolment only proves that its holder has it; an admin's lets it in.
    newcomer = new_key(statement) if valid else None
    for keyid in keyids:
        key = authority.keys.get(keyid) if keyid != newcomer else None
        if key and key.compromised_since is not None and not _known_before(judging, entry.index, key.compromised_since):
            found = (
                f"signed with key {keyid[:16]} of {key.principal}, compromised since "
                f"{format_instant(key.compromised_since)}, and not known to be older"
            )
            scan.add(Verdict.KEY_COMPROMISED, entry.index, found)


def _check_signatures(scan: EntryScan, unchecked: Sequence[tuple[int, bytes, bytes, bytes]]) -> None:
    """Verify (index, public key, signature, message), several after each other for an entry with several."""
    wrong = -1
    for index, key, signature, message in unchecked:
        if index == wrong:
            continue
        try:
            verify(key, signature, message)
        except ProofError as error:
            wrong = index
            scan.add(Verdict.SIGNATURE_INVALID, index, str(error))


def _refused(scan: EntryScan, judging: Judging, index: int, reason: str) -> None:
    if judging.unsure_after is not None and index > judging.unsure_after:
        found = f"it can't be judged, since entry {judging.unsure_after}, about keys or policy, is lost ({reason})"
        scan.add(Verdict.NOT_CHECKED, index, found)
    else:
        scan.add(Verdict.NOT_PERMITTED, index, reason)


def _known_before(judging: Judging, index: int, since: int) -> bool:
    return any(size > index and at < since for size, at in judging.seen)


class _Signers:
    """The principals that signed the statement with a digest, which an approval asks for."""

    def __init__(self, connection: sa.Connection, scan: EntryScan, judging: Judging, entry: ReadEntry) -> None:
        self._connection, self._scan, self._judging, self._entry = connection, scan, judging, entry

    def __call__(self, digest: bytes) -> frozenset[str]:
        authority = self._judging.authority
        assert authority is not None
        place = find_statements(self._connection, [digest]).get(digest)
        # The index leads there, the bytes decide: a wrong row must not make anyone somebody else's approver.
        c = t.entry.c
        raw = self._connection.execute(sa.select(c.leaf).where(c.idx == place)).scalar_one_or_none()
        try:
            envelope = parse_leaf(column_bytes(raw)).envelope
            if sha256(envelope.payload).digest() == digest:
                return frozenset(
                    authority.keys[s.keyid].principal for s in envelope.signatures if s.keyid in authority.keys
                )
        except FormatError:
            pass  # missing or altered, and reported as that where it stands
        if not self._judging.full:  # else the reference itself is judged with the derived tables
            found = f"it approves statement {digest.hex()[:16]}, which the index does not lead to"
            self._scan.add(Verdict.NOT_CHECKED, self._entry.index, found)
        return frozenset()
