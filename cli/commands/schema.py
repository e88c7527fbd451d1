"""`aims schema`."""

from __future__ import annotations

import json
import re
from typing import Final

import click

from cli.entries import check_kind
from cli.lazy import aims_command
from cli.opening import json_option
from cli.screen import out_bytes, out_json, out_rows

_SENTENCE: Final = re.compile(r"(?<!\bArt)\. ")


@aims_command(
    "schema",
    examples=(
        ("all kinds", "aims schema"),
        ("what an evaluation may say", "aims schema evaluation"),
    ),
    exits=(0, 2),
)
@click.argument("kind", required=False)
@json_option
def schema(kind: str | None, as_json: bool) -> None:
    """List the kinds of entries, or print the JSON Schema of one.

    A schema is printed as it is shipped, byte for byte: its SHA-256 is the end of `dataschema` in every
    statement of KIND.
    """
    from ledger.kinds import KINDS, schema_bytes, schema_digest

    if kind is not None:
        out_bytes(schema_bytes(check_kind(kind)))
        return
    about = {name: json.loads(schema_bytes(name))["description"] for name in KINDS}
    if as_json:
        out_json([{"kind": k, "description": text, "sha256": schema_digest(k)} for k, text in about.items()])
        return
    out_rows((name, _SENTENCE.split(text)[0].removesuffix(".")) for name, text in about.items())
