"""Chapter 1: the bank itself. Parties, scope, roles, objectives, training and suppliers; signed by compliance."""

from __future__ import annotations

from bank import BOTH, NOTES, ORGANISATION, SYSTEM, Bank
from records_people import roles, training

from ledger import Receipt
from ledger.kinds import Body, Context, Objective, Party, Supplier
from ledger.kinds.management import Target
from ledger.kinds.organisation import Clause, Contact, Duty, Identifier


def record_organisation(bank: Bank) -> list[Receipt]:
    """Everything about the organisation that the documents rest on; the receipts of its three objectives."""
    bodies: list[Body] = [
        *_parties(),
        *_context(bank),
        *_interested_parties(),
        *roles(bank),
        *training(bank),
        *_objectives(bank),
        *_suppliers(bank),
    ]
    # One batch: signed one by one, stored together or not at all.
    with bank.ledger.batch() as batch:
        pending = [batch.record(b, signers=bank.keys.compliance, subject=ORGANISATION) for b in bodies]
    return [p.receipt for p, body in zip(pending, bodies, strict=True) if isinstance(body, Objective)]


def _parties() -> list[Body]:
    return [
        Party(
            party_id="beispielbank",
            name="Beispielbank AG (fictional)",
            trade_name="Beispielbank",
            roles=["organisation", "provider", "deployer"],
            address="Beispielplatz 1, 00000 Musterstadt",
            country="DE",
            contact=Contact(function="AI compliance", email="ai-compliance@beispielbank.example"),
            website="https://beispielbank.example/ai",
            identifiers=[Identifier(scheme="company register (invented)", value="HRB 000000")],
            size="medium",
            public_body=False,
            systems=BOTH,
        ),
        Party(
            party_id="notes-vendor",
            name="Protokoll GmbH (fictional)",
            roles=["supplier", "provider"],
            country="DE",
            contact=Contact(function="support", email="support@protokoll.example"),
            systems=[NOTES],
        ),
        Party(
            party_id="open-source",
            name="scikit-learn, fairlearn and pandas maintainers",
            roles=["supplier"],
            website="https://scikit-learn.org/",
            systems=[SYSTEM],
        ),
        Party(
            party_id="market-surveillance",
            name="Competent market surveillance authority",
            roles=["market_surveillance_authority"],
            country="DE",
            systems=[SYSTEM],
        ),
        Party(
            party_id="applicants",
            name="Natural persons who apply for consumer credit",
            roles=["affected_persons", "customer"],
            systems=[SYSTEM],
        ),
    ]


def _context(bank: Bank) -> list[Body]:
    review = bank.day(365)
    return [
        Context(
            aspect="scope",
            item="statement",
            description="Developing, providing and using AI for decisions on consumer credit, and using "
            "bought AI assistants, at the head office and the branches of Beispielbank AG.",
            includes=["credit scoring (own system)", "meeting notes (bought assistant)"],
            excludes=["trading: uses no AI", "statistics without automated inference"],
            sites=["head office Musterstadt", "branches"],
            interfaces=["core banking delivers applications", "data centre operated by our own IT"],
            systems=BOTH,
            review_due=review,
        ),
        Context(
            aspect="role",
            item="credit-scoring",
            description="We develop credit scoring, put it into service under our own name, and use it ourselves.",
            roles=["provider", "developer", "deployer"],
            systems=[SYSTEM],
        ),
        Context(
            aspect="role",
            item="meeting-notes",
            description="We use the assistant as it is sold and change nothing in it.",
            roles=["deployer"],
            systems=[NOTES],
        ),
        Context(
            aspect="issue",
            item="high-risk-rules",
            origin="external",
            description="Rules for high-risk systems of Annex III apply from 2 December 2027; we follow them earlier.",
            effect="Technical documentation and evidence are built now, the declaration of conformity comes later.",
            systems=BOTH,
        ),
        Context(
            aspect="issue",
            item="old-data",
            origin="internal",
            description="Only a public data set from 1973 to 1975 is available for development; own data follow.",
            effect="Every statement about accuracy holds for those data only.",
            systems=[SYSTEM],
        ),
        Context(
            aspect="climate",
            item="energy",
            relevant=False,
            description="Training takes seconds on one processor; climate change was considered and "
            "changes nothing here.",
            systems=BOTH,
        ),
    ]


