"""The file in which people declare controls: YAML with what they need to know beside it, or a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from cli.bodies import MAX_BODY_BYTES, parse_yaml
from cli.yaml_subset import StrictLoader
from ledger.errors import BadInput

if TYPE_CHECKING:
    from docgen.packs import Pack
    from docgen.sheets.proposal import Draft
    from docgen.soa_rows import Row
    from docgen.view import LedgerView

_HEAD: Final = """\
# Declarations of controls for the statement of applicability.
#
# Fill in `applicable` (yes, no or per_system) for each control that you decide on; a control without it is
# left out.  An exclusion needs `ground` (risk_assessment or external_requirement).  `drivers` say what calls for a
# control (risk, law, contract, objective, good_practice, baseline) and want what they point at: risks, obligations,
# objectives.  `evidence` names what must be in the ledger for "implemented" to stand; take out what is not yours.
# Controls of your own get `source: own` and a `title`.
#
#   aims soa check FILE               what an auditor would object to, line by line
#   aims soa record FILE --as KEY     what would be recorded; with --yes it is
controls:
"""
_MEMBERS: Final = (
    "source", "title", "framework", "applicable", "justification", "drivers", "ground", "risks", "impact_assessments",
    "objectives", "obligations", "documents", "owner", "implementation_status", "target_date",
    "implementation_summary", "evidence", "exceptions", "systems", "role", "crosswalk", "last_reviewed", "review_due",
)  # fmt: skip
_ALWAYS: Final = {"applicable": "", "justification": "", "owner": "", "implementation_status": ""}


def new_file(view: LedgerView, pack: Pack, language: str) -> str:
    """The starting file: every control once, with what the ledger already says about it."""
    from docgen.sheets.controls import empty_bodies, hint_of

    systems = [entry.subject for entry in view.entries(kinds=["ai_system"])]
    lines = [_HEAD]
    if systems:
        lines.append(f"# AI systems in the ledger: {_comment(', '.join(dict.fromkeys(systems)))}\n")
    for row, body in empty_bodies(view, pack, language):
        lines.append("\n" + "".join(_entry(row, body, hint_of(row, pack, language), language)))
    return "".join(lines)


def _entry(row: Row, body: Mapping[str, Any], hint: str, language: str) -> Iterator[str]:
    yield f"# {_comment(row.id)} {_comment(row.title)}\n"
    if row.point is not None:
        yield f"#   {_comment(row.point.requirement.say(language))}\n"
    if hint:
        yield f"#   {_comment(hint)}\n"
    yield f"- control_id: {_value(row.id)}\n"
    for name in _MEMBERS:
        value = body.get(name) or _ALWAYS.get(name)
        if name == "title" and row.point is not None:
            continue
        if value is None:
            continue
        if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            yield f"  {name}:\n"
            for item in value:
                yield f"  - {_value(dict(item))}\n"
        else:
            yield f"  {name}: {_value(list(value) if isinstance(value, tuple) else value)}\n"
    subject = next((entry.subject for entry in row.declared_by), "management-system")
    if subject != "management-system":
        yield f"  subject: {_value(subject)}\n"


def _value(value: Any) -> str:
    """A value as JSON, which is YAML as well; plain words stand without quotation marks."""
    if isinstance(value, str) and value and value.replace("_", "a").replace(".", "a").isalnum() and value.isascii():
        return value if not value[0].isdigit() and value not in ("true", "false", "null") else json.dumps(value)
    return json.dumps(value, ensure_ascii=False, default=list)


def _comment(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def read_controls(file: str) -> tuple[Draft, ...]:
    """The declarations in a file, YAML or .xlsx by its name, each member with its place.

    Raises:
        BadInput: there is no such file, or it is not one of declarations. DocgenError: a cell is wrong.
    """
    from docgen.sheets.controls import drafts_of, parse_workbook

    data = read_file(file)
    if file.lower().endswith(".xlsx"):
        return parse_workbook(data)
    value = parse_yaml(data, file)
    declared = value.get("controls") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(declared, list) or not all(isinstance(one, dict) for one in declared):
        raise BadInput(f"{file}: expected one member `controls` with a list of declarations")
    return drafts_of(zip(declared, _places(data, file), strict=True))


def read_file(file: str, most: int = 50_000_000) -> bytes:
    """The bytes of a file.

    Raises:
        BadInput: it can't be read, or is larger than `most`.
    """
    try:
        with Path(file).open("rb") as handle:
            data = handle.read(most + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{file}: can't be read ({reason})") from error
    if len(data) > most:
        raise BadInput(f"{file}: more than {most} bytes")
    return data


def _places(data: bytes, file: str) -> Iterator[dict[str, str]]:
    """Where each declaration and each of its members stands, by line; the text was read before."""
    assert len(data) <= MAX_BODY_BYTES
    loader = StrictLoader(data.decode("utf-8"))
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    assert isinstance(root, yaml.MappingNode)
    (_, declared), *_ = root.value
    for node in declared.value:
        places = {"": f"{file}:{node.start_mark.line + 1}"}
        for key, value in node.value:
            places[key.value] = f"{file}:{key.start_mark.line + 1}"
            for at, item in enumerate(value.value if isinstance(value, yaml.SequenceNode) else ()):
                places[f"{key.value}.{at}"] = f"{file}:{item.start_mark.line + 1}"
        yield places
