"""The registry: lazy, complete, and strict about names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from hashlib import sha256
from types import MappingProxyType

import pytest

import ledger.kinds
from ledger.errors import SchemaError
from ledger.kinds import (
    KINDS,
    body_class,
    dataschema,
    schema_bytes,
    schema_digest,
    validate_body,
)
from ledger.kinds.base import Body
from tests.kinds.from_schema import example

FOUR_GROUPS = {
    "ai_system", "classification", "model_change", "dataset_lineage", "test_plan", "evaluation", "release",
    "component_inventory", "resource_usage",
    "ai_decision", "runtime_log", "oversight_action", "monitoring", "incident", "corrective_action",
    "security_event", "complaint", "communication",
    "decision", "requirement", "applicability", "risk", "impact_assessment", "approval", "control", "objective",
    "party", "role_assignment", "training_record", "supplier", "audit", "nonconformity", "management_review",
    "context", "document", "standard_applied", "certificate",
    "ledger", "key", "narrative", "publication", "case", "erasure", "hold", "pruning", "attestation",
}  # fmt: skip


def loaded_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `statement`."""
    code = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_registry_has_the_vocabulary_and_nothing_else() -> None:
    assert set(KINDS) == FOUR_GROUPS


@pytest.mark.parametrize("kind", KINDS)
def test_each_class_is_a_body_that_knows_its_kind(kind: str) -> None:
    body = body_class(kind)

    assert issubclass(body, Body)
    assert body.kind == kind
    assert (body.__module__, body.__name__) == KINDS[kind]


def test_every_public_name_can_be_imported_and_the_list_is_complete() -> None:
    for name in ledger.kinds.__all__:
        assert getattr(ledger.kinds, name) is not None

    assert {name for _, name in KINDS.values()} <= set(ledger.kinds.__all__)
    assert dir(ledger.kinds) == sorted(ledger.kinds.__all__)


def test_importing_the_registry_loads_neither_pydantic_nor_a_kind() -> None:
    loaded = loaded_after("import ledger.kinds; ledger.kinds.schema_digest('evaluation')")

    assert "pydantic" not in loaded
    assert {name for name in loaded if name.startswith("ledger.kinds.")} == set()


def test_asking_for_one_kind_loads_its_module_only() -> None:
    loaded = loaded_after("from ledger.kinds import Evaluation")

    assert "ledger.kinds.evaluation" in loaded
    assert not {"ledger.kinds.incidents", "ledger.kinds.management", "ledger.kinds.own"} & loaded


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Evaluations'"):
        ledger.kinds.Evaluations  # noqa: B018


@pytest.mark.parametrize("ask", [body_class, schema_bytes, schema_digest, dataschema])
@pytest.mark.parametrize("kind", ["evaluations", "", "../base", "Evaluation", "evaluation.v1"])
def test_an_unknown_kind_is_bad_input_that_names_the_known_ones(ask: object, kind: str) -> None:
    with pytest.raises(SchemaError, match="no such kind, expected one of ai_decision, ai_system"):
        ask(kind)  # type: ignore[operator]


@pytest.mark.parametrize("kind", KINDS)
def test_dataschema_names_the_shipped_bytes(kind: str) -> None:
    digest = sha256(schema_bytes(kind)).hexdigest()

    assert schema_digest(kind) == digest
    assert dataschema(kind) == f"urn:aims-ledger:schema:{kind}:v1:sha256:{digest}"


def test_kinds_fit_the_type_of_a_statement() -> None:
    assert [kind for kind in KINDS if not re.fullmatch(r"[a-z][a-z_]{0,63}", kind)] == []


def test_a_body_can_be_checked_in_a_read_only_mapping() -> None:
    plain = example("evaluation", full=True)
    frozen = MappingProxyType(plain | {"responsible": MappingProxyType(plain["responsible"])})

    assert validate_body("evaluation", frozen) == validate_body("evaluation", plain)


def test_checking_a_body_leaves_the_data_as_they_were() -> None:
    body = example("incident", full=True)
    before = json.dumps(body)

    validate_body("incident", body)

    assert json.dumps(body) == before


@pytest.mark.parametrize("data", [[], "x", 1, None, [{}]])
def test_a_body_that_is_not_an_object_is_refused(data: object) -> None:
    with pytest.raises(SchemaError, match="expected an object"):
        validate_body("evaluation", data)  # type: ignore[arg-type]
