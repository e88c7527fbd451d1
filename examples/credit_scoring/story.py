"""The story in order: what happens, and who records it. Read this first; each chapter is a module of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bank import Bank, now, refer
from measure import (
    Measured,
    candidate_thresholds,
    choose_threshold,
    measure_accuracy,
    measure_groups,
    measure_robustness,
)
from model import Application, Rule, Scorecard
from records_assurance import (
    record_audit,
    record_explanation_request,
    record_objectives,
    record_review,
    record_standards,
)
from records_change import record_missed_limits, record_threshold
from records_controls import record_controls
from records_data import Data, record_data
from records_design import RATIO_FLOOR, record_decisions, record_requirements
from records_documents import record_documents, revise_documents
from records_impact import record_impact_assessment, record_screening
from records_incident import Open, close_incident, record_incident
from records_narrative import record_narratives
from records_operation import (
    record_confirmations,
    record_monitoring,
    record_override,
    record_second_looks,
    record_switch,
    run_system,
)
from records_organisation import record_organisation
from records_quality import record_data_quality
from records_reassessment import assess_impact_again, judge_lost_data, judge_overall
from records_releases import approve, record_instructions, record_release
from records_risks import record_risks, record_treatment
from records_system import record_classification, record_inapplicable, record_notes_assistant, record_system
from records_tests import Plan, Tested, record_evaluation, record_plans, record_security_plan
from records_versions import Version, make_version, record_components

from ledger import Receipt
from ledger.kinds.evaluation import TestType
from ledger.kinds.parts import Metric

Say = Callable[[str], None]
Measure = Callable[[Scorecard, Rule, Sequence[Application]], tuple[Measured, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """What the end of a run points at: the tests of version 1.1 and the threshold it was released with."""

    tests: tuple[Tested, ...]
    threshold: float

    @property
    def fairness(self) -> Tested:
        """The test whose number somebody might like to change."""
        return _named(self.tests, "fairness-1.1")

    def measured(self, metric: str) -> Metric:
        """What that test measured, overall."""
        return next(m for m in self.fairness.metrics if m.metric == metric and m.group is None)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stands before there is a model."""

    documents: Mapping[str, Receipt]
    objectives: list[Receipt]
    requirements: list[Receipt]
    registered: Receipt  # version 1.0
    data: Data
    risks: Mapping[str, Receipt]
    impact: Receipt


def tell(bank: Bank, chapter: Say) -> Told:
    """Everything from the first entry about the bank to the last declaration; `chapter` hears what comes next."""
    before = _prepare(bank, chapter)
    chapter("Version 1.0: train, test, approve, release")
    first, risks, registered = _first_version(bank, before)
    chapter("Version 1.0 at work: 20 proposals, lost data, an incident")
    incident = _pilot_with_a_fault(bank, first, before.data)
    chapter("Version 1.1: new threshold, trained again, one test missed")
    second, tests, release = _second_version(bank, before, first, risks, registered, incident)
    chapter("Version 1.1 at work: 20 proposals, overrides, monitoring")
    override_rate = _pilot(bank, second, before.data, release)
    close_incident(bank, incident, release, _named(tests, "robustness-1.1").receipt)
    chapter("The bank looks at itself: audit, review, controls")
    measured = {m.metric: m.value for t in tests for m in t.metrics if m.group is None}
    record_objectives(bank, before.objectives, measured | {"override_rate": override_rate})
    record_standards(bank)
    record_review(bank, record_audit(bank), _named(tests, "fairness-1.1"))
    record_narratives(bank, "1.1", _named(tests, "fairness-1.1").receipt)
    record_controls(bank)
    return Told(tests, second.rule.threshold)


