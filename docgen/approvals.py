"""Who signed what off: approvals in force of an entry.

An approval names what it is about by the digest of a statement, by the digest of a file of it, or by a
reference `approves`.  One by another principal than those who signed the entry counts; one by its
author only where the ledger's policy says so, and then it is said.  A later rejection or withdrawal
ends every earlier approval of the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from docgen.dossier import Dossier, Fact
from ledger.entry import Entry

__all__ = ["SignOff", "is_signed_off", "sign_offs"]


@dataclass(frozen=True, slots=True)
class SignOff:
    """One approval in force; `ended` is the last day of one that is over, `by_author` says nobody else signed."""

    approval: Fact
    by_author: bool
    ended: str


def sign_offs(dossier: Dossier, fact: Fact, scopes: Iterable[str] = ()) -> tuple[SignOff, ...]:
    """The approvals of `fact` that nothing took back, by index; with `scopes`, only of those."""
    names = _names(fact.entry)
    about = [one for one in dossier.facts if one.entry.kind == "approval" and names & _targets(one.entry)]
    ends = [one.entry.index for one in about if one.entry.data.get("decision") != "approved"]
    authors = {signer.principal for signer in fact.entry.signers}
    wanted = frozenset(scopes)
    found = []
    for one in about:
        data = one.entry.data
        taken_back = any(end > one.entry.index for end in ends)
        if data.get("decision") != "approved" or taken_back or (wanted and data.get("scope") not in wanted):
            continue
        until = data.get("valid_until") or ""
        over = bool(until) and until < dossier.checkpoint_time[:10]
        signers = {signer.principal for signer in one.entry.signers}
        found.append(SignOff(one, by_author=signers <= authors, ended=until if over else ""))
    return tuple(found)


def is_signed_off(entry: Entry, approval: Entry) -> bool:
    """Whether `approval`, whatever its answer, is about `entry`."""
    return bool(_names(entry) & _targets(approval))


def _names(entry: Entry) -> frozenset[str]:
    """Every digest by which the entry, or what it records, can be signed off."""
    data = entry.data
    files = (artefact["digest"] for artefact in data.get("artefacts", ()))
    own = (data[member] for member in ("digest", "report", "content_digest") if member in data)
    return frozenset((entry.statement, *files, *own))


def _targets(entry: Entry) -> frozenset[str]:
    data = entry.data
    named = (data[member] for member in ("statement", "digest") if member in data)
    references = (one["statement"] for one in data.get("references", ()) if one["rel"] == "approves")
    return frozenset((*named, *references))
