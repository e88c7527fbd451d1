"""Every document of the pack iso42001 from bodies with every member there is, and with as few as their kinds allow."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from docgen.build import build_document
from docgen.packs import load_pack
from ledger.errors import SchemaError
from ledger.kinds import schema_bytes, validate_body
from tests.docgen.statement_ledger import MemoryLedger

PACK = load_pack("iso42001")
KINDS = (
    "ai_system", "risk", "impact_assessment", "control", "objective", "document", "role_assignment", "training_record",
    "supplier", "context", "audit", "management_review", "nonconformity", "corrective_action", "decision", "party",
    "communication", "complaint", "incident", "monitoring", "dataset_lineage", "model_change", "approval",
)  # fmt: skip


@cache
def schema(kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(schema_bytes(kind))
    return found


class Maker:
    """Makes values by a JSON Schema: everything there is, or only what is asked for; `turn` chooses among words."""

    def __init__(self, kind: str, turn: int, *, full: bool) -> None:
        self.schema, self.turn, self.full = schema(kind), turn, full

    def value(self, part: Mapping[str, Any], name: str = "") -> Any:
        if "$ref" in part:
            return self.value(self.schema["$defs"][part["$ref"].removeprefix("#/$defs/")], name)
        options = [one for one in part.get("anyOf", part.get("oneOf", ())) if one.get("type") != "null"]
        if options:
            return self.value(options[self.turn % len(options)], name)
        if "enum" in part or "const" in part:
            allowed = part.get("enum") or [part["const"]]
            return allowed[self.turn % len(allowed)]
        match part.get("type"):
            case "object":
                return self.members(part)
            case "array":
                return [self.value(part["items"], name)] * (2 if self.full else part.get("minItems", 0))
            case "integer":
                return max(3, part.get("minimum", 0))
            case "number":
                return 0.5
            case "boolean":
                return self.turn % 2 == 0
            case "string":
                return text(str(part.get("pattern", "")), name)
        return "anything"

    def members(self, part: Mapping[str, Any]) -> dict[str, Any]:
        asked = part.get("required", ())
        left_out = ("references", "artefacts", "extra", "_sd", "retention")
        return {
            name: self.value(inner, name)
            for name, inner in part.get("properties", {}).items()
            if name in asked or (self.full and name not in left_out)
        }


def text(pattern: str, name: str) -> str:
    """A text of this form; the forms are those of `ledger.kinds.base`."""
    for known, sample in (
        ("T(", "2026-11-01T10:00:00Z"), ("[12][0-9]", "2026-12-01"), ("{64}", "ab" * 32), ("{43}", "a" * 43),
        ("[A-Z]{2}", "DE"), ("[a-z]{2,3}", "de"), ("[A-Za-z][A-Za-z0-9+.-]*:", "https://example.org/"),
        ("AnnexIII", "AnnexIII-5-b"), ("[a-z][a-z0-9_]{0,63}", "risk"), ("[0-9]{4}", "1234"),
        ("[A-Za-z0-9][A-Za-z0-9._:@/-]", "x-1"),
    ):  # fmt: skip
        if known in pattern:
            return "2026-11-01T10:00:00Z" if "T([01]" in pattern else sample
    return f"R&D <5% {{{{ 7*7 }}}} | {name}"


def bodies(kind: str, *, full: bool) -> Iterator[dict[str, Any]]:
    """Valid bodies of a kind; members that exclude each other are taken out one by one."""
    for turn in range(6):
        body = Maker(kind, turn, full=full).members(schema(kind))
        for _ in range(30):
            try:
                validate_body(kind, body)
            except SchemaError as error:
                if error.place and error.place.split(".")[0] in body and full:
                    body.pop(error.place.split(".")[0])
                    continue
                break
            yield body
            break


def ledger_of(*, full: bool) -> tuple[MemoryLedger, set[str]]:
    """A ledger with these bodies about one system and the organisation, and the kinds that are in it."""
    ledger = MemoryLedger()
    ledger.system()
    seen: set[str] = set()
    for kind in KINDS:
        for number, body in enumerate(bodies(kind, full=full)):
            subject = "credit-scoring" if kind in ("impact_assessment", "dataset_lineage", "model_change") else None
            named = {
                name: f"{value}{number}" if name.endswith("_id") and isinstance(value, str) else value
                for name, value in body.items()
                if name not in ("system_version", "systems")
            }
            if kind == "control":
                named |= {"control_id": f"X.{number}", "source": "own", "title": "T"}
            entry = ledger.add("party", party_id=f"p-{len(ledger.held)}", name="P", roles=["partner"])
            ledger.held[-1] = replace(entry, kind=kind, data=named, subject=subject or entry.subject)
            seen.add(kind)
    return ledger, seen


@pytest.fixture(scope="module", params=[True, False], ids=["full", "least"])
def shaped(request: pytest.FixtureRequest) -> MemoryLedger:
    ledger, seen = ledger_of(full=request.param)
    assert len(seen) >= len(KINDS) - 4, set(KINDS) - seen
    return ledger


@pytest.mark.parametrize("language", PACK.languages)
@pytest.mark.parametrize("document", [spec.id for spec in PACK.documents])
def test_whatever_members_bodies_have_each_document_is_built(
    shaped: MemoryLedger, document: str, language: str
) -> None:
    about = PACK.document(document).about == "system"
    system = {"system": "credit-scoring", "version": "1.0"} if about else {}

    assert build_document(shaped, PACK, document, language=language, **system).data
