"""Verifying one range of entries, second part: what each entry says, who signed it, and what is derived from it.

Every entry is judged by the functions the door uses (`ledger.admission`), with the key state of its place. The
derived tables are compared with what `ledger.store.index.row_of` derives from the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

import sqlalchemy as sa

from ledger.admission import MAX_CLOCK_AHEAD, check_body, check_schema, check_signatures, judge, may_have_digests
from ledger.authority import Authority
from ledger.batches import batches
from ledger.disclosure import Disclosure, open_disclosures
from ledger.encoding import format_base64url, parse_base64url
from ledger.errors import BadInput, FormatError, ProofError, Refused, SchemaError
from ledger.kinds import validate_body
from ledger.leaf import Leaf, UnsupportedVersion, parse_leaf
from ledger.merkle import leaf_hash
from ledger.policy import STATE_KINDS
from ledger.statement import Statement, id_bytes, parse_statement, read_attributes
from ledger.store import tables as t
from ledger.store.blobs import Blobs
from ledger.store.index import INDEX_COLUMNS, IndexRow, find_statements, known_ids, row_of
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import read_leaf
from ledger.times import format_instant
from ledger.verdicts import Finding, Place, Verdict

MAX_FINDINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class SubjectRun:
    """The entries of one subject in a range: the first one's `nth` and `nth_prev`, the last one's `nth` and hash."""

    first: int
    first_nth: int
    first_prev: bytes
    last_nth: int
    last_hash: bytes


@dataclass(slots=True)
class EntryScan:
    """What the entries of a range showed; `findings` at most 1,000, `found` all of them by verdict."""

    findings: list[Finding] = field(default_factory=list)
    found: dict[Verdict, int] = field(default_factory=dict)
    state_places: list[int] = field(default_factory=list)
    subjects: dict[str, SubjectRun] = field(default_factory=dict)
    first_time: int | None = None
    last_time: int = 0
    attachments: dict[str, tuple[int, int, bool]] = field(default_factory=dict)  # digest -> index, size, salted
    erased_blobs: dict[str, int] = field(default_factory=dict)  # digest -> index of the erasure
    erasures: int = 0
    counter_breaks: list[tuple[int, str]] = field(default_factory=list)  # entries whose nth does not follow
    rows: dict[str, int] = field(default_factory=dict)  # derived rows accounted for, by table

    def add(self, verdict: Verdict, index: int, detail: str, what: str = "") -> None:
        """Note a finding."""
        self.found[verdict] = self.found.get(verdict, 0) + 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(verdict, Place(index, what), detail))


@dataclass(frozen=True, slots=True)
class Judging:
    """What a scan needs to know of the whole ledger; plain values, so that it can go to another process.

    `authority` is the key state after every valid `ledger` and `key` entry, whose places are `state_places`
    (those are judged before the scan). `seen` are (size, time) of checkpoints known to have existed by that time.
    """

    authority: Authority
    state_places: frozenset[int]
    seen: tuple[tuple[int, int], ...]
    indexed: int
    full: bool


@dataclass(frozen=True, slots=True)
class _Read:
    index: int
    hash: bytes
    leaf: Leaf
    statement: Statement


_INDEX_ROWS = Prepared(
    sa.select(*(t.entry_index.c[name] for name in INDEX_COLUMNS)).where(
        t.entry_index.c.idx >= sa.bindparam("low"), t.entry_index.c.idx <= sa.bindparam("high")
    )
)


def scan_entries(
    connection: sa.Connection, blobs: Blobs, judging: Judging, leaves: Sequence[tuple[int, bytes]]
) -> EntryScan:
    """Judge the (index, leaf bytes) rows of one range."""
    scan = EntryScan()
    parse = parse_statement if judging.full else read_attributes
    entries = [entry for entry in (_read(scan, index, raw, parse) for index, raw in leaves) if entry]
    for entry in entries:
        _walk(scan, judging, entry)
        _check_signers(connection, scan, judging, entry)
    if judging.full and leaves:
        _check_bodies(connection, scan, entries)
        _check_derived(connection, scan, judging, entries, (leaves[0][0], leaves[-1][0]))
        for entry in entries:
            if entry.statement.kind == "erasure":
                _check_erasure(connection, scan, blobs, entry)
    return scan


def _read(scan: EntryScan, index: int, raw: bytes, parse: Callable[[bytes], Statement]) -> _Read | None:
    try:
        leaf = parse_leaf(raw)
        statement = parse(leaf.envelope.payload)
    except UnsupportedVersion as error:
        scan.add(Verdict.UNSUPPORTED_VERSION, index, str(error))
        return None
    except FormatError as error:
        # Bytes that no writer of ours produced: whatever the hashes say, they are not a leaf.
        scan.add(Verdict.ALTERED, index, str(error))
        return None
    if leaf.links.index != index:
        scan.add(Verdict.REORDERED, index, f"its leaf says it is entry {leaf.links.index}")
        return None
    return _Read(index, leaf_hash(raw), leaf, statement)


def _walk(scan: EntryScan, judging: Judging, entry: _Read) -> None:
    """Time, origin and per-subject counters inside the range."""
    links, subject = entry.leaf.links, entry.statement.subject
    if links.ledger != judging.authority.origin:
        scan.add(Verdict.NOT_PERMITTED, entry.index, f"its leaf names ledger {links.ledger}")
    floor = judging.authority.clock_resets.get(entry.index - 1, scan.last_time)
    if scan.first_time is None:
        scan.first_time = links.time
    elif links.time < floor:
        scan.add(Verdict.NOT_PERMITTED, entry.index, f"time {format_instant(links.time)} is before the entry before it")
    scan.last_time = links.time
    run = scan.subjects.get(subject)
    if run is None:
        scan.subjects[subject] = SubjectRun(entry.index, links.nth, links.nth_prev, links.nth, entry.hash)
        return
    if (links.nth, links.nth_prev) != (run.last_nth + 1, run.last_hash):
        scan.counter_breaks.append((entry.index, f"nth is {links.nth}, expected {run.last_nth + 1}"))
    scan.subjects[subject] = SubjectRun(run.first, run.first_nth, run.first_prev, links.nth, entry.hash)


def _check_signers(connection: sa.Connection, scan: EntryScan, judging: Judging, entry: _Read) -> None:
    statement, authority = entry.statement, judging.authority
    if statement.kind in STATE_KINDS:
        scan.state_places.append(entry.index)
        return  # judged in order, before the scan, by `ledger.verification`
    keyids = [s.keyid for s in entry.leaf.envelope.signatures]

    def public_key(keyid: str) -> bytes:
        return authority.key_at(keyid, entry.index).public_key

    def signers_of(digest: bytes) -> frozenset[str]:
        return _principals(connection, authority, digest)

    try:
        check_signatures(entry.leaf.envelope, public_key)
        judge(authority, entry.index, statement, keyids, signers_of)
        if statement.time > entry.leaf.links.time + MAX_CLOCK_AHEAD:
            raise Refused("time ahead", f"time {format_instant(statement.time)} is over 300 s after the ledger's clock")
    except ProofError as error:
        scan.add(Verdict.SIGNATURE_INVALID, entry.index, str(error))
    except BadInput as error:
        scan.add(Verdict.NOT_PERMITTED, entry.index, str(error))
    for keyid in keyids:
        key = authority.keys.get(keyid)
        if key and key.compromised_since is not None and not _known_before(judging, entry.index, key.compromised_since):
            scan.add(
                Verdict.KEY_COMPROMISED,
                entry.index,
                f"signed with key {keyid[:16]} of {key.principal}, compromised since "
                f"{format_instant(key.compromised_since)}, and not known to be older",
            )


def _known_before(judging: Judging, index: int, since: int) -> bool:
    return any(size > index and at < since for size, at in judging.seen)


def _principals(connection: sa.Connection, authority: Authority, digest: bytes) -> frozenset[str]:
    place = find_statements(connection, [digest]).get(digest)
    if place is None:
        return frozenset()  # a dangling reference, reported where references are checked
    keyids = [s.keyid for s in parse_leaf(read_leaf(connection, place)).envelope.signatures]
    return frozenset(authority.keys[k].principal for k in keyids if k in authority.keys)


def _check_bodies(connection: sa.Connection, scan: EntryScan, entries: Sequence[_Read]) -> None:
    sealed = [entry for entry in entries if may_have_digests(entry.statement)]
    texts = _texts(connection, entries[0].index, entries[-1].index) if entries else {}
    gone = _erased(connection, entries[0].index, entries[-1].index) if entries else {}
    scan.rows["disclosure"] = sum(len(found) for found in texts.values())
    scan.rows["erased"] = sum(len(found) for found in gone.values())
    for entry in entries:
        try:
            check_schema(entry.statement)
        except Refused as error:
            verdict = Verdict.UNSUPPORTED_VERSION if error.rule == "unknown kind" else Verdict.SCHEMA_VIOLATION
            scan.add(verdict, entry.index, str(error))
        except (SchemaError, FormatError) as error:
            scan.add(Verdict.SCHEMA_VIOLATION, entry.index, str(error))
        for artefact in entry.statement.data.get("artefacts", ()):
            if artefact.get("attached"):
                scan.attachments.setdefault(
                    artefact["digest"], (entry.index, artefact["size"], bool(artefact.get("salted")))
                )
    known = {entry.index for entry in sealed}
    for entry in sealed:
        _check_disclosures(connection, scan, entry, texts.get(entry.index, []), gone.get(entry.index, {}))
    for index in sorted((texts.keys() | gone.keys()) - known):
        scan.add(Verdict.INDEX_WRONG, index, "disclosures are stored for an entry that has no erasable members")


def _check_disclosures(
    connection: sa.Connection, scan: EntryScan, entry: _Read, texts: list[str], gone: Mapping[bytes, int]
) -> None:
    try:
        disclosures = tuple(Disclosure(text) for text in texts)
        opened, unresolved, _ = open_disclosures(entry.statement.data, disclosures)
        if not unresolved:
            check_body(entry.statement, texts)
        else:
            validate_body(entry.statement.kind, opened)
    except (FormatError, ProofError, SchemaError, Refused) as error:
        scan.add(Verdict.ALTERED, entry.index, str(error), "erasable value")
        return
    present = {parse_base64url(d.digest) for d in disclosures}
    for digest, container in unresolved.items():
        by_index = gone.get(parse_base64url(digest))
        if by_index is None or not _names(connection, by_index, entry.statement.digest, digest):
            scan.add(
                Verdict.MISSING,
                entry.index,
                f"the value behind digest {digest[:12]}… in {container or '/'} is gone and no erasure entry names it",
                "erasable value",
            )
        else:
            scan.add(Verdict.ERASED, entry.index, f"by entry {by_index}", "erasable value")
    for digest_bytes, by_index in gone.items():
        if digest_bytes in present:
            scan.add(Verdict.ERASED_BUT_PRESENT, entry.index, f"erased by entry {by_index}, but stored again")
        elif format_base64url(digest_bytes) not in unresolved:
            scan.add(Verdict.INDEX_WRONG, entry.index, "an erasure is noted for a value that this entry never had")


def _names(connection: sa.Connection, by_index: int, statement: bytes, digest: str) -> bool:
    """Whether entry `by_index` is an erasure entry that names the digest of that statement."""
    raw = connection.execute(sa.select(t.entry.c.leaf).where(t.entry.c.idx == by_index)).scalar_one_or_none()
    if raw is None:
        return False
    try:
        erasure = parse_statement(parse_leaf(bytes(raw)).envelope.payload)
    except FormatError:
        return False  # that entry is reported as altered where it stands
    return (
        erasure.kind == "erasure"
        and erasure.data.get("statement") == statement.hex()
        and any(member.get("digest") == digest for member in erasure.data.get("members", ()))
    )


def _check_erasure(connection: sa.Connection, scan: EntryScan, blobs: Blobs, entry: _Read) -> None:
    """What an erasure entry names must be gone, and noted as erased."""
    scan.erasures += 1
    data = entry.statement.data
    target = bytes.fromhex(data["statement"])
    place = find_statements(connection, [target]).get(target)
    if place is None:
        scan.add(Verdict.NOT_PERMITTED, entry.index, "it erases from a statement that is not in the ledger")
        return
    noted = _erased(connection, place, place).get(place, {})
    for member in data.get("members") or ():
        digest = parse_base64url(member["digest"])
        c = t.disclosure.c
        if connection.execute(sa.select(c.idx).where(c.idx == place, c.digest == digest)).first():
            scan.add(Verdict.ERASED_BUT_PRESENT, place, f"{member['pointer']} was erased by entry {entry.index}")
        if digest not in noted:
            scan.add(Verdict.INDEX_WRONG, entry.index, f"its erasure of {member['pointer']} is not noted")
    for digest_text in data.get("attachments") or ():
        scan.erased_blobs[digest_text] = entry.index
        if blobs.has(digest_text):
            scan.add(
                Verdict.ERASED_BUT_PRESENT, place, f"attachment {digest_text[:16]} was erased by entry {entry.index}"
            )


def _check_derived(
    connection: sa.Connection, scan: EntryScan, judging: Judging, entries: Sequence[_Read], bounds: tuple[int, int]
) -> None:
    """The rows of statement_id, entry_index, statement, reference and artefact indexes."""
    ids = _ids(connection, entries)
    expected = [row_of(entry.leaf, entry.statement) for entry in entries]
    places = find_statements(
        connection,
        list({row.statement for row in expected} | {digest for row in expected for digest, _ in row.references}),
    )
    stored = {row[0]: tuple(row) for row in _INDEX_ROWS.all(connection, low=bounds[0], high=bounds[1])}
    links = _links(connection, expected)
    scan.rows["statement_id"] = len(entries)
    for entry, row in zip(entries, expected, strict=True):
        if ids.get((id_bytes(entry.statement.id), entry.statement.source)) != entry.index:
            scan.add(Verdict.INDEX_WRONG, entry.index, "the table of ids leads elsewhere", "statement_id")
        if places.get(row.statement) != entry.index:
            scan.add(Verdict.INDEX_WRONG, entry.index, "the table of digests leads elsewhere", "statement_index")
        for digest, rel in row.references:
            if places.get(digest, entry.index) >= entry.index:
                scan.add(
                    Verdict.NOT_PERMITTED,
                    entry.index,
                    f"reference {rel} to {digest.hex()[:16]}, which is no earlier entry",
                    "reference",
                )
        if entry.index < judging.indexed:
            _compare_row(scan, row, stored.get(entry.index), links)


def _compare_row(
    scan: EntryScan, row: IndexRow, found: tuple[object, ...] | None, links: Collection[tuple[str, bytes, int, str]]
) -> None:
    own = row.columns()
    if found != tuple(own.values()):
        differ = [name for name, a, b in zip(own, own.values(), found or repeat(None), strict=False) if a != b]
        scan.add(Verdict.INDEX_WRONG, row.idx, f"{', '.join(differ)} differ from the bytes", "entry_index")
    for digest, rel in row.references:
        scan.rows["reference_index"] = scan.rows.get("reference_index", 0) + 1
        if ("reference", digest, row.idx, rel) not in links:
            scan.add(Verdict.INDEX_WRONG, row.idx, f"reference {rel} is not indexed", "reference_index")
    for digest in row.artefacts:
        scan.rows["artefact_index"] = scan.rows.get("artefact_index", 0) + 1
        if ("artefact", digest, row.idx, "") not in links:
            scan.add(Verdict.INDEX_WRONG, row.idx, f"artefact {digest.hex()[:16]} is not indexed", "artefact_index")


def _ids(connection: sa.Connection, entries: Sequence[_Read]) -> dict[tuple[bytes, str], int]:
    return known_ids(connection, sorted({id_bytes(entry.statement.id) for entry in entries}))


def _links(connection: sa.Connection, rows: Sequence[IndexRow]) -> set[tuple[str, bytes, int, str]]:
    found: set[tuple[str, bytes, int, str]] = set()
    low, high = (rows[0].idx, rows[-1].idx) if rows else (0, -1)
    r, a = t.reference_index.c, t.artefact_index.c
    for part in batches(sorted({digest for row in rows for digest, _ in row.references}), 500):
        query = sa.select(r.target, r.idx, r.rel).where(r.target.in_(part), r.idx >= low, r.idx <= high)
        found.update(("reference", bytes(digest), idx, rel) for digest, idx, rel in connection.execute(query))
    for part in batches(sorted({digest for row in rows for digest in row.artefacts}), 500):
        artefacts = sa.select(a.digest, a.idx).where(a.digest.in_(part), a.idx >= low, a.idx <= high)
        found.update(("artefact", bytes(digest), idx, "") for digest, idx in connection.execute(artefacts))
    return found


def _texts(connection: sa.Connection, low: int, high: int) -> dict[int, list[str]]:
    c = t.disclosure.c
    found: dict[int, list[str]] = {}
    for idx, text in connection.execute(sa.select(c.idx, c.text).where(c.idx >= low, c.idx <= high)):
        found.setdefault(idx, []).append(text)
    return found


def _erased(connection: sa.Connection, low: int, high: int) -> dict[int, dict[bytes, int]]:
    c = t.erased.c
    found: dict[int, dict[bytes, int]] = {}
    for idx, digest, by_idx in connection.execute(
        sa.select(c.idx, c.digest, c.by_idx).where(c.idx >= low, c.idx <= high)
    ):
        found.setdefault(idx, {})[bytes(digest)] = by_idx
    return found
