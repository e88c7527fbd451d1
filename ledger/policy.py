"""The ledger's policy: who may sign which kind, what needs more than one principal, what never loosens.

A policy is an entry (`ledger`, action ``created`` or ``policy_changed``). The one in the genesis entry is
also the floor: no later policy may ask for fewer principals, a smaller quorum, or waive self-approval where
the first did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.errors import Refused

ADMIN: Final = "admin"
STATE_KINDS: Final = frozenset({"ledger", "key"})
ROLES: Final = ("pipeline", "overseer", "compliance", "approver", "investigator", "auditor", "admin")
REFUSED, WAIVED = "refused", "waived"

_PIPELINE = ("pipeline",)
_PIPELINE_OR_COMPLIANCE = ("pipeline", "compliance")
_DEFAULT_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "*": ("compliance",),
    "model_change": _PIPELINE_OR_COMPLIANCE,
    "dataset_lineage": _PIPELINE_OR_COMPLIANCE,
    "test_plan": _PIPELINE_OR_COMPLIANCE,
    "evaluation": _PIPELINE_OR_COMPLIANCE,
    "release": _PIPELINE_OR_COMPLIANCE,
    "component_inventory": _PIPELINE_OR_COMPLIANCE,
    "resource_usage": _PIPELINE_OR_COMPLIANCE,
    "monitoring": ("pipeline", "overseer", "compliance"),
    "ai_decision": _PIPELINE,
    "runtime_log": _PIPELINE,
    "security_event": _PIPELINE_OR_COMPLIANCE,
    "attestation": _PIPELINE_OR_COMPLIANCE,
    "oversight_action": ("overseer",),
    "incident": ("overseer", "compliance", "investigator"),
    "corrective_action": ("compliance", "investigator"),
    "complaint": ("overseer", "compliance"),
    "approval": ("approver",),
    "publication": ("compliance", "approver"),
    "applicability": ("compliance", "approver"),
    "audit": ("auditor", "compliance"),
    "nonconformity": ("auditor", "compliance"),
    "case": ("investigator", "compliance"),
    "erasure": ("compliance", "approver", "admin"),
    "hold": ("compliance", "investigator", "admin"),
    "pruning": ("compliance", "approver", "admin"),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in force from one entry on. `principals` and `quorum` count distinct principals, not keys."""

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(_DEFAULT_ROLES))
    principals: Mapping[str, int] = field(default_factory=lambda: {"erasure": 2, "pruning": 2})
    self_approval: str = REFUSED
    quorum: int = 1
    freshness: Mapping[str, int] = field(default_factory=dict)
    retention: Mapping[str, int] = field(default_factory=dict)

    def roles_for(self, kind: str) -> tuple[str, ...]:
        """The roles that may sign `kind`; the ledger's own state is always the admins'."""
        return (ADMIN,) if kind in STATE_KINDS else tuple(self.roles.get(kind, self.roles.get("*", ())))

    def principals_for(self, kind: str) -> int:
        """How many distinct principals must sign an entry of `kind`; ``*`` stands for every kind not listed.

        Not for the ledger's own state, for which the quorum counts admins: a rule for evidence must not make it
        impossible to enrol or revoke a key.
        """
        listed = self.principals.get(kind)
        if listed is not None or kind in STATE_KINDS:
            return listed or 1
        return self.principals.get("*", 1)


def format_policy(policy: Policy) -> dict[str, Any]:
    """The policy as members of a `ledger` body."""
    return {
        "roles": {kind: list(roles) for kind, roles in policy.roles.items()},
        "principals": dict(policy.principals),
        "self_approval": policy.self_approval,
        "quorum": policy.quorum,
        **({"freshness": dict(policy.freshness)} if policy.freshness else {}),
        **({"retention": dict(policy.retention)} if policy.retention else {}),
    }


def parse_policy(members: Mapping[str, Any]) -> Policy:
    """The policy in a `ledger` body that its schema has accepted."""
    return Policy(
        roles={kind: tuple(roles) for kind, roles in members["roles"].items()},
        principals=dict(members.get("principals") or {}),
        self_approval=members.get("self_approval", REFUSED),
        quorum=members.get("quorum", 1),
        freshness=dict(members.get("freshness") or {}),
        retention=dict(members.get("retention") or {}),
    )


def check_floor(policy: Policy, floor: Policy) -> None:
    """Return if `policy` is nowhere below the `floor` of the genesis entry.

    Raises:
        Refused: naming what would be loosened.
    """
    kinds = sorted(floor.principals.keys() | policy.principals.keys() | {"*"})
    lowered = [
        f"principals for {kind} from {floor.principals_for(kind)} to {policy.principals_for(kind)}"
        for kind in kinds
        if policy.principals_for(kind) < floor.principals_for(kind)
    ]
    if policy.quorum < floor.quorum:
        lowered.append(f"quorum from {floor.quorum} to {policy.quorum}")
    if floor.self_approval == REFUSED and policy.self_approval != REFUSED:
        lowered.append("self-approval from refused to waived")
    if lowered:
        raise Refused(
            "policy floor",
            f"policy: lowers {', '.join(lowered)}, below the floor set at creation",
            remedy="only a new ledger can have a lower one",
        )
