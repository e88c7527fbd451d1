"""Chapter 3: the systems. What they are and are for, and which rules they fall under."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version as installed

from bank import LAW, NOTES, SYSTEM, Bank, person, refer
from describe import (
    EXCLUDED_USES,
    INPUTS,
    INTERACTIONS,
    LIMITATIONS,
    LOGGING,
    MAINTENANCE,
    MISUSE,
    OUTCOMES,
    PURPOSE,
    TARGET_GROUPS,
    design,
    output,
    oversight,
)
from records_tests import Tested

from ledger import Receipt
from ledger.kinds import AiSystem, Applicability, Classification
from ledger.kinds.design import (
    DeclaredPerformance,
    DocumentPointer,
    EarlierVersion,
    FormOfSupply,
    Hardware,
    SoftwareVersion,
)
from ledger.kinds.parts import PartyInRole
from ledger.kinds.systems import Answer, Status

US = PartyInRole(party_id="beispielbank", name="Beispielbank AG (fictional)", country="DE")


def record_system(
    bank: Bank,
    version: str,
    status: Status,
    threshold: float,
    *,
    replaces: Receipt | None = None,
    tests: Sequence[Tested] = (),
) -> Receipt:
    """The receipt of the register entry of a version; a later one about the same version `replaces` the earlier."""
    body = AiSystem(
        system_version=version,
        name="Credit scoring",
        system_type="credit-scorecard",
        intended_purpose=PURPOSE,
        provider=US,
        organisation_roles=["provider", "deployer"],
        status=status,
        earlier_versions=[] if version == "1.0" else [_since_1_0()],
        owner=person("staff-110"),
        provider_size="medium",
        excluded_uses=EXCLUDED_USES,
        foreseeable_misuse=MISUSE,
        functions=["propose", "explain a proposal by contributions", "log each proposal"],
        target_groups=TARGET_GROUPS,
        intended_deployers="Credit officers of the bank who passed the oversight training.",
        context_of_use="Germany; branches and online; weekdays; about 40 applications a day.",
        member_states=["DE"],
        risk_classes=["high_risk_annex_iii"],
        annex_iii_points=["AnnexIII-5-b"],
        personal_data=True,
        profiling=True,
        interactions=INTERACTIONS,
        software_versions=_software(version),
        forms_of_supply=[FormOfSupply(form="internal", description="a service in the bank's own data centre")],
        target_hardware=_hardware(),
        user_interface="One screen per application with proposal, score, threshold, contributions, "
        "override and stop; see the document user-interface.",
        instructions_for_use=DocumentPointer(
            document_id=f"instructions-for-use-{version}", version=version, language="en"
        ),
        design=design(version, threshold),
        inputs=INPUTS,
        output=output(version),
        predetermined_changes=[],
        oversight_measures=oversight(version),
        capabilities=["ranks applications of the data set by risk, with an area under the curve of about 0.75"],
        limitations=LIMITATIONS,
        unintended_outcomes=OUTCOMES,
        declared_performance=_declared(tests) or None,
        maintenance=MAINTENANCE,
        logging=LOGGING,
        retention="technical-file-10y",
    )
    return bank.ledger.record(
        body,
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[refer("supersedes", replaces)] if replaces else [],
    )


def _since_1_0() -> EarlierVersion:
    return EarlierVersion(
        system_version="1.0",
        relation="1.1 replaces it: trained on more data, higher threshold, no scoring without checking "
        "account status, second officer",
    )


def _software(version: str) -> list[SoftwareVersion]:
    """What runs, and what it was trained with."""
    return [
        SoftwareVersion(
            type="software",
            name="scoring service",
            version=version,
            update_requirements=f"scorecard{'' if version == '1.0' else ', input guard'} and decision rule are "
            "released together or not at all",
        ),
        SoftwareVersion(
            type="software",
            name="scikit-learn (training only)",
            version=installed("scikit-learn"),
            update_requirements="a new version needs a retraining and all tests",
        ),
    ]


def _hardware() -> list[Hardware]:
    """What it runs on."""
    return [
        Hardware(
            name="x86-64 server",
            specification="1 processor core and 256 MB of memory for each of two instances; no accelerator",
        )
    ]


def _declared(tests: Sequence[Tested]) -> list[DeclaredPerformance]:
    """The levels stated to officers, overall and for the groups they should know about."""
    return [
        DeclaredPerformance(metric=m.metric, level=m.value, group=m.group, evaluation_id=test.evaluation_id)
        for test in tests
        for m in test.metrics
        if m.metric in ("roc_auc", "accuracy", "cost_per_application")
    ]


def record_classification(bank: Bank, version: str) -> Receipt:
    """The receipt of the risk-class procedure for a version of credit scoring: high-risk, Annex III 5(b)."""

    return bank.ledger.record(
        Classification(
            system_version=version,
            results=["high_risk_annex_iii"],
            answers=_answers(),
            law_version=LAW,
            decided_by=person("staff-120"),
            decided_on=bank.day(),
            procedure="classification procedure 1",
            organisation_roles=["provider", "deployer"],
            member_states=["DE"],
            annex_iii_points=["AnnexIII-5-b"],
            profiling=True,
            conformity_route="annex_vi",
            fria_due=True,
            registration_due=True,
            transparency_duties=[],
            review_triggers=["new purpose", "change of the law"],
            review_on=bank.day(365),
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
    )


def _answers() -> list[Answer]:
    """The questions of the procedure that matter here, in order."""

    def answered(step: str, question: str, yes: bool, reason: str, finding: str = "") -> Answer:
        return Answer(
            step=step, question=question, answer="yes" if yes else "no", reason=reason, finding=finding or None
        )

    return [
        answered("S0", "Is it an AI system?", True, "a learned model infers proposals that influence decisions"),
        answered("S1", "Which role, which link to the Union?", True, "used in Germany", "provider and deployer"),
        answered("S2", "Is it excluded?", False, "none of the exclusions of Article 2 fits"),
        answered(
            "S3",
            "Is a prohibited practice involved?",
            False,
            "scores from credit data for credit only; no social behaviour, no treatment in other "
            "contexts (Art. 5(1)(c))",
        ),
        answered("S4", "Is it part of a product of Annex I?", False, "software service, no product"),
        answered(
            "S7",
            "Does the purpose fall under Annex III?",
            True,
            "evaluates the creditworthiness of natural persons; not used to detect fraud",
            "AnnexIII-5-b",
        ),
        answered("S8", "Does it profile natural persons?", True, "evaluates their economic situation"),
        answered("S9", "Is it exempt under Article 6(3)?", False, "profiling excludes the exemption"),
        answered(
            "S10",
            "Which procedure?",
            True,
            "Annex III points 2 to 8",
            "internal control, Annex VI; Art. 27 applies",
        ),
        answered("S11", "Does Article 50 apply?", False, "it neither talks to people nor makes content"),
        answered(
            "S14",
            "From when on?",
            True,
            "Chapter III Sections 1 to 3 apply to Annex III from 2 December 2027",
            "followed early",
        ),
    ]


def record_inapplicable(bank: Bank, version: str) -> Receipt:
    """The receipt of the signed statement that Annex IV 1(f) does not apply."""
    return bank.ledger.record(
        Applicability(
            system_version=version,
            requirement="AnnexIV-1-f",
            applicable=False,
            ground="feature_absent",
            justification="The system is a service in the data centre. It is not a component of a "
            "product, so there is nothing whose outside, marking or inner layout could be shown.",
            law_version=LAW,
            review_if="the scorecard is built into a device or sold as part of a product",
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
    )


def record_notes_assistant(bank: Bank) -> None:
    """The other system in scope: a bought assistant, used as it is."""
    bank.ledger.record(
        AiSystem(
            system_version="2026.3",
            name="Meeting notes",
            intended_purpose="Write draft minutes of internal meetings from a recording.",
            provider=PartyInRole(party_id="notes-vendor", name="Protokoll GmbH (fictional)", country="DE"),
            organisation_roles=["deployer"],
            status="in_service",
            excluded_uses=["meetings with customers", "judging employees"],
            owner=person("staff-120"),
            risk_classes=["minimal_risk"],
            personal_data=True,
            profiling=False,
        ),
        signers=bank.keys.compliance,
        subject=NOTES,
    )
    bank.ledger.record(
        Classification(
            system_version="2026.3",
            results=["minimal_risk"],
            answers=[
                Answer(
                    step="S7",
                    question="Does the purpose fall under Annex III?",
                    answer="no",
                    reason="minutes of internal meetings; not used to judge employees",
                ),
                Answer(
                    step="S11",
                    question="Does Article 50 apply?",
                    answer="no",
                    reason="it does not talk to people; minutes are edited by a person and not published",
                ),
            ],
            law_version=LAW,
            decided_by=person("staff-120"),
            decided_on=bank.day(),
        ),
        signers=bank.keys.compliance,
        subject=NOTES,
    )
