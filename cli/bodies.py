"""Bodies of entries as people write them: JSON, a strict part of YAML, and ``--set path=value``.

YAML here means JSON's values in YAML's clothes: texts stay texts (``2026-11-23``, ``no`` and ``12:30`` are not
turned into something else), only ``true``, ``false``, ``null`` and JSON's numbers are more than text, and
anchors, tags, merge keys and duplicate keys are refused.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ledger.errors import BadInput, clip
from ledger.strictjson import MAX_DEPTH, parse_strict

MAX_BODY_BYTES: Final = 262_144
"""A body with its comments; what it becomes must fit into a statement of 40,960 bytes."""

STDIN: Final = "-"


def read_body(source: str) -> dict[str, Any]:
    """The body in the file `source`, or on stdin for ``-``.

    Raises:
        BadInput: if it can't be read, or is not one JSON or YAML object.
    """
    name = "standard input" if source == STDIN else source
    raw = _read(source, name)
    as_json = source.endswith(".json") or (not source.endswith((".yaml", ".yml")) and raw.lstrip()[:1] == b"{")
    value = parse_strict(raw, name, max_bytes=MAX_BODY_BYTES) if as_json else parse_yaml(raw, name)
    if not isinstance(value, dict):
        raise BadInput(f"{name}: found {_kind(value)}, expected one object with the members of the body")
    return value


def parse_yaml(raw: bytes, name: str) -> Any:
    """The value of the YAML document `raw`, in the part of YAML that the module describes.

    Raises:
        BadInput: with line and column, for anything else.
    """
    import yaml

    from cli.yaml_subset import StrictLoader

    if len(raw) > MAX_BODY_BYTES:
        raise BadInput(f"{name}: {len(raw)} bytes, expected at most {MAX_BODY_BYTES}")
    try:
        value = yaml.load(raw.decode("utf-8"), StrictLoader)  # noqa: S506  # a subclass of SafeLoader
        text = json.dumps(value)
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: byte 0x{raw[error.start]:02x} at {error.start}, expected UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise BadInput(f"{name}: {at}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{name}: {clip(' '.join(str(error).split()), 200)}") from error
    except RecursionError as error:
        raise BadInput(f"{name}: nested too deep, expected at most {MAX_DEPTH} levels") from error
    # Once more as JSON: depth, integers and surrogates have one rule, wherever a body comes from.
    return parse_strict(text.encode(), name, max_bytes=8 * MAX_BODY_BYTES)


_STEP = re.compile(r"(?:0|[1-9][0-9]{0,3})\Z", re.ASCII)


def set_member(body: dict[str, Any], assignment: str, schema: Mapping[str, Any]) -> None:
    """Put ``path=value`` into `body`; the path is dotted, with numbers for places in a list.

    The value is text where `schema` allows a text there, else JSON; ``path:=value`` is JSON everywhere.

    Raises:
        BadInput: for another form, or a path that does not fit what is there.
    """
    path, equals, text = assignment.partition("=")
    as_json = path.endswith(":")
    steps = path.removesuffix(":").split(".")
    if not equals or not all(steps):
        raise BadInput(f"--set {clip(assignment)}: expected PATH=VALUE like metrics.0.name=accuracy, or PATH:=JSON")
    value: Any = text
    if as_json or not _takes_text(schema, steps):
        value = parse_strict(text.encode("utf-8", "surrogatepass"), f"--set {clip(path)}", max_bytes=MAX_BODY_BYTES)
    _put(body, steps, value, f"--set {clip(path)}")


def _put(body: dict[str, Any], steps: list[str], value: Any, what: str) -> None:
    place: Any = body
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        fresh: Any = value if last else [] if _STEP.match(steps[position + 1]) else {}
        if isinstance(place, list):
            if not _STEP.match(step) or int(step) > len(place):
                raise BadInput(f"{what}: found {clip(step)!r} in a list of {len(place)}, expected 0 to {len(place)}")
            if int(step) == len(place):
                place.append(fresh)
            elif last:
                place[int(step)] = value
            place = place[int(step)]
        elif isinstance(place, dict):
            if last:
                place[step] = value
            place = place.setdefault(step, fresh)
        else:
            raise BadInput(f"{what}: {'.'.join(steps[:position])} is {_kind(place)} already, it has no members")


def _takes_text(schema: Mapping[str, Any], steps: list[str]) -> bool:
    """Whether the schema allows a text at the path; what it does not describe is text, too."""
    options = _options(schema, schema)
    for step in steps:
        below: list[Mapping[str, Any]] = []
        for option in options:
            inner = option.get("properties", {}).get(step)
            if inner is None and _STEP.match(step):
                inner = option.get("items")
            if inner is None and isinstance(option.get("additionalProperties"), Mapping):
                inner = option["additionalProperties"]
            if isinstance(inner, Mapping):
                below += _options(inner, schema)
        options = below
    types = {option.get("type") for option in options} - {"null"}
    return not types or None in types or "string" in types


def _options(part: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`part` with its references followed and its alternatives listed."""
    if "$ref" in part:
        return _options(schema["$defs"][part["$ref"].removeprefix("#/$defs/")], schema)
    if "anyOf" in part or "oneOf" in part:
        return [option for choice in part.get("anyOf", part.get("oneOf")) for option in _options(choice, schema)]
    return [part]


def _read(source: str, name: str) -> bytes:
    if source == STDIN:
        return sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
    try:
        with Path(source).open("rb") as handle:
            return handle.read(MAX_BODY_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{name}: can't be read ({reason})", remedy="give a file, or '-' for standard input") from error


def _kind(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else "a text" if isinstance(value, str) else "a number or truth value"