def _interested_parties() -> list[Body]:
    """What others expect, and what is owed to them by law."""
    return [
        Context(
            aspect="interested_party",
            item="applicants",
            party="applicants",
            description="Applicants want a fair, quick and understandable answer, and a person to talk to.",
            needs=["no refusal by a machine alone", "an explanation", "correction of wrong data"],
            addressed=True,
            how_addressed="Officers decide proposals to decline; factors are recorded for each case; "
            "complaints procedure.",
            systems=[SYSTEM],
        ),
        Context(
            aspect="interested_party",
            item="supervisor",
            party="market-surveillance",
            description="Authorities expect documents and logs on request.",
            needs=["technical documentation", "logs of decisions", "reports of serious incidents"],
            addressed=True,
            how_addressed="Both are built from the ledger and can be checked without us.",
            systems=[SYSTEM],
        ),
        Context(
            aspect="reporting_duty",
            item="serious-incidents",
            party="market-surveillance",
            obligation="Regulation (EU) 2024/1689 Art. 73",
            deadline="15 days after awareness at the latest; formally not before 2 December 2027",
            exists=True,
            description="Serious incidents are reported; until the date we would report of our own accord.",
            systems=[SYSTEM],
        ),
        Context(
            aspect="reporting_duty",
            item="registration",
            obligation="Regulation (EU) 2024/1689 Art. 49(1)",
            deadline="before the system is put into service after 2 December 2027",
            exists=True,
            description="The system will be registered in the EU database; the database was not open when "
            "this was looked up.",
            systems=[SYSTEM],
        ),
    ]


def _objectives(bank: Bank) -> list[Body]:
    return [
        Objective(
            objective_id="O-1",
            objective="Lower the cost of wrong proposals without widening the gap between groups.",
            area="development",
            concerns=["fairness", "C.2.5"],
            target=Target(metric="cost_per_application", value=0.9, direction="at_most"),
            policy="ai-policy",
            owner="staff-140",
            due=bank.day(120),
            status="set",
            systems=[SYSTEM],
        ),
        Objective(
            objective_id="O-2",
            objective="Proposals to approve are made at similar rates in all age bands.",
            area="development",
            concerns=["fairness", "C.2.5"],
            target=Target(metric="approval_ratio_by_age_band", value=0.8, direction="at_least"),
            policy="ai-policy",
            owner="staff-140",
            due=bank.day(120),
            status="set",
            systems=[SYSTEM],
        ),
        Objective(
            objective_id="O-3",
            objective="Officers form their own view: between 2 % and 15 % of proposals are overridden.",
            area="use",
            concerns=["human oversight", "C.2.1"],
            target=Target(metric="override_rate", value=0.15, direction="at_most"),
            policy="ai-policy",
            owner="staff-130",
            due=bank.day(180),
            status="set",
            systems=[SYSTEM],
        ),
    ]


def _suppliers(bank: Bank) -> list[Body]:
    return [
        Supplier(
            record_id="open-source-review",
            supplier="open-source",
            action="due_diligence",
            supplies=["software", "tool"],
            supply="scikit-learn, fairlearn, pandas and what they need; exact versions are in the component inventory",
            open_source=True,
            licence="BSD-3-Clause AND MIT",
            criteria="licence, maintenance, known vulnerabilities, reproducible results",
            findings=["actively maintained", "no agreement on incidents or changes: versions are pinned by us"],
            result="accepted_with_conditions",
            conditions=["versions are pinned per release", "advisories are read every month"],
            reassess_by=bank.day(365),
            owner="staff-140",
            systems=[SYSTEM],
        ),
        Supplier(
            record_id="notes-vendor-agreement",
            supplier="notes-vendor",
            action="agreement",
            supplies=["ai_system", "service"],
            supply="meeting-notes 2026.3, a hosted assistant that writes minutes of internal meetings",
            clauses=[
                Clause(about="change_notice", clause="30 days before a new model is used"),
                Clause(about="incident_notice", clause="24 hours"),
                Clause(about="data_rights", clause="no training with our recordings"),
            ],
            duties=[
                Duty(duty="classification and documentation of the assistant", party="notes-vendor", accepted=True),
                Duty(duty="informing participants of a meeting", party="beispielbank", accepted=True),
            ],
            result="accepted",
            valid_from=bank.day(-180),
            valid_until=bank.day(550),
            reassess_by=bank.day(185),
            owner="staff-120",
            systems=[NOTES],
        ),
    ]