def _prepare(bank: Bank, chapter: Say) -> Prepared:
    chapter("The bank: parties, scope, roles, training, suppliers")
    objectives = record_organisation(bank)
    chapter("Its documents, approved by the board")
    documents = record_documents(bank)
    chapter("The systems, their class, requirements and design")
    record_notes_assistant(bank)
    registered = record_system(bank, "1.0", "in_development", 0.5)
    record_classification(bank, "1.0")
    requirements = record_requirements(bank)
    record_decisions(bank)
    chapter("The data: 1,000 applications, splits, known gaps")
    data = record_data(bank)
    record_data_quality(bank, data)
    chapter("Risks and impact, before there is a model")
    risks = record_risks(bank)
    impact = record_impact_assessment(bank)
    record_screening(bank)
    return Prepared(documents, objectives, requirements, registered, data, risks, impact)


def _first_version(bank: Bank, before: Prepared) -> tuple[Version, Mapping[str, Receipt], Receipt]:
    """Version 1.0 with the risks as accepted and its entry in the register."""
    data = before.data
    plans = record_plans(bank, "1.0", data.used("test"))
    version = make_version(bank, Rule("1.0", 0.5, "read as not_known"), data.splits.train, [data.used("train")])
    tests = _test(bank, version, plans, data)
    risks = record_treatment(bank, before.risks)
    components = record_components(bank, version, data.digest)
    instructions = record_instructions(bank, version, tests)
    approve(bank, "1.0", version.change, "gate", "version 1.0 may be released for a pilot")
    release = record_release(bank, version, components, instructions, tests)
    approve(bank, "1.0", release, "release", "pilot with version 1.0", conditions=["pilot only"], until=180)
    registered = record_system(bank, "1.0", "in_service", 0.5, replaces=before.registered, tests=tests)
    return version, risks, registered


def _pilot_with_a_fault(bank: Bank, version: Version, data: Data) -> Open:
    """Twenty proposals; half-way the interface stops delivering the checking account status."""
    started, cases = now(), data.splits.test[10:30]
    # Where there is no account, nothing can get lost.
    lost = [i for i in range(10, 20) if cases[i].inputs["checking_account"] != "not_known"]
    decided = run_system(bank, version, cases, lost)
    noticed = next(d for d in decided if d.lost)
    record_override(
        bank,
        version,
        noticed,
        "OV-1",
        "data_on_screen_differ_from_file",
        "The file shows an account with little money; the proposal counted it as no account.",
        "documents_requested",
    )
    breach = record_monitoring(bank, version, decided, 1, started)
    record_switch(bank, version, "OV-2", on=False, reason_code="input_data_lost", about=breach)
    return record_incident(bank, version, decided, breach)


def _second_version(
    bank: Bank,
    before: Prepared,
    first: Version,
    risks: Mapping[str, Receipt],
    registered_1_0: Receipt,
    incident: Open,
) -> tuple[Version, tuple[Tested, ...], Receipt]:
    """Version 1.1 with its tests and its release: refused at the gate once, then approved with conditions."""
    data = before.data
    development = data.splits.train + data.splits.validation
    candidates = candidate_thresholds(development)
    chosen = choose_threshold(candidates, RATIO_FLOOR)
    why = record_threshold(bank, candidates, chosen, incident, before.requirements)
    plans = record_plans(bank, "1.1", data.used("test"))
    record_security_plan(bank, "1.1")
    version = make_version(
        bank,
        Rule("1.1", chosen.threshold, "not scored"),
        development,
        [data.used("train"), data.used("validation")],
        before=first,
        reason=f"Lower cost of wrong proposals (D-8), and INC-1: {incident.known.affected} applications "
        "were scored without data that the score needs.",
        because=[refer("derived_from", why[0]), refer("responds_to", incident.incident)],
    )
    tests = _test(bank, version, plans, data)
    record_classification(bank, "1.1")
    record_inapplicable(bank, "1.1")
    registered = record_system(bank, "1.1", "in_verification", chosen.threshold)
    accepted = _pass_the_gate(bank, version, tests, risks, incident, before.impact)
    revise_documents(bank, before.documents)
    components = record_components(bank, version, data.digest)
    instructions = record_instructions(bank, version, tests)
    release = record_release(bank, version, components, instructions, tests, replaces="1.0", relies_on=accepted)
    approve(
        bank,
        "1.1",
        release,
        "release",
        "pilot with version 1.1",
        conditions=["second officer for each proposal to decline", "rates per age band every week"],
        until=90,
    )
    record_system(bank, "1.0", "no_longer_supplied", first.rule.threshold, replaces=registered_1_0)
    record_system(bank, "1.1", "in_service", chosen.threshold, replaces=registered, tests=tests)
    return version, tests, release


