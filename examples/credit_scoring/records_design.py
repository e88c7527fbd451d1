"""Chapter 3, second part: what the system must meet, and the decisions behind its design, with what was not chosen."""

from __future__ import annotations

from bank import SYSTEM, Bank, person, refer

from ledger import Receipt
from ledger.kinds import Actor, Approval, Decision, Requirement
from ledger.kinds.governance import Option, Weight

COST_LIMIT = 0.9
RATIO_FLOOR = 0.8
GAP_LIMIT = 0.1
_LAW = "Regulation (EU) 2024/1689"


def record_requirements(bank: Bank) -> list[Receipt]:
    """Requirements of the law and of our own, each with how it is accepted; approved as a set."""
    requirements = [*_measured_requirements(), *_other_requirements()]
    receipts = [bank.ledger.record(r, signers=bank.keys.compliance, subject=SYSTEM) for r in requirements]
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="requirement",
            statement=receipts[-1].statement,
            object="requirements REQ-1 to REQ-6 of credit scoring",
            actor=person("staff-110"),
        ),
        signers=bank.keys.approver,
        subject=SYSTEM,
        references=[refer("approves", r) for r in receipts],
    )
    return receipts


def _measured_requirements() -> list[Requirement]:
    """What tests can show."""
    return [
        Requirement(
            requirement_id="REQ-1",
            title="Accuracy",
            text="Proposals rank applications clearly better than chance, and cost less than approving everyone.",
            source="law",
            source_reference=f"{_LAW} Art. 15(1)",
            concerns=["accuracy"],
            acceptance="area under the ROC curve at least 0.70; cost per application below 1.50 (approving everyone)",
            verified_by="test",
            test_plans=["accuracy-1.0", "accuracy-1.1"],
            priority="must",
            owner="staff-140",
        ),
        Requirement(
            requirement_id="REQ-2",
            title="Similar treatment of groups",
            text="Approval rates and the chances of good risks are similar between age bands and between sex codes.",
            source="own",
            source_reference="AI policy, point 3; the limits are our own, no law sets them",
            concerns=["fairness"],
            acceptance=f"lowest approval rate at least {RATIO_FLOOR:.2f} of the highest; true positive "
            f"rates differ by at most {GAP_LIMIT:.2f}; groups of 30 cases or more",
            verified_by="test",
            test_plans=["fairness-1.0", "fairness-1.1"],
            priority="must",
            owner="staff-140",
        ),
        Requirement(
            requirement_id="REQ-3",
            title="Robustness",
            text="Small errors in numbers hardly change proposals.",
            source="law",
            source_reference=f"{_LAW} Art. 15(4)",
            concerns=["robustness", "safety"],
            acceptance="at most 2 % of proposals change under 5 % noise",
            verified_by="test",
            test_plans=["robustness-1.0", "robustness-1.1"],
            priority="must",
            owner="staff-140",
        ),
    ]


def _other_requirements() -> list[Requirement]:
    """What is shown by looking."""
    return [
        Requirement(
            requirement_id="REQ-4",
            title="A person decides",
            text="No application is refused without a decision by a credit officer, who can override and stop.",
            source="law",
            source_reference=f"{_LAW} Art. 14; GDPR Art. 22",
            concerns=["human_oversight"],
            acceptance="overseers are trained; overrides are possible and recorded",
            verified_by="inspection",
            status="met",
            how_met="measures OM-1 to OM-3",
            priority="must",
            owner="staff-130",
        ),
        Requirement(
            requirement_id="REQ-5",
            title="Events are recorded",
            text="Each proposal and each human action is recorded with time, version and input.",
            source="law",
            source_reference=f"{_LAW} Art. 12 and 26(6)",
            concerns=["logging"],
            acceptance="one entry each; kept 2 years",
            verified_by="inspection",
            priority="must",
            owner="staff-120",
        ),
        Requirement(
            requirement_id="REQ-6",
            title="An answer that can be understood",
            text="An applicant gets the main elements of the decision on request.",
            source="customer",
            source_reference="interviews with consumer advisers; Regulation (EU) 2024/1689 Art. 86",
            requested_by="applicants",
            concerns=["transparency"],
            acceptance="five largest contributions in words, within 30 days",
            verified_by="review",
            priority="must",
            owner="staff-130",
        ),
    ]


def record_decisions(bank: Bank) -> list[Receipt]:
    """The design decisions of version 1.0."""
    team = [person("staff-140"), person("staff-130"), person("staff-120")]
    decisions = [*_about_the_model(team), *_about_metrics(team), *_about_use()]
    return [bank.ledger.record(d, signers=bank.keys.compliance, subject=SYSTEM) for d in decisions]


