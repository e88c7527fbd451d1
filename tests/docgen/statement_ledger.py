"""A ledger in memory for statements of applicability, and one with everything such a statement needs."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from docgen.build import BuiltDocument, build_document
from docgen.dossier import ORGANISATION
from docgen.needs import parse_rules
from docgen.packs import Pack, load_pack
from docgen.prepare import prepare_document
from docgen.soa import Statement
from docgen.soa_rows import Row
from docgen.view import Verified
from ledger.checkpoint import Checkpoint
from ledger.counting import Counted, tally_values
from ledger.entry import Entry, ErasedMember, SignedBy
from ledger.kinds import validate_body
from ledger.policy import Policy, format_policy
from tests.docgen.builders import count_by_reading
from tests.docgen.statement_reasons import REASONS

PACK = load_pack("iso42001")
SPEC = PACK.document("statement-of-applicability")
IDS = tuple(point.id for point in SPEC.points)
NOW = "2026-11-20T09:00:00.000000Z"


EXCLUSION = {
    "applicable": "no", "ground": "external_requirement", "drivers": None, "risks": None, "owner": None,
    "implementation_status": None, "evidence": None,
    "justification": "The risk assessment of 2026 found no use of this in any of our systems.",
}  # fmt: skip
"""An exclusion of a control that may be excluded; nobody could object to it."""


@dataclass
class MemoryLedger:
    """A view of entries that were never signed or stored, but whose bodies are valid."""

    held: list[Entry] = field(default_factory=list)
    now: str = NOW
    origin: str = "example.org/aims/0123456789abcdef"
    last_verified: Verified | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.origin, len(self.held), hashlib.sha256(str(len(self.held)).encode()).digest())

    @property
    def checkpoint_time(self) -> str:
        return self.now

    def entries(self, *, kinds: Collection[str] | None = None, subject: str | None = None) -> Iterator[Entry]:
        for entry in self.held:
            if (kinds is None or entry.kind in kinds) and subject in (None, entry.subject):
                yield entry

    def counted(self, kinds: Collection[str], subject: str | None = None) -> tuple[Counted, ...]:
        return count_by_reading(self.entries(kinds=kinds, subject=subject))

    def tally(self, kind: str, subject: str, members: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        return tally_values((entry.data for entry in self.entries(kinds=(kind,), subject=subject)), members)

    def add(
        self,
        kind: str,
        *,
        subject: str = ORGANISATION,
        time: str = "2026-11-01T10:00:00.000000Z",
        by: str = "compliance-team",
        erased: tuple[ErasedMember, ...] = (),
        replaces: Entry | None = None,
        **data: Any,
    ) -> Entry:
        """An entry with this body; `replaces` makes it supersede another."""
        if replaces is not None:
            data["references"] = [{"rel": "supersedes", "statement": replaces.statement}]
        validate_body(kind, data)
        index = len(self.held)
        entry = Entry(
            index=index,
            leaf_hash=hashlib.sha256(f"leaf {index}".encode()).digest(),
            recorded=time,
            statement=hashlib.sha256(f"statement {index}".encode()).hexdigest(),
            id=f"id-{index}",
            source="https://example.org/compliance",
            kind=kind,
            subject=subject,
            time=time,
            data=data,
            erased=erased,
            signers=(SignedBy(hashlib.sha256(by.encode()).hexdigest(), by, ("compliance",)),),
        )
        self.held.append(entry)
        return entry

    def control(self, control_id: str, **data: Any) -> Entry:
        """A declaration that nobody could object to, changed as `data` says; None leaves a member out."""
        body: dict[str, Any] = {
            "source": "annex_a",
            "control_id": control_id,
            "applicable": "yes",
            "justification": REASONS.get(control_id, "The works council asked for it in the agreement of May."),
            "drivers": ["risk"],
            "risks": ["R-1"],
            "owner": "role-aims",
            "implementation_status": "implemented",
            "evidence": [{"kind": "decision", "about": f"d-{control_id}", "shows": "that it is done"}],
        }
        meta = {name: data.pop(name) for name in ("subject", "time", "by", "replaces") if name in data}
        return self.add("control", **meta, **{k: v for k, v in (body | data).items() if v is not None})

    def proof(self, control_id: str, **meta: Any) -> Entry:
        """The evidence that `control` names."""
        return self.add(
            "decision", decision_id=f"d-{control_id}", topics=["other"], title="Done", decision="It is done.",
            reason="It was needed.", **meta,
        )  # fmt: skip

    def policy(self, freshness: dict[str, int]) -> Entry:
        """A change of the policy that sets limits of freshness."""
        policy = format_policy(Policy(freshness=freshness))
        return self.add("ledger", subject="ledger", action="policy_changed", policy=policy, reason="Limits.")

    def system(
        self, system: str = "credit-scoring", *, version: str = "1.0", status: str = "in_service", **more: Any
    ) -> Entry:
        """A registered system."""
        return self.add(
            "ai_system", subject=system, system_version=version, name=system.replace("-", " ").title(),
            intended_purpose="Helps staff to decide on applications for consumer credit.",
            provider={"party_id": "bank", "name": "Muster Bank"}, organisation_roles=["provider", "deployer"],
            status=status, **more,
        )  # fmt: skip

    def risk(self, risk_id: str = "R-1", *, controls: list[str] | None = None) -> Entry:
        """An assessed risk."""
        optional = {} if controls is None else {"controls": controls}
        return self.add(
            "risk", risk_id=risk_id, title="Unequal refusals", hazard="Applicants are refused for a wrong reason.",
            status="treated", option="modify", criteria="risk-criteria-2", **optional,
        )  # fmt: skip

    def assessment(self, system: str = "credit-scoring", **data: Any) -> Entry:
        """A completed impact assessment of a system."""
        body = {"assessment_id": f"aiia-{system}", "types": ["iso42005"], "version": "1", "status": "completed"}
        return self.add("impact_assessment", subject=system, **body | data)


def complete_ledger() -> MemoryLedger:
    """A ledger from which every control of Annex A comes out as implemented."""
    ledger = MemoryLedger()
    ledger.system()
    ledger.risk()
    ledger.assessment()
    for control_id in IDS:
        ledger.proof(control_id)
    for control_id in IDS:
        ledger.control(control_id)
    return ledger


def small_ledger() -> MemoryLedger:
    """One system, one risk, one assessment, and no declaration yet."""
    ledger = MemoryLedger()
    ledger.system()
    ledger.risk()
    ledger.assessment()
    return ledger


def state(ledger: MemoryLedger, pack: Pack = PACK) -> Statement:
    """The statement of applicability at the ledger's end."""
    statement = prepare_document(ledger, pack, pack.documents[0], None, None, "en").context["soa"]
    assert isinstance(statement, Statement)
    return statement


def row(ledger: MemoryLedger, control_id: str) -> Row:
    """One row of that statement."""
    return next(row for row in state(ledger).rows if row.id == control_id)


def codes(ledger: MemoryLedger, control_id: str) -> list[str]:
    """The codes of all objections to one row."""
    return [one.code for one in row(ledger, control_id).objections]


def build(ledger: MemoryLedger, **options: Any) -> BuiltDocument:
    """The Word file of the statement."""
    return build_document(ledger, PACK, SPEC.id, **options)


assert parse_rules(PACK.id, SPEC).requirements == IDS
