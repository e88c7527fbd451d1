"""`bundle.json`, the first member of a bundle: what it holds, as docs/FORMAT.md section 20 says.

Canonical JSON in one line with a newline, for example (broken here for the page) ::

    {"context":[0,1],"entries":[2],
     "files":{"checkpoint":{"bytes":170,"sha256":"9f…"},"leaves.jsonl":{…},"proof.bin":{…},…},
     "format":"aims-bundle/v1","origin":"bank.example/aims/4f1d0c9a8b7e6d5c","root":"80ed37d8…",
     "scope":{"by":"system","complete":{"credit-scoring":{"first_nth":0,"last_nth":0}},"subject":"credit-scoring"},
     "size":3}

Version 2 would have another `format`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from ledger.encoding import parse_hex
from ledger.errors import FormatError
from ledger.statement import check_origin
from ledger.strictjson import MAX_INTEGER, canonical, parse_strict
from ledger.times import format_instant, parse_instant

FORMAT: Final = "aims-bundle/v1"
MANIFEST: Final = "bundle.json"
LEAVES: Final = "leaves.jsonl"
PROOF: Final = "proof.bin"
CHECKPOINT: Final = "checkpoint"
HISTORY: Final = "history.jsonl"
DISCLOSURES: Final = "disclosures.jsonl"
ATTACHMENTS: Final = "attachments/"
SCHEMAS: Final = "schemas/"
TIMESTAMPS: Final = "timestamps/"
MAX_MANIFEST: Final = 8 << 20
MAX_LEAVES: Final = 1 << 30
MAX_HISTORY_LINES: Final = 10_000
MAX_DISCLOSURES: Final = 1_000_000
REQUIRED: Final = (LEAVES, PROOF, CHECKPOINT)

_MEMBERS: Final = frozenset(("format", "origin", "size", "root", "entries", "context", "scope", "files"))
_TEXTS: Final = ("subject", "kind", "control", "incident")
_SCOPE: Final = frozenset((*_TEXTS, "by", "from", "until", "named", "complete"))
_RUN: Final = frozenset(("first_nth", "last_nth"))


@dataclass(frozen=True, slots=True)
class Run:
    """The entries of a subject numbered `first_nth` to `last_nth`, both included."""

    first_nth: int
    last_nth: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for. `start` and `until` bound the leaf time (microseconds, half-open).

    `named` are the entries asked for one by one besides; where nothing else was asked for it is empty, since all were.
    """

    by: str
    subject: str | None = None
    kind: str | None = None
    control: str | None = None
    incident: str | None = None
    start: int | None = None
    until: int | None = None
    named: tuple[int, ...] = ()
    complete: Mapping[str, Run] = field(default_factory=dict)

    @property
    def filters(self) -> bool:
        """Whether anything but single entries is asked for."""
        asked = self.subject, self.kind, self.control, self.incident, self.start, self.until
        return any(part is not None for part in asked)

    @property
    def whole_subject(self) -> bool:
        """Whether all that was recorded about one subject is asked for, in a time or ever: a run that can be shown."""
        return self.subject is not None and self.kind is None and self.control is None and self.incident is None

    @property
    def leading(self) -> tuple[str, ...]:
        """The words that `by` may be: what leads the selection."""
        for name, part in (
            ("incident", self.incident), ("control", self.control), ("system", self.subject), ("kind", self.kind),
        ):  # fmt: skip
            if part is not None:
                return (name,)
        return ("time",) if self.filters else ("citations", "entries")


@dataclass(frozen=True, slots=True)
class File:
    """A member of the zip as the manifest has it: unpacked size and hex SHA-256."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says that it holds."""

    origin: str
    size: int
    root: bytes
    entries: tuple[int, ...]
    context: tuple[int, ...]
    scope: Scope
    files: Mapping[str, File]

    @property
    def carried(self) -> tuple[int, ...]:
        """The indexes of both lists, ascending."""
        return tuple(sorted((*self.entries, *self.context)))


