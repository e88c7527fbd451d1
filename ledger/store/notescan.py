"""The signed notes of a ledger's tables: checkpoints, and the same with cosignatures and time stamps.

Each is verified with the checkpoint keys of the ledger's own history. Whether its root is that of the entries is for
the caller to compare. A token is only looked at for the digest it must hold; who can check it has the authority's
certificates (`ledger.timestamps.timestamp`). Nothing here trusts a value's type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import sqlalchemy as sa

from ledger.checkpoint import verify_checkpoint
from ledger.errors import FormatError, ProofError
from ledger.note import parse_note
from ledger.store import tables as t
from ledger.store.anchors import has_table
from ledger.store.judging import Judging
from ledger.store.read import column_bytes
from ledger.store.tablescan import Facts
from ledger.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class CheckedNote:
    """A stored note: its row, and either the root it signs or what is wrong with it."""

    seq: int
    size: int
    root: bytes = b""
    problem: str = ""
    verdict: Verdict = Verdict.SIGNATURE_INVALID
    table: str = "checkpoint"

    @property
    def what(self) -> str:
        """Where it stands, for a finding."""
        return f"{self.table} {self.seq} of size {self.size}"


def notes_inside(
    connection: sa.Connection, judging: Judging, start: int, end: int, last_seq: int
) -> Iterator[CheckedNote]:
    """The notes for sizes ``start < size <= end``; of checkpoints, those up to row `last_seq`."""
    if judging.authority is None:
        return  # no key to verify them with
    for table in (t.checkpoint, t.cosignature, t.timestamp):
        inside = sa.and_(table.c.size > start, table.c.size <= end)
        if table is t.checkpoint:
            inside = sa.and_(inside, table.c.seq <= last_seq)
        yield from _checked(connection, judging, table, inside)


def notes_beyond(connection: sa.Connection, judging: Judging, facts: Facts) -> Iterator[CheckedNote]:
    """The notes that no range of the entries covers, but for those stored since the verification began."""
    newest = facts.last_seq, *facts.last_anchors
    for table, last in zip((t.checkpoint, t.cosignature, t.timestamp), newest, strict=True):
        # Two queries, each a search in the index by size; with an "or" it would be walked from end to end.
        for outside in (table.c.size <= 0, table.c.size > facts.end):
            yield from _checked(connection, judging, table, sa.and_(outside, table.c.seq <= last))


def notes_late(
    connection: sa.Connection, judging: Judging, facts: Facts, before: tuple[int, int, int], size: int
) -> Iterator[CheckedNote]:
    """The notes for sizes up to `size` whose rows came after those numbered `before`."""
    if judging.authority is None:
        return
    for table, last in zip((t.checkpoint, t.cosignature, t.timestamp), before, strict=True):
        late = sa.and_(table.c.seq > last, table.c.size > 0, table.c.size <= size)
        if table is t.checkpoint:
            late = sa.and_(late, table.c.seq <= facts.last_seq)
        yield from _checked(connection, judging, table, late)


def _checked(
    connection: sa.Connection, judging: Judging, table: sa.Table, where: sa.ColumnElement[bool]
) -> Iterator[CheckedNote]:
    if not has_table(connection, table):
        return
    columns = [sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in table.c]
    for row in connection.execute(sa.select(*columns).where(where).order_by(table.c.size, table.c.seq)).all():
        raw = column_bytes(row.note)
        note = replace(check_note(judging, row.seq, row.size, raw), table=table.name)
        if not note.problem and table is t.cosignature:
            note = _check_cosigned(note, raw, row.witness, row.received)
        elif not note.problem and table is t.timestamp:
            note = _check_stamped(note, raw, column_bytes(row.token), row.authority, row.received)
        yield note


def _check_cosigned(note: CheckedNote, raw: bytes, witness: object, received: object) -> CheckedNote:
    signatures = parse_note(raw).signatures
    last = f"{signatures[-1].name}+{signatures[-1].key_id.hex()}"
    if len(signatures) < 2:
        return replace(note, problem="there is no signature but the ledger's", verdict=Verdict.ALTERED)
    if witness != last:
        found = f"it is stored as cosigned by {witness}, its last signature is by {last}"
        return replace(note, problem=found, verdict=Verdict.INDEX_WRONG)
    return _check_remark(note, received)


def _check_stamped(note: CheckedNote, raw: bytes, token: bytes, authority: object, received: object) -> CheckedNote:
    if sha256(parse_note(raw).text.encode()).digest() not in token:
        return replace(note, problem="its token is of another text", verdict=Verdict.ALTERED)
    if not isinstance(authority, str):
        return replace(note, problem="its authority is no text", verdict=Verdict.INDEX_WRONG)
    return _check_remark(note, received)


def _check_remark(note: CheckedNote, received: object) -> CheckedNote:
    if type(received) is not int:
        return replace(note, problem="when it was received is no whole number", verdict=Verdict.INDEX_WRONG)
    return note


def check_note(judging: Judging, seq: int, size: int, raw: bytes) -> CheckedNote:
    """A stored checkpoint note, verified with the checkpoint keys of the ledger's own history."""
    authority = judging.authority
    assert authority is not None, "nobody asks without keys"
    if type(size) is not int:
        return CheckedNote(seq, size, problem="its size is no whole number", verdict=Verdict.INDEX_WRONG)
    unsure = judging.unsure_after is not None and size > judging.unsure_after
    refused = Verdict.NOT_CHECKED if unsure else Verdict.NOT_PERMITTED
    try:
        note = parse_note(raw)
        known = {(key.name, key.key_id) for key in authority.verifier_keys()}
        if not known.intersection((s.name, s.key_id) for s in note.signatures):
            return CheckedNote(seq, size, problem="no key of this ledger signed it", verdict=refused)
        verified = verify_checkpoint(raw, authority.verifier_keys())
    except FormatError as error:
        return CheckedNote(seq, size, problem=str(error), verdict=Verdict.ALTERED)
    except ProofError as error:
        return CheckedNote(seq, size, problem=str(error))
    found = verified.checkpoint
    if found.origin != authority.origin:
        problem = f"it is a checkpoint of {found.origin}"
        return CheckedNote(seq, size, problem=problem, verdict=Verdict.NOT_PERMITTED)
    if found.size != size:
        problem = f"it is stored as size {size} and says {found.size}"
        return CheckedNote(seq, size, problem=problem, verdict=Verdict.INDEX_WRONG)
    keys = [k for k in authority.checkpoint_keys if k.vkey in verified.signed_by]
    if not any(k.start <= size <= k.end for k in keys):
        return CheckedNote(seq, size, problem="its key was not in force at this size", verdict=refused)
    return CheckedNote(seq, size, root=found.root)
