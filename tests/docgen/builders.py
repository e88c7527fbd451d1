"""A ledger made by hand: entries that were never signed or stored, with bodies that their kinds allow."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from docgen.view import Verified
from ledger.checkpoint import Checkpoint
from ledger.counting import Counted, tally_values
from ledger.entry import Entry, ErasedMember, SignedBy
from ledger.kinds import validate_body

SYSTEM = "credit-scoring"
VERSION = "1.1"
ORGANISATION = "management-system"
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def count_by_reading(entries: Iterator[Entry]) -> tuple[Counted, ...]:
    """What a ledger counts by its index, by looking at each entry."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.kind, entry.subject), []).append(entry)
    return tuple(Counted(*key, len(group), group[0], group[-1]) for key, group in groups.items())


@dataclass
class HandLedger:
    """Entries in a list; each is recorded a minute after the one before, at the time it says it happened."""

    held: list[Entry] = field(default_factory=list)
    now: datetime | None = None
    last_verified: Verified | None = None
    origin: str = "example.org/aims/0123456789abcdef"

    @property
    def checkpoint(self) -> Checkpoint:
        root = sha256("".join(entry.statement for entry in self.held).encode()).digest()
        return Checkpoint(self.origin, len(self.held), root)

    @property
    def checkpoint_time(self) -> str:
        return instant(self.now) if self.now else self.held[-1].recorded

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
        data: Mapping[str, Any],
        *,
        subject: str = SYSTEM,
        by: str = "compliance",
        role: str = "compliance",
        happened: datetime | None = None,
        recorded: datetime | None = None,
        refs: tuple[tuple[str, Entry], ...] = (),
        erased: tuple[ErasedMember, ...] = (),
        valid: bool = True,
    ) -> Entry:
        """The entry, appended; `refs` are pairs of a relation and an earlier entry."""
        body = dict(data)
        if refs:
            named = [{"rel": rel, "statement": target.statement} for rel, target in refs]
            body["references"] = [*body.get("references", ()), *named]
        if valid:
            validate_body(kind, body)
        index = len(self.held)
        at = recorded or START + timedelta(minutes=index)
        entry = Entry(
            index=index,
            leaf_hash=sha256(f"leaf {index}".encode()).digest(),
            recorded=instant(at),
            statement=digest(f"statement {index}"),
            id=f"00000000-0000-7000-8000-{index:012d}",
            source=f"https://example.org/{by}",
            kind=kind,
            subject=subject,
            time=instant(happened or at),
            data=body,
            erased=erased,
            signers=(SignedBy(digest(f"key {by}"), by, (role,)),),
        )
        self.held.append(entry)
        return entry

    def approve(self, entry: Entry, *, by: str = "board", scope: str = "document", **data: Any) -> Entry:
        """An approval of an entry by another principal."""
        body = {"decision": "approved", "scope": scope, "statement": entry.statement, **data}
        return self.add("approval", body, subject=entry.subject, by=by, role="approver")


# Bodies with nothing but what their kind demands; keyword arguments add to them.


def system_body(version: str = VERSION, **more: Any) -> dict[str, Any]:
    return {
        "system_version": version,
        "name": "Credit scoring",
        "intended_purpose": "Propose whether to grant a loan.",
        "provider": {"party_id": "bank", "name": "Bank"},
        "organisation_roles": ["provider"],
        "status": "in_verification",
        **more,
    }


def plan_body(plan_id: str = "plan-1", *types: str, version: str | None = VERSION, **more: Any) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "types": list(types or ("accuracy",)),
        "protocol": "Score the held-out cases.",
        "metrics": [
            {
                "metric": "auc",
                "definition": "Area under the curve.",
                "justification": "Ranks cases.",
                "threshold": 0.7,
                "direction": "at_least",
            }
        ],
        "due": "2026-12-31",
        **({"system_version": version} if version else {}),
        **more,
    }


def run_body(
    evaluation_id: str = "run-1",
    *types: str,
    version: str | None = VERSION,
    plan: str | None = "plan-1",
    value: float = 0.8,
    **more: Any,
) -> dict[str, Any]:
    return {
        "evaluation_id": evaluation_id,
        "types": list(types or ("accuracy",)),
        "protocol": "As planned.",
        "metrics": [{"metric": "auc", "value": value, "n": 300}],
        "result": "passed",
        "responsible": {"id": "scientist"},
        **({"plan_id": plan} if plan else {}),
        **({"system_version": version} if version else {}),
        **more,
    }


def document_body(document_id: str, document_type: str, **more: Any) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "document_type": document_type,
        "title": f"The {document_id}",
        "version": "1",
        "artefacts": [{"name": f"{document_id}.pdf", "role": "document", "digest": digest(document_id), "size": 1}],
        **more,
    }


def risk_body(risk_id: str = "R-1", **more: Any) -> dict[str, Any]:
    return {"risk_id": risk_id, "hazard": "Good applicants are refused.", "status": "assessed", **more}


def started(*versions: str) -> HandLedger:
    ledger = HandLedger()
    for version in versions or ("1.1",):
        ledger.add("ai_system", system_body(version))
    return ledger


def change_body(to: str = "1.1", model: str = "") -> dict[str, Any]:
    more = {"model": {"model_id": "m", "version": to, "digest": digest(model)}} if model else {}
    return {
        "change_id": f"change-{to}",
        "to_version": to,
        "description": "d",
        "reason": "r",
        "items": [{"item": "model", "name": "m"}],
        "substantial_modification": {"answer": False, "reason": "same purpose"},
        **more,
    }
