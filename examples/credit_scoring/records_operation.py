"""Chapters 7 and 9: the system at work. Proposals on held-out applications, people who override, and monitoring.

The applications are replayed: each entry says so. Names of applicants do not exist in the data; the customer
numbers are invented, and stand where a real bank would have personal values, which can be erased.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bank import SYSTEM, Bank, now, person, refer
from measure import wilson
from model import Application, Inputs, Proposal, propose
from records_versions import Version

from ledger import Receipt
from ledger.kinds import AiDecision, Monitoring, OversightAction
from ledger.kinds.operation import Factor
from ledger.kinds.parts import Group, Interval, Metric, Period, Person

_REPLAYED = "A replayed application of the pilot: the decision was made as for a new one and had no effect on a person."


@dataclass(frozen=True, slots=True)
class Decided:
    """One proposal of the running system: what came in, what came out, and its entry."""

    decision_id: str
    application: Application
    received: Inputs
    proposal: Proposal
    receipt: Receipt

    @property
    def lost(self) -> bool:
        """Whether the checking account status did not arrive."""
        return self.received["checking_account"] is None


def run_system(
    bank: Bank, version: Version, applications: Sequence[Application], lost: Collection[int] = ()
) -> list[Decided]:
    """Replay `applications` (the checking account status of those at positions `lost` does not arrive)."""
    decided = []
    with bank.ledger.batch() as batch:
        for position, application in enumerate(applications):
            received = dict(application.inputs)
            if position in lost:
                received["checking_account"] = None
            began = time.perf_counter()
            proposal = propose(version.card, version.rule, received)
            took = (time.perf_counter() - began) * 1000
            decision_id = f"{version.version}-{position + 1:03d}"
            pending = batch.record(
                _decision(version, decision_id, application, received, proposal, took),
                signers=bank.keys.scoring,
                subject=SYSTEM,
            )
            decided.append((decision_id, application, received, proposal, pending))
    return [Decided(d, a, r, p, pending.receipt) for d, a, r, p, pending in decided]


def correct(bank: Bank, version: Version, wrong: Decided) -> Decided:
    """The same application, decided again with the status as it should have arrived."""
    proposal = propose(version.card, version.rule, wrong.application.inputs)
    decision_id = f"{wrong.decision_id}-again"
    receipt = bank.ledger.record(
        _decision(version, decision_id, wrong.application, wrong.application.inputs, proposal, None),
        signers=bank.keys.scoring,
        subject=SYSTEM,
        references=[refer("corrects", wrong.receipt)],
    )
    return Decided(decision_id, wrong.application, wrong.application.inputs, proposal, receipt)


def _decision(
    version: Version,
    decision_id: str,
    application: Application,
    received: Inputs,
    proposal: Proposal,
    took: float | None,
) -> AiDecision:
    return AiDecision(
        system_version=version.version,
        decision_id=decision_id,
        model=version.model,
        replayed=True,
        outcome=proposal.outcome,
        input=dict(received),
        output={"proposal": proposal.outcome, "score": round(proposal.score, 4) if proposal.score else None},
        confidence=round(proposal.score, 4) if proposal.score else None,
        threshold=version.rule.threshold,
        affected_person=Person(
            id=f"applicant-{application.row:04d}",
            contact=f"customer number {700000 + application.row} (invented)",
        ),
        explanation=_explain(proposal),
        factors=[
            Factor(name=name, contribution=round(points, 4), value=received[name])
            for name, points in _largest(proposal)
        ]
        or None,
        legal_effect=True,
        human_involvement="reviewed_before_effect",
        mode="normal" if proposal.score is not None else "fallback",
        duration_ms=round(took, 3) if took is not None else None,
        retention="decision-2y",
    )


def _largest(proposal: Proposal) -> list[tuple[str, float]]:
    return sorted(proposal.contributions.items(), key=lambda part: -abs(part[1]))[:5]


def _explain(proposal: Proposal) -> str:
    if proposal.score is None:
        return "Not scored: the checking account status did not arrive. A credit officer decides without the system."
    words = [
        f"{name.replace('_', ' ')} ({'for' if points > 0 else 'against'})" for name, points in _largest(proposal)[:3]
    ]
    return "What mattered most: " + ", ".join(words) + "."


def record_override(
    bank: Bank, version: Version, decided: Decided, oversight_id: str, reason_code: str, reason: str, after: str
) -> Receipt:
    """The receipt of an officer's decision against a proposal."""
    return bank.ledger.record(
        OversightAction(
            system_version=version.version,
            oversight_id=oversight_id,
            action="overridden",
            actor=person("staff-130"),
            reason_code=reason_code,
            reason=reason,
            decision_id=decided.decision_id,
            output_shown={"proposal": decided.proposal.outcome, "score": decided.proposal.score},
            outcome_shown=decided.proposal.outcome,
            outcome_after=after,
            aids=["contributions"],
            aim="override",
            measure_id="OM-1",
        ),
        signers=bank.keys.overseer,
        subject=SYSTEM,
        references=[refer("about", decided.receipt)],
    )


