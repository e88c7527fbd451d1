"""Writes or compares the shipped JSON Schemas: ``python -m ledger.kinds.export [--check]``.

Each kind gets ``schemas/<kind>.v1.json``: JSON Schema draft 2020-12, two-space indent, sorted keys, one
newline at the end. ``x-erasable`` marks members that may be replaced by a digest in ``_sd``; ``x-identity``
names the members that say what an entry is about. ``schemas/index.json`` maps each kind to the SHA-256 of
its file. A released schema file never changes: statements name it by that digest.

What a schema can't say, and Python checks beyond it: that ``_sd`` is sorted and not too long, and that an
integer is written without a fraction (``1.0`` is an integer to JSON Schema).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DictSchema

from ledger.kinds import KINDS, SCHEMA_VERSION, body_class

FOLDER = Path(__file__).with_name("schemas")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Without titles made up from Python names; mappings refuse names that Python would refuse."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made


def format_schema(kind: str) -> bytes:
    """The bytes of the schema file of `kind`, from its class."""
    body = body_class(kind)
    schema = body.model_json_schema(by_alias=True, mode="validation", schema_generator=_Generator)
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("title", None)
        if "description" in part:
            part["description"] = " ".join(part["description"].split())
    schema |= {
        "$schema": DIALECT,
        "$id": f"urn:aims-ledger:schema:{kind}:v{SCHEMA_VERSION}",
        "title": kind,
        "x-identity": list(body.identity),
    }
    return format_json(_settled(schema))


def _settled(value: Any) -> Any:
    """`value` in the one form that every supported version of pydantic comes to.

    They differ in writing bounds as 0 or 0.0, and in spelling out that an object may have any members.
    """
    if isinstance(value, dict):
        return {
            name: _settled(item)
            for name, item in value.items()
            if not (name == "additionalProperties" and item is True)
        }
    if isinstance(value, list):
        return [_settled(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def format_index(schemas: Mapping[str, bytes]) -> bytes:
    """The bytes of ``index.json``: kind -> SHA-256 of its schema file."""
    return format_json({kind: sha256(schema).hexdigest() for kind, schema in schemas.items()})


def format_json(value: object) -> bytes:
    """`value` as indented JSON with sorted keys and a newline at the end."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def expected_files() -> dict[str, bytes]:
    """What the folder `schemas` should hold: file name -> bytes."""
    schemas = {kind: format_schema(kind) for kind in sorted(KINDS)}
    files = {f"{kind}.v{SCHEMA_VERSION}.json": schema for kind, schema in schemas.items()}
    return files | {"index.json": format_index(schemas)}


def differences(expected: Mapping[str, bytes], folder: Path) -> list[str]:
    """The names of files that are missing, superfluous or different in `folder`."""
    present = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    return sorted(name for name in expected.keys() | present.keys() if expected.get(name) != present.get(name))


def main(arguments: list[str], folder: Path = FOLDER) -> int:
    """Write the schemas, or with ``--check`` only say what differs (exit code 1)."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m ledger.kinds.export [--check]\n")
        return 2
    expected = expected_files()
    changed = differences(expected, folder)
    if arguments:
        for name in changed:
            sys.stderr.write(f"{name}: differs from the code; run python -m ledger.kinds.export\n")
        return 1 if changed else 0
    folder.mkdir(exist_ok=True)
    for name in changed:
        if name in expected:
            (folder / name).write_bytes(expected[name])
        else:
            (folder / name).unlink()
    sys.stdout.write(f"{len(expected)} files, {len(changed)} written or removed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
