"""What witnesses and time-stamping authorities vouch for, by the policy and the certificates of whoever verifies.

The rows of `cosignature` and `timestamp` are evidence about checkpoints. That each belongs to this ledger and signs
the root of its entries is seen where they are scanned (`ledger.store.notescan`); here their outside signatures are
verified. Lines that witnesses wrote under one checkpoint are taken together, since a quorum is reached by several.

A checkpoint of s entries that existed at an instant shows that those entries existed then: that is what clears the
entries of a key that was compromised later. A witness writes whole seconds, so its instant is taken as the end of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from ledger.checkpoint import Checkpoint
from ledger.errors import FormatError, ProofError
from ledger.note import MAX_SIGNATURES, Note, NoteSignature, format_note, parse_note
from ledger.store import tables as t
from ledger.store.anchors import Cosigned, StampedRow, cosignatures_after, timestamps_after
from ledger.store.read import column_bytes
from ledger.timestamps.timestamp import judge_timestamps
from ledger.trust import NO_QUORUM, TrustPolicy
from ledger.verdicts import Outside, Verdict

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Vouched:
    """What outsiders vouch for.

    `times` are (size, microseconds since 1970) of checkpoints that verifiably existed by then. `trusted` is the
    largest stored checkpoint that a log key of the policy signed. `unread` counts tokens that no roots were named for.
    """

    witnessed: Outside | None = None
    stamped: Outside | None = None
    times: tuple[tuple[int, int], ...] = ()
    trusted: Checkpoint | None = None
    findings: tuple[tuple[Verdict, str, str], ...] = ()
    unread: int = 0


def read_vouched(
    connection: sa.Connection,
    origin: str,
    end: int,
    policy: TrustPolicy | None,
    roots: Sequence[bytes],
    *,
    after: tuple[int, int] = (-1, -1),
    before: tuple[Outside | None, Outside | None] = (None, None),
) -> Vouched:
    """What the rows after those numbered `after` show, added to what was shown `before` (witnessed, stamped).

    `end` is the number of entries; a checkpoint of more says nothing of them.

    Raises:
        FormatError, BadInput: if `roots` are no certificates, or what verifies time stamps is not installed.
    """
    witnessed, stamped = before
    findings: list[tuple[Verdict, str, str]] = []
    times: list[tuple[int, int]] = []
    trusted = None
    if policy is not None:
        trusted = _trusted(connection, origin, end, policy, findings)
        rows = cosignatures_after(connection, after[0], witnessed.size if witnessed else 0)
        for size, time in _witnessed(rows, origin, policy, findings):
            if time:
                times.append((size, time))
            if size <= end:
                witnessed = _larger(witnessed, Outside(size, time))
        if policy.quorum == NO_QUORUM:
            witnessed = None
        elif witnessed is None:
            found = f"no stored checkpoint has the cosignatures that its quorum {policy.quorum} asks for"
            findings.append((Verdict.NOT_WITNESSED, "trust policy", found))
    tokens = timestamps_after(connection, after[1])
    for size, time, authority in _stamped(tokens, roots, findings) if roots else ():
        times.append((size, time))
        if size <= end:
            stamped = _larger(stamped, Outside(size, time, authority))
    unread = 0 if roots else len(tokens)
    return Vouched(witnessed, stamped, tuple(times), trusted, tuple(findings), unread)


def _larger(known: Outside | None, found: Outside) -> Outside:
    """The larger of the two, of equal ones the one that is known to have existed earlier."""
    if known is None or (found.size, -(found.time or 0)) > (known.size, -(known.time or 0)):
        return found
    return known


def _trusted(
    connection: sa.Connection, origin: str, end: int, policy: TrustPolicy, findings: list[tuple[Verdict, str, str]]
) -> Checkpoint | None:
    """The largest checkpoint of these entries that a log key of the policy signed."""
    if not policy.log_keys(origin):
        findings.append((Verdict.KEY_UNKNOWN, "trust policy", f"it names no key of {origin}"))
        return None
    c = t.checkpoint.c
    note = sa.type_coerce(c.note, sa.types.NullType())
    rows = connection.execute(sa.select(note).where(c.size <= end, c.size > 0).order_by(c.size.desc(), c.seq.desc()))
    for (raw,) in rows:
        try:
            judged = policy.judge(column_bytes(raw))
        except (FormatError, ProofError):
            continue  # reported where it stands
        if judged.log is not None and judged.checkpoint.origin == origin:
            return judged.checkpoint
    findings.append((Verdict.KEY_UNKNOWN, "trust policy", "no stored checkpoint is signed by a log key that it names"))
    return None


def _witnessed(
    rows: Iterable[Cosigned], origin: str, policy: TrustPolicy, findings: list[tuple[Verdict, str, str]]
) -> Iterable[tuple[int, int]]:
    """(size, time or 0) of the checkpoints that the quorum of the policy cosigned."""
    lines: dict[str, dict[tuple[str, bytes], NoteSignature]] = {}
    for row in rows:
        try:
            judged = policy.judge(row.note)
        except FormatError:
            continue  # reported where it stands
        except ProofError as error:
            findings.append((Verdict.SIGNATURE_INVALID, f"cosignature {row.seq} of size {row.size}", str(error)))
            continue
        if judged.log is not None and judged.checkpoint.origin == origin:
            known = {(key.name, key.key_id) for key in (*policy.log_keys(origin), *(w.vkey for w in policy.witnesses))}
            note = parse_note(row.note)
            together = lines.setdefault(note.text, {})
            for line in note.signatures:
                if (line.name, line.key_id) in known:
                    together.setdefault((line.name, line.key_id), line)
    for text, signatures in lines.items():
        judged = policy.judge(format_note(Note(text, tuple(signatures.values())[:MAX_SIGNATURES])))
        if judged.quorum_met:
            yield judged.checkpoint.size, (judged.time + 1) * _SECOND if judged.time else 0


def _stamped(
    rows: Sequence[StampedRow], roots: Sequence[bytes], findings: list[tuple[Verdict, str, str]]
) -> Iterable[tuple[int, int, str]]:
    """(size, time, authority) of the tokens that verify."""
    for row, judged in zip(rows, judge_timestamps(rows, roots), strict=True):
        what = f"timestamp {row.seq} of size {row.size}"
        if judged.stamped is not None:
            yield row.size, judged.stamped.time, judged.stamped.authority
        elif judged.verdict is not None and _is_its_token(row):  # else reported where it stands
            findings.append((judged.verdict, what, judged.problem))


def _is_its_token(row: StampedRow) -> bool:
    try:
        return sha256(parse_note(row.note).text.encode()).digest() in row.token
    except FormatError:
        return False
