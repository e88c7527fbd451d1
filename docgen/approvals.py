"""Who signed what off: approvals in force of an entry.

An approval names what it is about by the digest of a statement, by the digest of a file of it, or by a
reference `approves`.  One by another principal than those who signed the entry counts; one by its
author only where the ledger's policy says so, and then it is said.  A later rejection or withdrawal
ends every earlier approval of the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from docgen.dossier import Dossier, Fact
from ledger.entry import Entry

__all__ = ["Judged", "SignOff", "is_signed_off", "judge_approvals", "names_of", "sign_offs"]


@dataclass(frozen=True, slots=True)
class Judged:
    """An approval in force, read as an entry; `by_author` and `ended` as in `SignOff`."""

    entry: Entry
    by_author: bool
    ended: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """One approval in force; `ended` is the last day of one that is over, `by_author` says nobody else signed."""

    approval: Fact
    by_author: bool
    ended: str


def sign_offs(dossier: Dossier, fact: Fact, scopes: Iterable[str] = ()) -> tuple[SignOff, ...]:
    """The approvals of `fact` that nothing took back, by index; with `scopes`, only of those."""
    approvals = {one.entry.statement: one for one in dossier.facts if one.entry.kind == "approval"}
    judged = judge_approvals(
        (one.entry for one in approvals.values()),
        names_of(fact.entry),
        frozenset(signer.principal for signer in fact.entry.signers),
        dossier.checkpoint_time[:10],
        scopes,
    )
    return tuple(SignOff(approvals[one.entry.statement], one.by_author, one.ended) for one in judged)


def judge_approvals(
    approvals: Iterable[Entry], names: Set[str], authors: Set[str], day: str, scopes: Iterable[str] = ()
) -> tuple[Judged, ...]:
    """The approvals, in the ledger's order, that are about one of `names` and that nothing took back by `day`.

    One that holds from a later day on is not in force yet.  `names` are digests of what is signed off, `authors` the
    principals who made it; of nobody, none is its author.
    """
    about = [one for one in approvals if names & _targets(one)]
    ends = [one.index for one in about if one.data.get("decision") != "approved"]
    wanted = frozenset(scopes)
    found = []
    for one in about:
        taken_back = any(end > one.index for end in ends) or (one.data.get("valid_from") or "") > day
        if one.data.get("decision") != "approved" or taken_back or (wanted and one.data.get("scope") not in wanted):
            continue
        until = one.data.get("valid_until") or ""
        over = bool(until) and until < day
        signers = {signer.principal for signer in one.signers}
        found.append(Judged(one, by_author=signers <= authors, ended=until if over else ""))
    return tuple(found)


def is_signed_off(entry: Entry, approval: Entry) -> bool:
    """Whether `approval`, whatever its answer, is about `entry`."""
    return bool(names_of(entry) & _targets(approval))


def names_of(entry: Entry) -> frozenset[str]:
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
