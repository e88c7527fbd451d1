"""Chapter 7, second part: an incident, its investigation and correction, and how it ends in chapter 9."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bank import SYSTEM, Bank, now, person, refer
from records_operation import Decided, correct, record_confirmations
from records_versions import Version

from ledger import Receipt
from ledger.kinds import Case, Communication, CorrectiveAction, Incident, Reference
from ledger.kinds.custody import Query
from ledger.kinds.incidents import CausalLink, EffectivenessCheck, Investigation
from ledger.kinds.parts import Affected, Period


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the incident: applications hit, proposals that change with the right data, and when."""

    affected: int
    changed: int | None  # None before the investigation
    detected: str
    occurred: Period


@dataclass(frozen=True, slots=True)
class Open:
    """What the first part leaves open: the entries that the second part replaces."""

    incident: Receipt
    removal: Receipt  # the corrective action that removes the cause
    known: Known


def record_incident(bank: Bank, version: Version, decided: Sequence[Decided], breach: Receipt) -> Open:
    """Report, investigate and correct the incident; the first report is corrected by what was found."""
    wrong = [d for d in decided if d.lost]
    detected = now()
    occurred = Period(start=wrong[0].receipt.time, end=wrong[-1].receipt.time)
    # The first report comes before the investigation and counts what was on the screen then.
    guess = Known(len(wrong) - 1, None, detected, occurred)
    first = _incident(bank, "investigating", guess, [refer("responds_to", breach)])
    opened = bank.ledger.record(
        Case(
            case_id="CASE-1",
            action="opened",
            question="Which proposals were made without checking account status, and which of them were wrong?",
            system_version=version.version,
            investigators=[person("staff-160")],
        ),
        signers=bank.keys.investigator,
        subject=SYSTEM,
        references=[refer("about", first)],
    )
    again = [correct(bank, version, d) for d in wrong]
    changed = sum(a.proposal.outcome != d.proposal.outcome for a, d in zip(again, wrong, strict=True))
    bank.ledger.record(
        Case(
            case_id="CASE-1",
            action="closed",
            system_version=version.version,
            queries=[
                Query(
                    query="entries of kind ai_decision, subject credit-scoring, version 1.0",
                    size=bank.ledger.size,
                    results=len(decided),
                )
            ],
            entries=[d.receipt.statement for d in (*wrong, *again)],
            findings=f"{len(wrong)} proposals were made without the status; decided again with it, "
            f"{changed} of them change.",
            outcome="confirmed",
            investigators=[person("staff-160")],
        ),
        signers=bank.keys.investigator,
        subject=SYSTEM,
        references=[refer("responds_to", opened)],
    )
    known = Known(len(wrong), changed, detected, occurred)
    corrected = _incident(bank, "investigating", known, [refer("corrects", first)])
    removal = _record_actions(bank, corrected, known)
    _inform(bank, version, corrected, changed)
    record_confirmations(bank, version, [a for a in again if a.proposal.outcome == "decline_proposed"])
    return Open(corrected, removal, known)


def close_incident(bank: Bank, found: Open, release: Receipt, robustness: Receipt) -> Receipt:
    """The receipt of the closed incident, after the cause was removed and the removal tested."""
    done = bank.ledger.record(
        _removal(bank, "effective", evidence=robustness),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[refer("supersedes", found.removal), refer("about", release)],
    )
    return _incident(bank, "closed", found.known, [refer("supersedes", found.incident), refer("about", done)])


