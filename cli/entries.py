"""Entries on the command line: how one is named, and how it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cli.lazy import perhaps
from cli.screen import joined, safe, tree
from ledger.errors import BadInput, ProofError

if TYPE_CHECKING:
    from ledger import Entry, Ledger

_CITATION: Final = re.compile(r"#?([0-9]{1,15})(?:[ @]([0-9a-f]{4,64}))?\Z", re.ASCII)


def find_entry(ledger: Ledger, place: str) -> Entry:
    """The entry that `place` names: an index, a citation like ``#12 3fa9c1d2``, or the beginning of a statement digest.

    Raises:
        BadInput: if there is no such entry, or several.
        ProofError: if the entry a citation names has another leaf hash.
    """
    match = _CITATION.match(place)
    size = ledger.size
    if match is None or (int(match[1]) >= size and not match[2] and len(place) >= 8):
        return ledger.entry(place.lower())
    if int(match[1]) >= size:
        raise BadInput(f"entry {int(match[1])}: not there, the ledger has entries 0 to {size - 1}")
    entry = ledger.entry(int(match[1]))
    if match[2] and not entry.leaf_hash.hex().startswith(match[2]):
        raise ProofError(
            f"entry {entry.index}: its leaf hash begins {entry.short}, the citation says {match[2]}",
            remedy="it was cited from another ledger, or this one was changed; 'aims verify' tells",
        )
    return entry


def check_kind(kind: str) -> str:
    """`kind` itself, if there is such a kind.

    Raises:
        BadInput: naming the nearest ones.
    """
    from ledger.kinds import KINDS

    if kind not in KINDS:
        raise BadInput(f"kind {kind!r}: unknown{perhaps(kind, KINDS)}", remedy="'aims schema' lists them")
    return kind


def check_system(ledger: Ledger, system: str) -> str:
    """`system` itself, if the ledger has entries about it.

    Raises:
        BadInput: naming the nearest registered systems.
    """
    if any(True for _ in ledger.entries(subject=system, limit=1)):
        return system
    known = sorted({entry.subject for entry in ledger.entries(kinds=["ai_system"])})
    listed = f"registered: {', '.join(known)}" if known else "no system is registered"
    raise BadInput(f"system {system!r}: no entry is about it{perhaps(system, known)}; {listed}")


def entry_value(entry: Entry) -> dict[str, Any]:
    """Everything of an entry as JSON members; both hashes in hex."""
    return {
        "index": entry.index,
        "leaf_hash": entry.leaf_hash.hex(),
        "statement": entry.statement,
        "kind": entry.kind,
        "subject": entry.subject,
        "time": entry.time,
        "recorded": entry.recorded,
        "source": entry.source,
        "id": entry.id,
        "signers": [{"principal": s.principal, "roles": list(s.roles), "keyid": s.keyid} for s in entry.signers],
        "data": entry.data,
        "erased": [{"path": member.path, "by_index": member.by_index} for member in entry.erased],
    }


def entry_row(entry: Entry) -> tuple[str, ...]:
    """An entry as the cells of one line: citation, time, kind, about what, which one, signers."""
    about = f"{entry.subject}@{entry.version}" if entry.version else entry.subject
    who = joined(dict.fromkeys(signer.principal for signer in entry.signers))
    cells = (f"#{entry.index} {entry.short}", short_time(entry.time), entry.kind, about, _identity(entry), who)
    return tuple(map(safe, cells))


def entry_page(entry: Entry) -> Iterator[str]:
    """An entry as lines: its head, then its body."""
    head = {
        "entry": f"#{entry.index} {entry.short}",
        "leaf hash": entry.leaf_hash.hex(),
        "statement": entry.statement,
        "kind": entry.kind,
        "subject": entry.subject,
        "happened": entry.time,
        "recorded": entry.recorded,
        "source": entry.source,
        "id": entry.id,
    }
    width = max(map(len, head))
    for name, value in head.items():
        yield f"{name:<{width}}  {safe(value)}"
    for signer in entry.signers:
        yield f"{'signed by':<{width}}  {safe(signer.principal)} ({joined(signer.roles)}), key {signer.keyid[:16]}"
    for member in entry.erased:
        how = "missing" if member.by_index is None else f"erased (entry {member.by_index})"
        yield f"{how:<{width}}  {safe(member.path)}"
    yield ""
    yield from tree(entry.data)


def short_time(text: str) -> str:
    """An instant to the second, for a column."""
    return f"{text[:10]} {text[11:19]}Z"


def _identity(entry: Entry) -> str:
    """What tells the entry from others of its kind: its first identity members, or what was done."""
    values = [entry.data.get(name) for name in _identity_members(entry.kind)] or [entry.data.get("action")]
    texts = [str(value) for value in values if isinstance(value, (str, int))]
    return " ".join(texts)[:60]


@cache
def _identity_members(kind: str) -> tuple[str, ...]:
    """From the shipped schema, because the body's class would have to be built first."""
    from ledger.kinds import KINDS, schema_bytes

    if kind not in KINDS:
        return ()  # written by a newer version
    return tuple(json.loads(schema_bytes(kind)).get("x-identity", ()))
