"""Chapter 8, third part: what is judged anew after the incident and the tests of 1.1. Nothing earlier is changed."""

from __future__ import annotations

from collections.abc import Sequence

from bank import SYSTEM, Bank, person, refer
from records_controls import controls_against
from records_impact import again
from records_incident import Open
from records_risks import HAZARDS, level
from records_tests import Tested

from ledger import Receipt
from ledger.kinds import Risk
from ledger.kinds.planning import Measure, Rating
from ledger.kinds.risks import Acceptance


def judge_lost_data(bank: Bank, before: Receipt, incident: Open, robustness: Tested) -> Receipt:
    """Risk R-3 after incident INC-1, with the input guard of 1.1 as its measure and what the test says about it."""
    hazard = HAZARDS["R-3"]
    gained = next(m for m in robustness.metrics if m.metric == "approvals_gained_by_lost_data")
    return bank.ledger.record(
        Risk(
            risk_id="R-3",
            title=hazard.title,
            hazard=hazard.hazard,
            cause=hazard.cause,
            arises_in=list(hazard.arises_in),
            misuse=hazard.hazard,
            interests=list(hazard.interests),
            persons_affected=[hazard.persons],
            minors="not_affected",
            vulnerable_groups=[],
            status="accepted",
            trigger="incident",
            criteria="risk-method",
            before=Rating(
                severity=3,
                likelihood=5,
                level=level(3, 5),
                reason=f"INC-1: it happened in the pilot, to {incident.known.affected} of 20 applications; "
                "likelihood was judged as 3 before",
            ),
            priority=5,
            reducible_by=["design", "development"],
            option="modify",
            measures=[
                *(
                    Measure(
                        measure=what,
                        order="mitigation",
                        status="implemented",
                        owner="staff-140",
                        controls=list(controls),
                        effect="INC-1: it showed the loss only after proposals had been made",
                    )
                    for what, controls in hazard.measures
                ),
                Measure(
                    measure="input guard: no score without checking account status (CA-2, change-1.1)",
                    order="by_design",
                    status="ineffective" if gained.passed is False else "verified",
                    owner="staff-140",
                    controls=["A.7.4", "A.6.2.4"],
                    effect=f"test robustness-1.1: {gained.metric} {gained.value:.2f} of {gained.n} cases",
                ),
            ],
            controls=controls_against("R-3"),
            after=Rating(severity=3, likelihood=1, level=level(3, 1), reason="with the input guard, as tested"),
            acceptance=Acceptance(
                accepted=True, reason="low, with the input guard", by=person("staff-110"), valid_until=bank.day(180)
            ),
            owner="staff-120",
            review_due=bank.day(180),
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[
            refer("supersedes", before),
            refer("responds_to", incident.incident),
            refer("derived_from", robustness.receipt),
        ],
    )


def judge_overall(bank: Bank, before: Receipt, fairness: Tested, judged: Sequence[Receipt]) -> Receipt:
    """The overall residual risk R-0 after the tests of 1.1; `judged` are the risks assessed anew just before."""
    return bank.ledger.record(
        Risk(
            risk_id="R-0",
            title="Overall residual risk",
            scope="overall",
            hazard="All remaining risks together, in a pilot of version 1.1 with replayed applications.",
            status="accepted",
            trigger="change_made",
            criteria="risk-method",
            after=Rating(
                severity=4,
                likelihood=2,
                level=level(4, 2),
                reason="R-1 and R-2 remain medium. The fairness test of 1.1 missed its limits for age, so for R-2 "
                "this rests on OM-4, whose effect is not measured yet. R-3 is low with the input guard.",
            ),
            interactions="OM-1 works against R-1, R-2 and R-3 alike and OM-4 against R-1 and R-2; both need officers "
            "who have the time, and are the point that must not fail.",
            acceptance=Acceptance(
                accepted=True,
                reason="medium, for 90 days of a pilot with replayed applications, two people deciding each refusal",
                by=person("staff-110"),
                valid_until=bank.day(90),
            ),
            owner="staff-110",
            review_due=bank.day(90),
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[
            refer("supersedes", before),
            refer("responds_to", fairness.receipt),
            *(refer("derived_from", risk) for risk in judged),
        ],
    )


def assess_impact_again(bank: Bank, before: Receipt, fairness: Tested, incident: Open) -> Receipt:
    """Version 2 of impact assessment IA-1, which its own conditions ask for after a missed limit and an incident."""
    missed = "; ".join(
        f"{m.metric} {m.value:.2f} against {m.direction or ''} {m.threshold}".replace("_", " ") for m in fairness.missed
    )
    return again(
        bank,
        f"The fairness test of 1.1 missed limits ({missed}), and incident INC-1 showed that lost data could raise "
        f"scores ({incident.known.affected} applications). New: the input guard, the second officer (OM-4), "
        "and the harm of loans that cannot be repaid.",
        [refer("supersedes", before), refer("responds_to", fairness.receipt), refer("responds_to", incident.incident)],
    )