def format_manifest(manifest: Manifest) -> bytes:
    """The bytes of `bundle.json`."""
    return canonical(
        {
            "format": FORMAT,
            "origin": manifest.origin,
            "size": manifest.size,
            "root": manifest.root.hex(),
            "entries": list(manifest.entries),
            "context": list(manifest.context),
            "scope": _scope_members(manifest.scope),
            "files": {name: {"bytes": f.size, "sha256": f.digest} for name, f in manifest.files.items()},
        }
    ) + b"\n"  # fmt: skip


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in `data`.

    Raises:
        FormatError: for anything `format_manifest` would not have written.
    """
    members = parse_strict(data, MANIFEST, max_bytes=MAX_MANIFEST)
    if not isinstance(members, dict) or members.get("format") != FORMAT:
        found = str(members.get("format")) if isinstance(members, dict) else type(members).__name__
        raise FormatError(f"{MANIFEST}: format", found, FORMAT, remedy="a newer aims-ledger may know it")
    if members.keys() != _MEMBERS:
        raise FormatError(MANIFEST, ", ".join(sorted(members)), f"exactly {', '.join(sorted(_MEMBERS))}")
    origin, root, files = members["origin"], members["root"], members["files"]
    if not isinstance(origin, str) or not isinstance(root, str) or not isinstance(files, dict):
        raise FormatError(f"{MANIFEST}: origin, root, files", "another type", "two strings and an object")
    size = _integer(members["size"], f"{MANIFEST}: size", least=1)
    entries, context = (_indexes(members[name], f"{MANIFEST}: {name}", size) for name in ("entries", "context"))
    if not entries or not set(entries).isdisjoint(context):
        raise FormatError(f"{MANIFEST}: entries, context", "none, or an index in both", "each index in one of them")
    manifest = Manifest(
        origin=check_origin(origin),
        size=size,
        root=parse_hex(root, 32, f"{MANIFEST}: root"),
        entries=entries,
        context=context,
        scope=_parse_scope(members["scope"], entries),
        files=MappingProxyType({name: _parse_file(name, found) for name, found in files.items()}),
    )
    if format_manifest(manifest) != data:
        raise FormatError(MANIFEST, "another order or spacing", "RFC 8785 canonical JSON and a newline")
    return manifest


def _integer(value: Any, what: str, *, least: int = 0) -> int:
    if type(value) is not int or not least <= value <= MAX_INTEGER:
        raise FormatError(what, str(value), f"an integer from {least} to {MAX_INTEGER}")
    return value


def _indexes(value: Any, what: str, size: int) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(index) is int and 0 <= index < size for index in value):
        raise FormatError(what, "something else", f"a list of indexes below {size}")
    if any(left >= right for left, right in pairwise(value)):
        raise FormatError(what, "indexes out of order", "them ascending, each once")
    return tuple(value)


def _parse_file(name: str, value: Any) -> File:
    what = f"{MANIFEST}: files: {name}"
    if not isinstance(value, dict) or value.keys() != {"bytes", "sha256"} or not isinstance(value["sha256"], str):
        raise FormatError(what, "something else", "bytes and sha256")
    return File(_integer(value["bytes"], what), parse_hex(value["sha256"], 32, what).hex())


def _parse_scope(value: Any, entries: tuple[int, ...]) -> Scope:
    what = f"{MANIFEST}: scope"
    if not isinstance(value, dict) or not {"by"} <= value.keys() <= _SCOPE:
        found = ", ".join(sorted(value)) if isinstance(value, dict) else type(value).__name__
        raise FormatError(what, found, f"by and, if any, {', '.join(sorted(_SCOPE - {'by'}))}")
    for name in ("by", *_TEXTS, "from", "until"):
        if name in value and not isinstance(value[name], str):
            raise FormatError(f"{what}: {name}", type(value[name]).__name__, "a string")
    runs = value.get("complete", {})
    if not isinstance(runs, dict):
        raise FormatError(f"{what}: complete", type(runs).__name__, "an object")
    scope = Scope(
        by=value["by"],
        **{name: value.get(name) for name in _TEXTS},
        start=parse_instant(value["from"], f"{what}: from") if "from" in value else None,
        until=parse_instant(value["until"], f"{what}: until") if "until" in value else None,
        named=_indexes(value["named"], f"{what}: named", MAX_INTEGER) if "named" in value else (),
        complete=MappingProxyType({name: _parse_run(name, run) for name, run in runs.items()}),
    )
    if scope.by not in scope.leading:
        raise FormatError(f"{what}: by", scope.by, f"{' or '.join(scope.leading)}, which is what leads the selection")
    if not set(scope.named) <= set(entries if scope.filters else ()):
        raise FormatError(f"{what}: named", "others, or no filter beside", "entries in scope, besides a filter")
    if not scope.complete.keys() <= ({scope.subject} if scope.whole_subject else set()):
        raise FormatError(f"{what}: complete", ", ".join(scope.complete), "subject, narrowed by nothing but a time")
    return scope


def _parse_run(subject: str, value: Any) -> Run:
    what = f"{MANIFEST}: scope: complete: {subject}"
    if not isinstance(value, dict) or value.keys() != _RUN:
        raise FormatError(what, "something else", "first_nth and last_nth")
    first = _integer(value["first_nth"], what)
    return Run(first, _integer(value["last_nth"], what, least=first))


def _scope_members(scope: Scope) -> dict[str, Any]:
    texts = {name: getattr(scope, name) for name in _TEXTS}
    bounds = {"from": scope.start, "until": scope.until}
    runs = {name: {"first_nth": r.first_nth, "last_nth": r.last_nth} for name, r in scope.complete.items()}
    return {
        "by": scope.by,
        **{name: text for name, text in texts.items() if text is not None},
        **{name: format_instant(at) for name, at in bounds.items() if at is not None},
        **({"named": list(scope.named)} if scope.named else {}),
        "complete": runs,
    }


NAMES: Final = re.compile(
    r"bundle\.json|leaves\.jsonl|proof\.bin|checkpoint|history\.jsonl|disclosures\.jsonl|scope\.txt|index\.html"
    r"|README\.txt|verify\.py|verify\.html|timestamps/(?:0|[1-9][0-9]{0,4})\.tsr|attachments/[0-9a-f]{64}"
    r"|schemas/[a-z][a-z_]{0,63}\.v1\.json"
)
"""The only names that members of a bundle have; no two of them differ in case alone."""

_LIMITS: Final = {
    MANIFEST: MAX_MANIFEST, LEAVES: MAX_LEAVES, PROOF: 64 << 20, CHECKPOINT: 1 << 20, HISTORY: 32 << 20,
    DISCLOSURES: 256 << 20, "scope.txt": 64 << 20, "index.html": 64 << 20, "README.txt": 1 << 20,
}  # fmt: skip
MAX_SMALL: Final = 4 << 20
MAX_TOKEN: Final = 65_536


def limit_of(name: str) -> int:
    """How many bytes a member may have unpacked; of attachments the container alone says it."""
    return MAX_TOKEN if name.startswith(TIMESTAMPS) else _LIMITS.get(name, MAX_SMALL)
