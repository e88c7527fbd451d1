"""From what a person types to a signed line: subject, references, attachments, body."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from cli.bodies import read_body, set_member
from cli.entries import check_kind, check_system, find_entry
from cli.lazy import perhaps
from cli.moments import parse_moment
from cli.project import current_project, parse_system
from ledger.errors import BadInput, OutcomeUnknown, clip

if TYPE_CHECKING:
    from cli.opening import Appending
    from ledger import Ledger, Receipt, Signer

_ELSEWHERE: Final = {"erasure": "'aims erase' records it and deletes the values"}
_STATE: Final = ("ledger", "key")
# Kinds that are always about one system; for the others a forgotten flag must not file them under it.
_ABOUT_A_SYSTEM: Final = frozenset(
    {
        "ai_decision",
        "ai_system",
        "classification",
        "component_inventory",
        "dataset_lineage",
        "evaluation",
        "incident",
        "model_change",
        "monitoring",
        "oversight_action",
        "release",
        "resource_usage",
        "runtime_log",
        "test_plan",
    }
)
_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed to record one entry."""

    kind: str
    body: str | None = None
    members: Sequence[str] = ()
    system: str | None = None
    subject: str | None = None
    new_system: bool = False
    source: str | None = None
    time: str | None = None
    references: Sequence[str] = ()
    files: Sequence[str] = ()
    personal_files: Sequence[str] = ()


def make_line(typed: Typed, ledger: Ledger, signers: Sequence[Signer]) -> bytes:
    """The signed line to append; attached files are in the ledger's folder by then.

    Raises:
        BadInput: if something of it can't be what is meant.
    """
    from ledger.client import system_clock
    from ledger.compose import draft
    from ledger.kinds import validate_body
    from ledger.times import to_micros

    data = _body(typed)
    subject, version = _about(typed, ledger)
    if version is not None and data.setdefault("system_version", version) != version:
        raise BadInput(f"system_version: {data['system_version']} in the body, but --system says {version}")
    references = [_reference(text, ledger) for text in typed.references]
    _extend(data, "references", references)
    approved = [reference["statement"] for reference in references if reference["rel"] == "approves"]
    if typed.kind == "approval" and len(approved) == 1 and not data.keys() & {"statement", "digest"}:
        data["statement"] = approved[0]  # what is signed off need not be said twice
    now = system_clock()
    happened = to_micros(parse_moment(typed.time)) if typed.time else now
    source = typed.source or ledger.source_of(signers[0])
    attachments = [(parse_attachment(text), False) for text in typed.files]
    attachments += [(parse_attachment(text), True) for text in typed.personal_files]
    if attachments:
        validate_body(typed.kind, data)  # before a file is copied for a body that will be refused
        attached = [ledger.attach(file, role=role, personal=personal) for (file, role), personal in attachments]
        _extend(data, "artefacts", [artefact.model_dump(exclude_none=True) for artefact in attached])
    statement = draft(typed.kind, data, origin=ledger.origin, source=source, subject=subject, time=happened, now=now)
    return statement.sign(signers)


def append_line(opened: Appending, line: bytes) -> Receipt:
    """The receipt of a signed line; when the outcome is unknown, the line is kept for asking again.

    Raises:
        BadInput, StoreError: nothing was stored.
        OutcomeUnknown: naming the file that has the line.
    """
    try:
        return opened.append([line])[0]
    except OutcomeUnknown as error:
        from hashlib import sha256

        kept = Path(f"unknown-outcome-{sha256(line).hexdigest()[:12]}.jsonl")
        try:
            kept.write_bytes(line + b"\n")
        except OSError:
            raise error from None  # its own remedy still holds
        what = str(error).removesuffix(f"; {error.remedy}")
        raise OutcomeUnknown(what, remedy=f"'aims append {kept}' settles it, as often as it is run") from error


def parse_attachment(text: str) -> tuple[Path, str]:
    """(file, role) of ``FILE[:ROLE]``; the role is ``attachment`` if none is given.

    Raises:
        BadInput: if there is no such file, or it is a directory.
    """
    whole, (before, colon, after) = Path(text), text.rpartition(":")
    if not _is_file(whole) and colon and _ROLE.match(after) and _is_file(Path(before)):
        return Path(before), after
    if not _is_file(whole):
        found = "no such file"
        if any(map(_is_folder, (whole, Path(before)) if colon and _ROLE.match(after) else (whole,))):
            found = "a directory"
        raise BadInput(f"--attach {clip(text)}: {found}, expected FILE or FILE:ROLE")
    return whole, "attachment"


def _is_file(path: Path) -> bool:
    with suppress(ValueError, OSError):  # a name that no file can have
        return path.is_file()
    return False


def _is_folder(path: Path) -> bool:
    with suppress(ValueError, OSError):
        return path.is_dir()
    return False


def _body(typed: Typed) -> dict[str, Any]:
    from ledger.kinds import schema_bytes

    kind = check_kind(typed.kind)
    if kind in _ELSEWHERE:
        raise BadInput(f"kind {kind}: not recorded by hand, {_ELSEWHERE[kind]}")
    data = read_body(typed.body) if typed.body else {}
    schema = json.loads(schema_bytes(kind)) if typed.members else {}
    for assignment in typed.members:
        set_member(data, assignment, schema)
    return data


def _extend(data: dict[str, Any], name: str, items: Sequence[Any]) -> None:
    """Put items behind those of a list in the body, if there are any."""
    present = data.get(name)
    if items and not isinstance(present, (list, type(None))):
        raise BadInput(f"{name}: found something else than a list in the body, expected a list")
    if items:
        data[name] = [*(present or ()), *items]


def _about(typed: Typed, ledger: Ledger) -> tuple[str, str | None]:
    """(subject, system version) of the entry."""
    if typed.system and typed.subject:
        raise BadInput("--system and --subject: both given, expected one of them")
    if typed.kind in _STATE and typed.system:
        raise BadInput(f"{typed.kind}: is about the ledger itself, expected no --system")
    if typed.subject or typed.kind in _STATE:
        return typed.subject or "ledger", None
    system = typed.system
    if system is None and typed.kind in _ABOUT_A_SYSTEM:
        system = current_project().system
    if system is None:
        raise BadInput(
            f"{typed.kind}: what is it about?",
            remedy="give --system NAME[@VERSION], or --subject management-system for the organisation",
        )
    name, version = parse_system(system)
    if typed.kind != "ai_system" and not typed.new_system:
        try:
            check_system(ledger, name)
        except BadInput as error:
            raise BadInput(error.args[0], remedy="--new-system if this is its first entry") from error
    return name, version


def _reference(text: str, ledger: Ledger) -> dict[str, str]:
    from ledger.kinds.base import Relation

    relation, equals, place = text.partition("=")
    known = get_args(Relation)
    if not equals or not place:
        raise BadInput(f"--ref {clip(text)}: expected RELATION=ENTRY, like approves=12")
    if relation not in known:
        raise BadInput(f"--ref {clip(text)}: unknown relation{perhaps(relation, known)}, expected {', '.join(known)}")
    return {"rel": relation, "statement": find_entry(ledger, place).statement}
