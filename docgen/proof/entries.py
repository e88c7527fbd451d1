"""The entries that a seal carries, judged by the rules that verify a bundle: proof, key history, signers, content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docgen.errors import DocgenError
from docgen.sealing import Seal
from ledger.bundle.contents import FoundOnce
from ledger.bundle.entries import CarriedEntry, Entries, KeyHistory, fold_history, judge_signers, read_entries
from ledger.bundle.leaves import read_line
from ledger.bundle.manifest import Manifest, Scope
from ledger.bundle.multiproof import root_of_leaves
from ledger.checkpoint import Checkpoint
from ledger.errors import ProofError
from ledger.verdicts import Verdict

__all__ = ["Carried", "Signed", "judge_entries"]


@dataclass(frozen=True, slots=True)
class Signed:
    """An entry that a seal carries: who signed it (principals of the key history) and what it says."""

    index: int
    kind: str
    principals: tuple[str, ...]
    statement: str
    data: Any


@dataclass(frozen=True, slots=True)
class Carried:
    """What a seal carries and how far it holds; `proved`: its entries lead to the root of its checkpoint."""

    history: KeyHistory
    proved: bool
    publication: Signed | None
    approvals: tuple[Signed, ...]
    submissions: tuple[Signed, ...]


def judge_entries(seal: Seal, checkpoint: Checkpoint, seen: Sequence[tuple[int, int]], told: FoundOnce) -> Carried:
    """The entries of a seal; `seen` are (size, time) of checkpoints that outsiders vouch for."""
    proved = _check_proof(seal, checkpoint, told)
    indexes = tuple(index for index, _ in seal.leaves)
    manifest = Manifest(checkpoint.origin, checkpoint.size, checkpoint.root, indexes, (), Scope("entries"), {})
    entries = read_entries(manifest, [read_line(checkpoint.origin, index, leaf) for index, leaf in seal.leaves], told)
    history = fold_history(entries, told)
    judge_signers(entries, history, seen, told)
    return Carried(
        history,
        proved,
        next(iter(_signed(entries, history, (seal.publication,))), None),
        tuple(_signed(entries, history, seal.approvals)),
        tuple(_signed(entries, history, seal.submissions)),
    )


def _check_proof(seal: Seal, checkpoint: Checkpoint, told: FoundOnce) -> bool:
    try:
        hashes = seal.hashes
        outside = [index for index in hashes if index >= checkpoint.size]
        if outside:
            raise ProofError(f"entry {outside[0]} is not under the checkpoint of {checkpoint.size} entries")
        root = root_of_leaves(tuple(hashes), list(hashes.values()), checkpoint.size, seal.proof)
        if root != checkpoint.root:
            raise ProofError(f"its entries lead to root {root.hex()[:16]}, expected {checkpoint.root.hex()[:16]}")
    except (ProofError, DocgenError) as error:
        told.add(Verdict.ALTERED, "seal", str(error))
        return False
    return True


def _signed(entries: Entries, history: KeyHistory, indexes: Sequence[int]) -> Iterator[Signed]:
    by_index = entries.by_index
    for index in indexes:
        entry = by_index.get(index)
        if entry is not None and entry.valid:
            yield Signed(
                index,
                entry.statement.kind,
                _principals(entry, history),
                entry.statement.digest.hex(),
                entry.statement.data,
            )


def _principals(entry: CarriedEntry, history: KeyHistory) -> tuple[str, ...]:
    keys = history.authority.keys if history.authority is not None else {}
    return tuple(keys[keyid].principal if keyid in keys else f"key {keyid[:16]}" for keyid in entry.keyids)
