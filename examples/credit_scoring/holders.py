"""Who signs in the story: eight people and two machines, each with a key of its own, and the ledger they found.

The keys live in this process only and are gone when it ends. A real organisation keeps each one where its holder
is: `aims key new` writes an encrypted file, and a machine's key stays on that machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ledger import Ed25519Signer, Founder, Ledger, Policy, create_ledger

BANK = "Beispielbank AG (fictional)"
ORIGIN = "beispielbank.example/aims"  # `create_ledger` adds 64 random bits
_SOURCE = "https://beispielbank.example"


@dataclass(frozen=True, slots=True)
class Holder:
    """One principal of the ledger: a pseudonym, the person's erasable name, roles, and whom it speaks for."""

    principal: str
    name: str
    roles: tuple[str, ...]
    source: str


HOLDERS: Mapping[str, Holder] = MappingProxyType(
    {
        "admin": Holder("staff-101", "Irma Muster", ("admin",), f"{_SOURCE}/it-security"),
        "pipeline": Holder("ml-pipeline", "", ("pipeline",), f"{_SOURCE}/ml-pipeline"),
        "scoring": Holder("scoring-service", "", ("pipeline",), f"{_SOURCE}/systems/credit-scoring"),
        "scientist": Holder("staff-140", "Jonas Skizze", ("pipeline",), f"{_SOURCE}/data-science"),
        "compliance": Holder("staff-120", "Lena Beispiel", ("compliance",), f"{_SOURCE}/ai-compliance"),
        "overseer": Holder("staff-130", "Tomas Probe", ("overseer",), f"{_SOURCE}/credit-desk"),
        "second_overseer": Holder("staff-131", "Vera Entwurf", ("overseer",), f"{_SOURCE}/credit-desk/second"),
        "approver": Holder("staff-110", "Mara Vorlage", ("approver",), f"{_SOURCE}/board/risk"),
        "auditor": Holder("staff-150", "Emil Demo", ("auditor",), f"{_SOURCE}/internal-audit"),
        "investigator": Holder("staff-160", "Nora Fiktiv", ("investigator",), f"{_SOURCE}/model-risk"),
    }
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing key of each holder, and the one that signs checkpoints."""

    admin: Ed25519Signer
    pipeline: Ed25519Signer
    scoring: Ed25519Signer
    scientist: Ed25519Signer
    compliance: Ed25519Signer
    overseer: Ed25519Signer
    second_overseer: Ed25519Signer
    approver: Ed25519Signer
    auditor: Ed25519Signer
    investigator: Ed25519Signer
    checkpoint: Ed25519Signer

    @classmethod
    def generate(cls) -> Keys:
        """New keys for everybody."""
        return cls(*(Ed25519Signer.generate() for _ in (*HOLDERS, "checkpoint")))


POLICY = Policy(
    # A release counts only when the pipeline that built it and compliance both sign it.
    principals={"release": 2, "erasure": 2, "pruning": 2},
    # Days after which evidence of a kind is stale; the documents then say so.
    freshness={
        "evaluation": 365,
        "monitoring": 92,
        "oversight_action": 92,
        "risk": 365,
        "training_record": 365,
        "supplier": 730,
        "impact_assessment": 365,
    },
)


def found_ledger(database: Path, state: Path, keys: Keys) -> Ledger:
    """A new ledger with every holder enrolled; `state` is what this machine remembers of it."""
    admin = HOLDERS["admin"]
    ledger = create_ledger(
        database,
        name=ORIGIN,
        founder=BANK,
        admins=[Founder(keys.admin, admin.principal, (admin.source,))],
        checkpoint_signer=keys.checkpoint,
        policy=POLICY,
        state=state,
    )
    for role, holder in HOLDERS.items():
        if role != "admin":  # the founder is enrolled by the first entry
            ledger.enroll(
                getattr(keys, role),
                principal=holder.principal,
                principal_name=holder.name or None,
                roles=holder.roles,
                sources=[holder.source],
                admins=keys.admin,
            )
    return ledger
