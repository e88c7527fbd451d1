"""Verifying one range of entries, third part: erasable values, erasures, and which attachments there must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from itertools import chain

import sqlalchemy as sa

from ledger.admission import check_schema, may_have_digests, open_stored
from ledger.disclosure import Disclosure
from ledger.encoding import format_base64url, parse_base64url
from ledger.errors import FormatError, ProofError, Refused, SchemaError, StoreError
from ledger.leaf import parse_leaf
from ledger.statement import Statement, parse_statement
from ledger.store import tables as t
from ledger.store.blobs import Blobs
from ledger.store.erasures import judge_holds, read_holds
from ledger.store.index import find_statements
from ledger.store.judging import EntryScan, Judging, ReadEntry
from ledger.store.read import column_bytes, read_leaves
from ledger.verdicts import Verdict

_VALUE = "erasable value"
_Rows = dict[int, list[tuple[bytes, object]]]


def check_values(
    connection: sa.Connection, scan: EntryScan, judging: Judging, entries: Sequence[ReadEntry], bounds: tuple[int, int]
) -> None:
    """Compare the stored disclosures and noted erasures of entries ``bounds`` (both inclusive) with the bodies.

    `entries` are those whose body its schema allows. Also collects the attachments that must be there.
    """
    texts = _stored(connection, t.disclosure.c.text, bounds)
    gone = _stored(connection, t.erased.c.by_idx, bounds)
    known = set()
    for entry in entries:
        for artefact in entry.statement.data.get("artefacts", ()):
            if artefact.get("attached"):
                place = entry.index, artefact["size"], bool(artefact.get("salted"))
                scan.mention(artefact["digest"], place)
        if may_have_digests(entry.statement):
            known.add(entry.index)
            _check_entry(connection, scan, judging, entry, texts.get(entry.index, []), gone.get(entry.index, []))
    for index in sorted((texts.keys() | gone.keys()) - known):
        found = "values or erasures are stored for an entry without erasable members"
        scan.add(Verdict.INDEX_WRONG, int(index), found, _VALUE)


Holds = Callable[[], Sequence[tuple[int, Statement]]]


def check_erasures(
    connection: sa.Connection, scan: EntryScan, judging: Judging, blobs: Blobs, entries: Sequence[ReadEntry]
) -> None:
    """See that what the erasure entries among `entries` name was free to go, is gone, and is noted as erased."""
    erasures = [entry for entry in entries if entry.statement.kind == "erasure"]

    @cache  # once for a range: every entry that is not indexed yet is read for it
    def holds() -> Sequence[tuple[int, Statement]]:
        return list(read_holds(connection, erasures[-1].index, judging.indexed))

    for erasure in erasures:
        _check_erasure(connection, scan, blobs, erasure, holds)


def _check_erasure(connection: sa.Connection, scan: EntryScan, blobs: Blobs, entry: ReadEntry, holds: Holds) -> None:
    scan.erasures += 1
    data = entry.statement.data
    target = bytes.fromhex(data["statement"])
    place: object = find_statements(connection, [target]).get(target)
    if not isinstance(place, int) or _statement_at(connection, place, target) is None:
        place = None  # a dangling reference, or a wrong index: reported as that
    for digest_text in data.get("attachments") or ():
        scan.erased_blobs[digest_text] = entry.index
        if blobs.has(digest_text):
            what = f"attachment {digest_text[:16]}"
            found = f"erased by entry {entry.index}, but there"
            scan.add(Verdict.ERASED_BUT_PRESENT, entry.index if place is None else place, found, what)
    if place is None:
        return
    try:
        judge_holds(holds(), place, _statement_at(connection, place, target) or entry.statement, entry.index)
    except Refused as error:
        scan.add(Verdict.NOT_PERMITTED, entry.index, str(error))
    except StoreError:
        scan.add(Verdict.NOT_CHECKED, entry.index, "whether a legal hold forbade it: an entry about a hold is damaged")
    noted = {digest for digest, _ in _stored(connection, t.erased.c.by_idx, (place, place)).get(place, [])}
    values = {digest for digest, _ in _stored(connection, t.disclosure.c.text, (place, place)).get(place, [])}
    for member in data.get("members") or ():
        digest = parse_base64url(member["digest"])
        if digest in noted:
            continue  # whether the value is really gone is judged at its entry
        scan.add(Verdict.INDEX_WRONG, entry.index, f"its erasure of {member['pointer']} is not noted", "erased")
        if digest in values:
            found = f"{member['pointer']} was erased by entry {entry.index}"
            scan.add(Verdict.ERASED_BUT_PRESENT, place, found, _VALUE)


def _check_entry(
    connection: sa.Connection,
    scan: EntryScan,
    judging: Judging,
    entry: ReadEntry,
    rows: Sequence[tuple[bytes, object]],
    gone: Sequence[tuple[bytes, object]],
) -> None:
    try:
        disclosures = [Disclosure(_text(text)) for _, text in rows]
        unresolved = open_stored(entry.statement, disclosures)
    except (FormatError, ProofError, SchemaError, Refused) as error:
        scan.add(Verdict.ALTERED, entry.index, str(error), _VALUE)
        return
    own = [parse_base64url(d.digest) for d in disclosures]
    present = set(own)
    if own != [digest for digest, _ in rows]:
        # By this column an erasure finds what it deletes, so a wrong one would let the value outlive it.
        scan.add(Verdict.INDEX_WRONG, entry.index, "a value is stored under another digest than its own", _VALUE)
    erased = dict(gone)
    for digest, container in unresolved.items():
        noted = erased.get(parse_base64url(digest))
        by_index = _erased_by(connection, judging, entry.statement.digest, digest, noted)
        if by_index is not None:
            scan.add(Verdict.ERASED, entry.index, f"by entry {by_index}", _VALUE)
        else:
            found = f"the value behind digest {digest[:12]}… in {container or '/'} is gone"
            scan.unexplained.append((entry.index, noted, found))
        if noted not in (None, by_index) and by_index is not None:
            found = f"entry {noted}, noted as its erasure, does not name it"
            scan.add(Verdict.INDEX_WRONG, entry.index, found, "erased")
    for digest_bytes, by_idx in gone:
        if digest_bytes in present:
            scan.add(Verdict.ERASED_BUT_PRESENT, entry.index, f"erased by entry {by_idx}, but there", _VALUE)
        elif format_base64url(digest_bytes) not in unresolved:
            found = "an erasure is noted for a value that this entry never had"
            scan.add(Verdict.INDEX_WRONG, entry.index, found, "erased")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise FormatError("disclosure", type(value).__name__, "text")
    return value


def _erased_by(connection: sa.Connection, judging: Judging, statement: bytes, digest: str, noted: object) -> int | None:
    """The erasure entry that names the digest of that statement: the one noted, or any other."""
    if isinstance(noted, int) and _names(connection, noted, statement, digest):
        return noted
    # Not noted, or wrongly: the row was lost, and the erasure entry itself is looked for.
    c = t.reference_index.c
    pointing = connection.execute(sa.select(c.idx).where(c.target == statement).order_by(c.idx)).scalars().all()
    head = connection.execute(sa.select(sa.func.max(t.entry.c.idx))).scalar_one() or 0
    recent = (idx for idx, _ in read_leaves(connection, judging.indexed, head + 1))
    return next((idx for idx in chain(pointing, recent) if _names(connection, idx, statement, digest)), None)


def _names(connection: sa.Connection, by_idx: object, statement: bytes, digest: str) -> bool:
    """Whether entry `by_idx` is an erasure entry that names the digest of that statement."""
    erasure = _statement_at(connection, by_idx)
    if erasure is None or erasure.kind != "erasure":
        return False
    try:
        check_schema(erasure)
    except (SchemaError, FormatError, Refused):
        return False  # reported where it stands
    members = erasure.data.get("members", ())
    return erasure.data["statement"] == statement.hex() and any(member["digest"] == digest for member in members)


def _statement_at(connection: sa.Connection, place: object, digest: bytes | None = None) -> Statement | None:
    """The statement of entry `place` if it can be read and, where given, has this digest."""
    if type(place) is not int:
        return None
    raw = connection.execute(sa.select(t.entry.c.leaf).where(t.entry.c.idx == place)).scalar_one_or_none()
    try:
        payload = parse_leaf(column_bytes(raw)).envelope.payload
        return parse_statement(payload) if digest is None or sha256(payload).digest() == digest else None
    except FormatError:
        return None  # missing or altered, and reported as that where it stands


def _stored(connection: sa.Connection, column: sa.Column[object], bounds: tuple[int, int]) -> _Rows:
    """By index, (digest, value of `column`) of the rows of one of the two side tables, as they are."""
    table = column.table
    query = sa.select(table.c.idx, table.c.digest, sa.type_coerce(column, sa.types.NullType()))
    found: _Rows = {}
    for idx, digest, value in connection.execute(query.where(table.c.idx >= bounds[0], table.c.idx <= bounds[1])):
        found.setdefault(idx, []).append((column_bytes(digest), value))
    return found