def _pass_the_gate(
    bank: Bank,
    version: Version,
    tests: Sequence[Tested],
    risks: Mapping[str, Receipt],
    incident: Open,
    impact: Receipt,
) -> list[tuple[str, Receipt]]:
    """What the release may rely on besides its tests; a missed fairness limit needs more before it may pass."""
    fairness, accepted = _named(tests, "fairness-1.1"), []
    if fairness.missed:
        approve(
            bank,
            "1.1",
            version.change,
            "gate",
            "release of 1.1 as it was tested first",
            reason="The fairness test misses its limits and nothing makes up for it yet.",
            rejected=True,
        )
        judged = [
            record_missed_limits(bank, fairness, risks)[-1],
            judge_lost_data(bank, risks["R-3"], incident, _named(tests, "robustness-1.1")),
        ]
        judged.append(judge_overall(bank, risks["R-0"], fairness, judged))
        what = ("risk R-2 with a second officer", "risk R-3 with the input guard", "overall residual risk R-0 of 1.1")
        for risk, name in zip(judged, what, strict=True):
            approve(bank, "1.1", risk, "residual_risk", name, conditions=["for the pilot only"], until=90)
        accepted.append(("risk R-2 accepted with a second officer, for 90 days", judged[0]))
        accepted.append(("overall residual risk R-0 accepted for 90 days", judged[-1]))
        accepted.append(
            ("impact assessment IA-1 repeated: version 2", assess_impact_again(bank, impact, fairness, incident))
        )
    approve(bank, "1.1", version.change, "gate", "release of 1.1", conditions=["second officer (OM-4)"])
    return accepted


def _pilot(bank: Bank, version: Version, data: Data, release: Receipt) -> float:
    """Twenty proposals of version 1.1, two people looking at them; the share of overrides."""
    started, cases = now(), data.splits.test[30:50]
    tried = record_switch(bank, version, "OV-3", on=False, reason_code="stop_tried_before_first_use", about=release)
    record_switch(bank, version, "OV-4", on=True, reason_code="stop_worked_use_begins", about=tried)
    lost = [i for i in range(20) if cases[i].inputs["checking_account"] != "not_known"][:1]
    decided = run_system(bank, version, cases, lost)
    declined = [d for d in decided if d.proposal.outcome == "decline_proposed"]
    record_override(
        bank,
        version,
        declined[0],
        "OV-5",
        "facts_not_in_the_inputs",
        "A guarantor signed this morning; the system cannot know.",
        "approved",
    )
    record_confirmations(bank, version, declined[1:])
    record_second_looks(bank, version, declined, {declined[0].decision_id: "approved"})
    asked = declined[1]
    record_explanation_request(bank, "1.1", asked.receipt, asked.decision_id, asked.application.row)
    record_monitoring(bank, version, decided, 1, started)
    return 1 / len(decided)


def _test(bank: Bank, version: Version, plans: Mapping[TestType, Plan], data: Data) -> tuple[Tested, ...]:
    """The three tests of a version on the held-out split, recorded as they finish."""
    tests, cases = [], data.splits.test
    measures: dict[TestType, Measure] = {
        "accuracy": measure_accuracy,
        "bias": measure_groups,
        "robustness": measure_robustness,
    }
    for kind, measure in measures.items():
        started = now()
        measured = measure(version.card, version.rule, cases)
        plan = plans[kind]
        tests.append(
            record_evaluation(bank, version.version, plan, measured, version.model, data.used("test"), started)
        )
    return tuple(tests)


def _named(tests: Sequence[Tested], evaluation_id: str) -> Tested:
    return next(t for t in tests if t.evaluation_id == evaluation_id)