def _incident(
    bank: Bank, status: Literal["investigating", "closed"], known: Known, references: list[Reference]
) -> Receipt:
    changed = known.changed
    body = Incident(
        system_version="1.0",
        incident_id="INC-1",
        title="Lost data counted in favour of applications",
        description="The interface stopped delivering the checking account status. Version 1.0 read the "
        "gap as 'has no account', which raises the score.",
        serious="no",
        status=status,
        detected=known.detected,
        severity="medium",
        near_miss=True,
        occurred=known.occurred,
        aware_provider=known.detected,
        aware_deployer=known.detected,
        causal_link=CausalLink(
            status="suspected" if changed is None else "established",
            since=now(),
            reasoning="scores rose with the gap" if changed is None else "proposals change when the status is put back",
        ),
        member_states=["DE"],
        affected=[
            Affected(
                group="applicants whose status did not arrive",
                number=known.affected,
                effect="not yet known"
                if changed is None
                else f"{changed} were proposed for approval and would not have been",
            )
        ],
        deployer="Beispielbank AG (fictional)",
        reports=[],
        not_reportable_because="Caught before any loan was granted, in a pilot with replayed "
        "applications; none of the harms of Art. 3(49) came about.",
        immediate_measures="System stopped; applications decided without it.",
        investigation=None
        if changed is None
        else Investigation(
            chain_of_events="Interface changed, status missing, gap read as a value, scores too high, "
            "officer noticed, limit broken.",
            root_cause="One word stands for 'no account' and for 'not delivered', and no check stood at the interface.",
            risk_assessment="R-3; its measure was too weak. Assessed anew after the tests of 1.1."
            if status == "closed"
            else "R-3; its measure was too weak. To be assessed anew once the cause is removed.",
            risk_file_reviewed=status == "closed",
        ),
        corrective_actions=None if changed is None else ["CA-1", "CA-2"],
        closed_on=bank.day() if status == "closed" else None,
    )
    return bank.ledger.record(body, signers=bank.keys.investigator, subject=SYSTEM, references=references)


def _record_actions(bank: Bank, incident: Receipt, known: Known) -> Receipt:
    bank.ledger.record(
        CorrectiveAction(
            action_id="CA-1",
            type="correction",
            trigger="incident",
            trigger_id="INC-1",
            description=f"{known.affected} applications decided again with the status; {known.changed} "
            "proposals changed, all before an officer had decided.",
            status="closed",
            responsible=person("staff-160"),
            completed=now(),
            closed_on=bank.day(),
        ),
        signers=bank.keys.investigator,
        subject=SYSTEM,
        references=[refer("responds_to", incident)],
    )
    return bank.ledger.record(
        _removal(bank, "in_progress"),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[refer("responds_to", incident)],
    )


def _removal(bank: Bank, status: str, evidence: Receipt | None = None) -> CorrectiveAction:
    return CorrectiveAction.model_validate(
        {
            "action_id": "CA-2",
            "type": "corrective",
            "trigger": "incident",
            "trigger_id": "INC-1",
            "description": "An input guard that does not let an application be scored without checking "
            "account status; a limit for the robustness test.",
            "status": status,
            "cause": "no check at the interface; one word for two meanings",
            "elsewhere": "saving_accounts has the same word; its field is checked by the same guard from "
            "the next version on",
            "scope": "credit scoring 1.0",
            "responsible": person("staff-140"),
            "due": bank.day(14),
            "completed": now() if evidence else None,
            "effectiveness": EffectivenessCheck(
                criterion="no approvals gained by lost data in the robustness test",
                checked_on=bank.day() if evidence else None,
                effective=True if evidence else None,
                evidence=evidence.statement if evidence else None,
            ),
            "changes": ["change-1.1"] if evidence else None,
        }
    )


def _inform(bank: Bank, version: Version, incident: Receipt, changed: int) -> None:
    told = [
        ("incident-to-desk", "user", "Scores of this morning may be too high; the system is stopped."),
        (
            "incident-to-applicants",
            "affected_persons",
            "Letter: a first proposal rested on incomplete data and was made again; no decision had been taken.",
        ),
    ]
    for communication_id, counterpart, summary in told:
        bank.ledger.record(
            Communication.model_validate(
                {
                    "system_version": version.version,
                    "communication_id": communication_id,
                    "direction": "sent",
                    "counterpart": counterpart,
                    "topic": "corrective_action",
                    "summary": summary,
                    "at": now(),
                    "channel": "message on the screen" if counterpart == "user" else "letter",
                    "recipients": 12 if counterpart == "user" else changed,
                }
            ),
            signers=bank.keys.compliance,
            subject=SYSTEM,
            references=[refer("about", incident)],
        )