def _about_the_model(team: list[Actor]) -> list[Decision]:
    """Which model, and what it may see."""
    return [
        Decision(
            decision_id="D-1",
            topics=["general_logic", "design_choice", "development_method", "optimisation", "expected_output"],
            title="Kind of model",
            decision="A logistic regression, written out as a scorecard.",
            reason="Officers and applicants can follow each step from input to proposal.",
            options=[
                Option(
                    name="gradient boosted trees",
                    rejected_because="little to gain expected with 700 cases, and contributions only approximate",
                ),
                Option(name="rules by experts", rejected_because="cannot be measured against outcomes when made"),
            ],
            trade_offs="Some accuracy for a model that can be read in full.",
            assumptions=["contributions add up", "seven inputs are enough for a first version"],
            persons_or_groups=["adults applying for consumer credit"],
            optimised_for="log-likelihood of good and bad outcomes",
            weights=[
                Weight(name="checking_account", relevance="largest"),
                Weight(name="duration and credit_amount", relevance="large"),
                Weight(name="job", relevance="almost none; kept because officers asked for it"),
            ],
            expected_output="A probability of repayment from 0 to 1, and a proposal.",
            requirements=["AnnexIV-2-a", "AnnexIV-2-b", "REQ-1", "REQ-6"],
            deciders=team,
        ),
        Decision(
            decision_id="D-2",
            topics=["design_choice", "assumption", "trade_off", "data"],
            title="Sex code and age as inputs",
            decision="Neither is an input. Both are kept beside the data and used to measure every version.",
            reason="Different treatment by sex or age is not wanted, and what is not measured cannot be seen.",
            options=[
                Option(name="use age", rejected_because="more accurate, and direct different treatment by age"),
                Option(
                    name="drop both altogether", rejected_because="differences through other inputs would stay hidden"
                ),
            ],
            trade_offs="Some accuracy, for not treating people differently by sex or age directly.",
            assumptions=["savings and duration depend on age, so differences remain and must be limited elsewhere"],
            persons_or_groups=["applicants under 25", "women and men, as far as the codes tell"],
            requirements=["AnnexIV-2-b", "REQ-2"],
            risks=["R-2"],
            deciders=team,
        ),
    ]


def _about_metrics(team: list[Actor]) -> list[Decision]:
    """What is measured, and why that suits."""
    return [
        Decision(
            decision_id="D-4",
            topics=["metric", "threshold"],
            title="Metrics, and why they suit",
            decision="Area under the ROC curve, accuracy, balanced accuracy, cost per application; "
            "approval ratio and difference of true positive rates per group; share of proposals "
            "changed by noise.",
            reason="Seventy of a hundred cases are good, so accuracy alone would reward approving "
            "everyone; the two errors cost differently; and what matters to a person is the chance of "
            "a good risk to be approved.",
            options=[
                Option(name="accuracy only", rejected_because="hides what happens to bad risks and small groups"),
                Option(
                    name="equal error rates for both errors",
                    rejected_because="cannot be met together with similar approval rates where base rates differ",
                ),
            ],
            assumptions=["costs of 5 and 1, as documented with the data set, resemble the bank's own"],
            metrics=[
                "roc_auc",
                "accuracy",
                "balanced_accuracy",
                "cost_per_application",
                "approval_rate",
                "true_positive_rate",
                "false_positive_rate",
                "approval_ratio_by_sex_code_unsound",
                "approval_ratio_by_age_band",
                "opportunity_difference_by_sex_code_unsound",
                "opportunity_difference_by_age_band",
                "proposals_changed_by_noise",
                "approvals_gained_by_lost_data",
            ],
            requirements=["AnnexIV-4", "REQ-1", "REQ-2", "REQ-3"],
            deciders=team,
        ),
    ]


def _about_use() -> list[Decision]:
    """Oversight, architecture, and how the law is met."""
    return [
        Decision(
            decision_id="D-5",
            topics=["human_oversight", "proportionality"],
            title="Assessment of human oversight",
            decision="Officers decide every proposal to decline (OM-1), see contributions (OM-2) and can "
            "stop the system (OM-3).",
            reason="A refusal weighs more on a person than an approval on the bank; officers know the "
            "file, the system does not.",
            options=[
                Option(name="automatic refusal of low scores", rejected_because="not wanted by policy, point 2"),
                Option(
                    name="officers see no score", rejected_because="they would have to guess how sure a proposal is"
                ),
            ],
            assumptions=["officers have the time to look at each file; watched in the pilot"],
            requirements=["AnnexIV-2-e", "REQ-4"],
            risks=["R-1", "R-2"],
            deciders=[person("staff-120"), person("staff-130")],
        ),
        Decision(
            decision_id="D-6",
            topics=["architecture", "interface", "resources"],
            title="Runs as a small service of its own",
            decision="Training is apart from the service; model and rule are files that the service reads.",
            reason="What runs is exactly what was tested, and a version can be changed back by changing two files.",
            options=[Option(name="scikit-learn in production", rejected_because="a larger attack surface, no benefit")],
            requirements=["AnnexIV-1-b", "AnnexIV-2-c"],
            deciders=[person("staff-140")],
        ),
        Decision(
            decision_id="D-7",
            topics=["conformity", "risk_method"],
            title="How Chapter III Section 2 is met without harmonised standards",
            decision="Own specifications: risk method, data procedure, test plans with limits set "
            "beforehand, logging specification, instructions for use, oversight measures; ISO/IEC "
            "42001 for the management system.",
            reason="No standard for the AI Act was found cited in the Official Journal when this was looked up.",
            options=[
                Option(name="wait for citations", rejected_because="the work is needed in any case and can be adapted")
            ],
            consequences="No presumption of conformity; each requirement is shown by its own evidence.",
            requirements=["AnnexIV-7"],
            deciders=[person("staff-120"), person("staff-110")],
        ),
    ]
