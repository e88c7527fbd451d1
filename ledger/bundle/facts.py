"""What there is to say about a bundle beyond its entries: who vouches for it, what is in it and what is withheld."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger.authority import Authority
from ledger.bundle.attachments import Attachment
from ledger.bundle.history import Anchored
from ledger.bundle.selection import Selection
from ledger.checkpoint import Checkpoint
from ledger.note import parse_note


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pages say beyond the entries themselves."""

    authority: Authority
    checkpoint: Checkpoint
    cosigners: int
    tokens: int
    older: int
    values_withheld: int
    included: tuple[Attachment, ...]
    withheld: tuple[Attachment, ...]
    after: int


def facts_of(
    selection: Selection,
    authority: Authority,
    checkpoint: Checkpoint,
    note: bytes,
    anchored: Sequence[Anchored],
    disclosures: Collection[tuple[int, str]],
    attachments: Sequence[Attachment],
    size: int,
) -> Facts:
    """What the pages for people say beyond the entries themselves."""
    vkeys = {(k.vkey.name, k.vkey.key_id) for k in authority.checkpoint_keys}
    lines = parse_note(note).signatures
    return Facts(
        authority=authority,
        checkpoint=checkpoint,
        cosigners=sum((line.name, line.key_id) not in vkeys for line in lines),
        tokens=sum(len(a.tokens) for a in anchored),
        older=sum(a.size < checkpoint.size for a in anchored),
        values_withheld=_values_withheld(selection, disclosures),
        included=tuple(a for a in attachments if a.included),
        withheld=tuple(a for a in attachments if not a.included),
        after=size - checkpoint.size,
    )


def _values_withheld(selection: Selection, disclosures: Collection[tuple[int, str]]) -> int:
    given: dict[int, int] = {}
    for place, _ in disclosures:
        given[place] = given.get(place, 0) + 1
    entries = (selection.carried[place] for place in selection.entries)
    return sum(max(0, _digests(entry.statement.data) - given.get(entry.index, 0)) for entry in entries)


def _digests(value: object) -> int:
    """How many erasable members are digests in this value."""
    if isinstance(value, dict):
        own = value.get("_sd")
        return (len(own) if isinstance(own, list) else 0) + sum(map(_digests, value.values()))
    return sum(map(_digests, value)) if isinstance(value, list) else 0
