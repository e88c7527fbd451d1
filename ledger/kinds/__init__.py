"""The evidence kinds: which class, which frozen schema, and the check of a body against them.

A kind is the middle of a statement's ``type`` (``org.aims-ledger.<kind>.v1``) and the name of a body class.
The schema that a kind's statements name in ``dataschema`` is the shipped file ``schemas/<kind>.v1.json``,
generated from the class by ``python -m ledger.kinds.export`` and named by the SHA-256 of its bytes.

Everything here is lazy: importing this package builds no model, reads no file and does not import pydantic,
because building some two hundred models takes longer than most commands run. A kind's module is imported when
the kind is first asked for::

    from ledger.kinds import Evaluation, Metric      # imports ledger.kinds.evaluation only

Version 2 of a kind would be ``schemas/<kind>.v2.json`` and a second class beside the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ledger.errors import SchemaError

if TYPE_CHECKING:
    from ledger.kinds.base import Actor, Artefact, Body, Erasable, HasErasable, Part, Reference
    from ledger.kinds.changes import ModelChange, Release
    from ledger.kinds.components import ComponentInventory, ResourceUsage
    from ledger.kinds.custody import Attestation, Case, Hold, Pruning
    from ledger.kinds.data import DatasetLineage
    from ledger.kinds.documents import Certificate, Document, Narrative, Publication, StandardApplied
    from ledger.kinds.erasable import Plan
    from ledger.kinds.evaluation import Evaluation, TestPlan
    from ledger.kinds.governance import Applicability, Approval, Decision, Requirement
    from ledger.kinds.incidents import Communication, Complaint, CorrectiveAction, Incident, SecurityEvent
    from ledger.kinds.management import Audit, Control, ManagementReview, Nonconformity, Objective
    from ledger.kinds.operation import AiDecision, Monitoring, OversightAction, RuntimeLog
    from ledger.kinds.organisation import Context, Party, RoleAssignment, Supplier, TrainingRecord
    from ledger.kinds.own import Erasure, KeyEvent, LedgerEvent
    from ledger.kinds.parts import (
        Affected,
        DatasetIdentity,
        Fact,
        Group,
        Interval,
        Metric,
        ModelIdentity,
        Notified,
        PartyInRole,
        Period,
        Person,
        Step,
    )
    from ledger.kinds.risks import ImpactAssessment, Risk
    from ledger.kinds.systems import AiSystem, Classification

__all__ = [
    "KINDS",
    "SCHEMA_VERSION",
    "Actor",
    "Affected",
    "AiDecision",
    "AiSystem",
    "Applicability",
    "Approval",
    "Artefact",
    "Attestation",
    "Audit",
    "Body",
    "Case",
    "Certificate",
    "Classification",
    "Communication",
    "Complaint",
    "ComponentInventory",
    "Context",
    "Control",
    "CorrectiveAction",
    "DatasetIdentity",
    "DatasetLineage",
    "Decision",
    "Document",
    "Erasable",
    "Erasure",
    "Evaluation",
    "Fact",
    "Group",
    "HasErasable",
    "Hold",
    "ImpactAssessment",
    "Incident",
    "Interval",
    "KeyEvent",
    "LedgerEvent",
    "ManagementReview",
    "Metric",
    "ModelChange",
    "ModelIdentity",
    "Monitoring",
    "Narrative",
    "Nonconformity",
    "Notified",
    "Objective",
    "OversightAction",
    "Part",
    "Party",
    "PartyInRole",
    "Period",
    "Person",
    "Pruning",
    "Publication",
    "Reference",
    "Release",
    "Requirement",
    "ResourceUsage",
    "Risk",
    "RoleAssignment",
    "RuntimeLog",
    "SecurityEvent",
    "StandardApplied",
    "Step",
    "Supplier",
    "TestPlan",
    "TrainingRecord",
    "body_class",
    "dataschema",
    "erasable_paths",
    "schema_bytes",
    "schema_digest",
    "validate_body",
]

_MODULES: Mapping[str, tuple[str, ...]] = {
    "systems": ("ai_system", "classification"),
    "changes": ("model_change", "release"),
    "data": ("dataset_lineage",),
    "evaluation": ("test_plan", "evaluation"),
    "components": ("component_inventory", "resource_usage"),
    "operation": ("ai_decision", "runtime_log", "oversight_action", "monitoring"),
    "incidents": ("incident", "corrective_action", "security_event", "complaint", "communication"),
    "governance": ("decision", "requirement", "applicability", "approval"),
    "risks": ("risk", "impact_assessment"),
    "management": ("control", "objective", "audit", "nonconformity", "management_review"),
    "organisation": ("party", "role_assignment", "training_record", "supplier", "context"),
    "documents": ("document", "standard_applied", "certificate", "narrative", "publication"),
    "own": ("ledger", "key", "erasure"),
    "custody": ("case", "hold", "pruning", "attestation"),
}


_NAMES: Mapping[str, str] = {"ledger": "LedgerEvent", "key": "KeyEvent"}  # not to be taken for the SDK's own


def _class_name(kind: str) -> str:
    """``dataset_lineage`` -> ``DatasetLineage``."""
    return _NAMES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))


KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {kind: (f"{__name__}.{module}", _class_name(kind)) for module, kinds in _MODULES.items() for kind in kinds}
)
"""Every kind, with the module and the name of its body class."""

SCHEMA_VERSION = 1

_CLASSES: Mapping[str, str] = {name: module for module, name in KINDS.values()}
_PARTS: Mapping[str, tuple[str, ...]] = {
    "base": ("Actor", "Artefact", "Body", "Erasable", "HasErasable", "Part", "Reference"),
    "parts": (
        "Affected", "DatasetIdentity", "Fact", "Group", "Interval", "Metric", "ModelIdentity", "Notified",
        "PartyInRole", "Period", "Person", "Step",
    ),
}  # fmt: skip
_SHARED: Mapping[str, str] = {name: f"{__name__}.{module}" for module, names in _PARTS.items() for name in names}
_loaded: dict[str, type[Body]] = {}
_checks: dict[str, tuple[Callable[[object], Body], Plan]] = {}
_digests: dict[str, str] = {}


def __getattr__(name: str) -> Any:
    """The body class called `name`, imported now."""
    module = _CLASSES.get(name) or _SHARED.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def body_class(kind: str) -> type[Body]:
    """The class of the bodies of `kind`; imports its module the first time.

    Raises:
        SchemaError: if there is no such kind.
    """
    found = _loaded.get(kind)
    if found is None:
        module, name = KINDS[_known(kind)]
        found = _loaded[kind] = getattr(import_module(module), name)
    return found


def validate_body(kind: str, data: Mapping[str, Any]) -> Body:
    """`data` as a frozen body of `kind`; nothing is coerced, and erasable members may be present or replaced.

    Beyond the schema it checks that every ``_sd`` list is sorted, without repeats, and no longer than the
    object has erasable members missing.

    Raises:
        SchemaError: naming the first place that is wrong and what was expected there.
    """
    check = _checks.get(kind)
    if check is None:
        body_type = body_class(kind)
        body_type.model_rebuild()  # classes are built on first use; after this the validator is the real one
        from ledger.kinds.erasable import plan_of

        check = _checks[kind] = (body_type.__pydantic_validator__.validate_python, plan_of(body_type))
    validate, plan = check
    try:
        body = validate(data if type(data) is dict else _plain(data))
    except ValueError as error:  # pydantic's ValidationError, without importing pydantic for the good case
        from ledger.kinds.problems import schema_error

        raise schema_error(kind, body_class(kind), error) from error
    plan.check_digests(kind, data)
    return body


def erasable_paths(kind: str, data: Mapping[str, Any]) -> frozenset[str]:
    """JSON pointers of the members of `data` that the schema of `kind` marks as erasable.

    `data` holds erasable values in clear, as before redaction or after disclosure; it need not be valid.
    """
    from ledger.kinds.erasable import plan_of

    return frozenset(plan_of(body_class(kind)).paths(data))


def schema_bytes(kind: str) -> bytes:
    """The shipped JSON Schema of `kind`, byte for byte."""
    return _shipped(f"{_known(kind)}.v{SCHEMA_VERSION}.json")


def schema_digest(kind: str) -> str:
    """Lower-case hex SHA-256 of `schema_bytes`, from the shipped index (tests compare the two)."""
    if not _digests:
        _digests.update(json.loads(_shipped("index.json")))
    return _digests[_known(kind)]


def dataschema(kind: str) -> str:
    """The ``dataschema`` that a statement of `kind` carries."""
    return f"urn:aims-ledger:schema:{kind}:v{SCHEMA_VERSION}:sha256:{schema_digest(kind)}"


def _plain(value: Any) -> Any:
    """`value` with every read-only mapping and sequence as the dict or list that strict models insist on."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _shipped(name: str) -> bytes:
    from importlib.resources import files

    return files(__name__).joinpath("schemas", name).read_bytes()


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise SchemaError(kind, "type", f"no such kind, expected one of {', '.join(sorted(KINDS))}")
    return kind