def record_confirmations(bank: Bank, version: Version, declined: Sequence[Decided]) -> None:
    """Record the officer's own look at each proposal to decline that was not overridden (OM-1)."""
    with bank.ledger.batch() as batch:
        for decided in declined:
            batch.record(
                OversightAction(
                    system_version=version.version,
                    oversight_id=f"{decided.decision_id}-OM-1",
                    action="confirmed",
                    actor=person("staff-130"),
                    reason_code="file_supports_the_proposal",
                    reason=_REPLAYED,
                    decision_id=decided.decision_id,
                    output_shown={"proposal": decided.proposal.outcome, "score": decided.proposal.score},
                    outcome_shown=decided.proposal.outcome,
                    outcome_after="declined",
                    aids=["contributions"],
                    aim="automation_bias",
                    measure_id="OM-1",
                ),
                signers=bank.keys.overseer,
                subject=SYSTEM,
                references=[refer("about", decided.receipt)],
            )


def record_second_looks(bank: Bank, version: Version, declined: Sequence[Decided], outcomes: Mapping[str, str]) -> None:
    """Record the second officer's look at each proposal to decline, without seeing it (OM-4).

    `outcomes` holds what the first officer came to where that is not a refusal; the second came to the same.
    """
    with bank.ledger.batch() as batch:
        for decided in declined:
            batch.record(
                OversightAction(
                    system_version=version.version,
                    oversight_id=f"{decided.decision_id}-OM-4",
                    action="second_verification",
                    actor=person("staff-131"),
                    reason_code="same_result_without_seeing_the_proposal",
                    reason=_REPLAYED,
                    decision_id=decided.decision_id,
                    outcome_after=outcomes.get(decided.decision_id, "declined"),
                    aim="two_person_check",
                    measure_id="OM-4",
                ),
                signers=bank.keys.second_overseer,
                subject=SYSTEM,
                references=[refer("about", decided.receipt)],
            )


def record_switch(
    bank: Bank, version: Version, oversight_id: str, *, on: bool, reason_code: str, about: Receipt
) -> Receipt:
    """The receipt of the system being stopped, or used again, at the credit desk."""
    return bank.ledger.record(
        OversightAction(
            system_version=version.version,
            oversight_id=oversight_id,
            action="resumed" if on else "stopped",
            actor=person("staff-130"),
            reason_code=reason_code,
            aim="stop",
            measure_id="OM-3",
            safe_state=None if on else "applications are decided without the system",
        ),
        signers=bank.keys.overseer,
        subject=SYSTEM,
        references=[refer("about", about)],
    )


def record_monitoring(
    bank: Bank, version: Version, decided: Sequence[Decided], overrides: int, started: str
) -> Receipt:
    """The receipt of the check by the monitoring plan: lost data, proposals to approve, overrides."""
    n, lost = len(decided), sum(d.lost for d in decided)
    approved = sum(d.proposal.outcome == "approval_proposed" for d in decided)
    young = [d for d in decided if d.application.age < 25]
    metrics = [
        _share("share_without_checking_account_status", lost, n, limit=0.05),
        _share("approval_rate", approved, n),
        _share("override_rate", overrides, n, limit=0.15),
    ]
    if young:
        hits = sum(d.proposal.outcome == "approval_proposed" for d in young)
        metrics.append(_share("approval_rate", hits, len(young), group=Group(attribute="age band", value="under 25")))
    broken = [m.metric for m in metrics if m.passed is False]
    body = Monitoring(
        system_version=version.version,
        monitoring_id=f"pilot-{version.version}",
        type="threshold_breach" if broken else "periodic_review",
        period=Period(start=started, end=now()),
        metrics=metrics,
        conclusion=f"Limit broken: {', '.join(broken)}. The system is stopped and model risk told."
        if broken
        else f"As expected. {n} applications are too few to judge age bands.",
        status="breach" if broken else "as_expected",
        plan="post-market-monitoring-plan",
        model=version.model,
        still_compliant=not broken,
        interactions="none: no other AI system is connected",
        noticed_at=now() if broken else None,
        action_taken="stopped by the credit desk" if broken else None,
        incident_id="INC-1" if broken else None,
        risk_ids=["R-3"] if broken else ["R-2"],
    )
    return bank.ledger.record(body, signers=bank.keys.scoring, subject=SYSTEM)


def _share(metric: str, hits: int, n: int, *, limit: float | None = None, group: Group | None = None) -> Metric:
    low, high = wilson(hits, n)
    return Metric(
        metric=metric,
        value=round(hits / n, 4),
        n=n,
        group=group,
        interval=Interval(low=round(low, 4), high=round(high, 4), level=0.95, method="Wilson"),
        threshold=limit,
        direction="at_most" if limit is not None else None,
        passed=hits / n <= limit if limit is not None else None,
    )
