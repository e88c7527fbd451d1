"""The entries of a bundle judged one by one, by the rules that verify a ledger: leaf, body, key history, signers.

What can only follow from entries that are not carried is not judged; docs/FORMAT.md section 20 numbers the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.admission import MAX_CLOCK_AHEAD, check_schema, judge, new_key
from ledger.authority import Authority
from ledger.bundle.contents import FoundOnce
from ledger.bundle.leaves import Line
from ledger.bundle.manifest import Manifest
from ledger.errors import BadInput, FormatError, ProofError, Refused, SchemaError
from ledger.leaf import Leaf, UnsupportedVersion
from ledger.policy import STATE_KINDS
from ledger.signing import verify
from ledger.statefold import judge_refusal, judge_state_entry
from ledger.statement import LEDGER, Statement
from ledger.times import format_instant
from ledger.verdicts import Verdict

_JUDGED_BY_BODY = frozenset({"approval", "erasure"})
_KEYS = "keys"


@dataclass(frozen=True, slots=True)
class CarriedEntry:
    """A carried entry that could be read; `valid`: its body is what its schema allows."""

    index: int
    hash: bytes
    leaf: Leaf
    statement: Statement
    valid: bool

    @property
    def keyids(self) -> list[str]:
        """Who signed."""
        return [s.keyid for s in self.leaf.envelope.signatures]


@dataclass(frozen=True, slots=True)
class Entries:
    """All carried entries: leaf hashes by index, those that could be read in order, and where statements are."""

    manifest: Manifest
    hashes: Mapping[int, bytes]
    read: tuple[CarriedEntry, ...]
    places: Mapping[bytes, int]

    @property
    def by_index(self) -> dict[int, CarriedEntry]:
        """The readable ones by index."""
        return {entry.index: entry for entry in self.read}


def read_entries(manifest: Manifest, lines: Sequence[Line], told: FoundOnce) -> Entries:
    """The carried entries from the lines of their leaves, one for each index."""
    hashes: dict[int, bytes] = {}
    read: list[CarriedEntry] = []
    places: dict[bytes, int] = {}
    for index, line in zip(manifest.carried, lines, strict=True):
        hashes[index] = line.hash
        entry = _read(index, line, told)
        if entry is not None:
            read.append(entry)
            places.setdefault(entry.statement.digest, index)
    return Entries(manifest, hashes, tuple(read), places)


def _read(index: int, line: Line, told: FoundOnce) -> CarriedEntry | None:
    if line.read is not None:
        leaf, statement = line.read
        return CarriedEntry(index, line.hash, leaf, statement, _is_valid(index, statement, told))
    newer = isinstance(line.fault, UnsupportedVersion)
    told.add(Verdict.UNSUPPORTED_VERSION if newer else Verdict.ALTERED, index, str(line.fault))
    return None


def _is_valid(index: int, statement: Statement, told: FoundOnce) -> bool:
    try:
        check_schema(statement)
    except (SchemaError, FormatError, Refused) as error:
        unknown = isinstance(error, Refused) and error.rule == "unknown kind"
        if not unknown:
            told.add(Verdict.SCHEMA_VIOLATION, index, str(error))
        elif statement.kind not in STATE_KINDS:  # of those it depends on who signed them
            told.add(Verdict.UNSUPPORTED_VERSION, index, str(error))
        return False
    return True


@dataclass(slots=True)
class KeyHistory:
    """The state after every valid entry about keys; beyond entry `unsure_after` a refusal may follow from a loss."""

    authority: Authority | None = None
    unsure_after: int | None = None

    def lost(self, index: int) -> None:
        """Note that what an entry at or after `index` said about keys is lost."""
        if self.unsure_after is None or index < self.unsure_after:
            self.unsure_after = index

    def refuse(self, told: FoundOnce, verdict: Verdict, index: int, reason: str) -> None:
        """Tell a refusal, unless it may be owed to what is lost."""
        if self.unsure_after is not None and index > self.unsure_after:
            found = f"it can't be judged, since what follows entry {self.unsure_after} about keys is lost ({reason})"
            told.add(Verdict.NOT_CHECKED, index, found)
        else:
            told.add(verdict, index, reason)


def fold_history(entries: Entries, told: FoundOnce) -> KeyHistory:
    """The key state folded from the carried entries, each judged at its place; its numbers must have no gap."""
    history = KeyHistory()
    unreadable = entries.hashes.keys() - {entry.index for entry in entries.read}
    if unreadable:
        history.lost(min(unreadable))
    _check_numbers(entries, history, told)
    if 0 not in entries.hashes:
        told.add(Verdict.MISSING, 0, "it founds the ledger and is not carried")
    for entry in entries.read:
        if entry.index and entry.statement.kind not in STATE_KINDS:
            continue
        if history.authority is None and entry.index:
            break
        _fold(history, entry, told)
    if history.authority is None:
        told.add(Verdict.NOT_CHECKED, _KEYS, "without a valid entry 0 nobody's right to sign can be judged")
    return history


def _check_numbers(entries: Entries, history: KeyHistory, told: FoundOnce) -> None:
    number, before = -1, -1
    for entry in entries.read:
        if entry.statement.subject != LEDGER:
            continue
        nth = entry.leaf.links.nth
        if nth > number + 1:
            found = f"it is number {nth} of the entries about keys and rules, the one carried before it is {number}"
            told.add(Verdict.MISSING, entry.index, found)
            history.lost(before)
        number, before = nth, entry.index


def _fold(history: KeyHistory, entry: CarriedEntry, told: FoundOnce) -> None:
    authority, index, statement = history.authority, entry.index, entry.statement
    if entry.valid and authority is not None:
        newcomer = new_key(statement)
        unknown = [k for k in entry.keyids if k != newcomer and not _enrolled(authority, k, index)]
        if unknown:
            history.refuse(
                told, Verdict.KEY_UNKNOWN, index, f"signed with key {unknown[0][:16]}, not in the key history"
            )
            return
    try:
        history.authority = judge_state_entry(authority, index, entry.leaf, statement)
    except ProofError as error:
        told.add(Verdict.SIGNATURE_INVALID, index, str(error))
    except BadInput as error:
        if not entry.valid and not (isinstance(error, Refused) and error.rule == "unknown kind"):
            return  # its schema is violated, which was told when it was read
        verdict = judge_refusal(authority, index, entry.leaf, error)
        if verdict is Verdict.NOT_PERMITTED:
            history.refuse(told, verdict, index, str(error))
        else:
            told.add(verdict, index, str(error))
        if verdict is Verdict.UNSUPPORTED_VERSION:
            history.lost(index)


def _enrolled(authority: Authority, keyid: str, index: int) -> bool:
    key = authority.keys.get(keyid)
    return key is not None and index >= key.start


def judge_signers(entries: Entries, history: KeyHistory, seen: Sequence[tuple[int, int]], told: FoundOnce) -> None:
    """Judge who signed each entry; `seen` are (size, time) of checkpoints that outsiders saw by then."""
    authority = history.authority
    if authority is None:
        return
    by_index = entries.by_index

    def signers_of(digest: bytes) -> frozenset[str]:
        place = entries.places.get(digest)
        keyids = by_index[place].keyids if place is not None else ()
        return frozenset(authority.keys[k].principal for k in keyids if k in authority.keys)

    for entry in entries.read:
        statement, index = entry.statement, entry.index
        if index and statement.kind not in STATE_KINDS:
            try:
                if _signatures_hold(history, authority, entry, told) and (
                    entry.valid or statement.kind not in _JUDGED_BY_BODY
                ):
                    judge(authority, index, statement, entry.keyids, signers_of)
            except BadInput as error:
                history.refuse(told, Verdict.NOT_PERMITTED, index, str(error))
        if statement.time > entry.leaf.links.time + MAX_CLOCK_AHEAD:
            found = f"its time {format_instant(statement.time)} is over 300 s after the ledger's clock"
            told.add(Verdict.NOT_PERMITTED, index, found)
        _judge_compromise(authority, entry, seen, told)


def _signatures_hold(history: KeyHistory, authority: Authority, entry: CarriedEntry, told: FoundOnce) -> bool:
    message = entry.leaf.envelope.signed_bytes
    for signature in entry.leaf.envelope.signatures:
        if not _enrolled(authority, signature.keyid, entry.index):
            reason = f"signed with key {signature.keyid[:16]}, which is not in the key history"
            history.refuse(told, Verdict.KEY_UNKNOWN, entry.index, reason)
            return False
        key = authority.key_at(signature.keyid, entry.index)
        try:
            verify(key.public_key, signature.sig, message)
        except ProofError as error:
            told.add(Verdict.SIGNATURE_INVALID, entry.index, str(error))
            return False
    return True


def _judge_compromise(
    authority: Authority, entry: CarriedEntry, seen: Sequence[tuple[int, int]], told: FoundOnce
) -> None:
    newcomer = new_key(entry.statement) if entry.valid else None
    for keyid in entry.keyids:
        key = authority.keys.get(keyid) if keyid != newcomer else None
        if key is None or key.compromised_since is None:
            continue
        since = key.compromised_since
        if not any(size > entry.index and at < since for size, at in seen):
            found = (
                f"signed with key {keyid[:16]} of {key.principal}, compromised since {format_instant(since)}, and no "
                "witness or time stamp shows that it is older"
            )
            told.add(Verdict.KEY_COMPROMISED, entry.index, found)
