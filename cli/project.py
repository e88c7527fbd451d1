"""What need not be said each time: the flag, else the environment, else the project file, else the default.

The project file is ``.aims.toml``, in the current folder or the nearest one above that has it ::

    ledger = "evidence.db"            # paths are relative to this file
    system = "credit-scoring@1.1"
    keys = "keys"
    state = "state"

    [anchors]                         # who vouches for checkpoints: `aims anchor`
    witnesses = "trust-policy"        # C2SP tlog-policy; the witnesses in it that have an address are asked
    timestamps = ["https://stamps.example/tsa"]
    timestamp_roots = "tsa-roots.pem" # certificates that verify the answers

Whoever may write this file decides where verification keeps its memory, so `aims verify` says which folder
it used. No member is a secret, and there is none for a passphrase.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.lazy import perhaps
from ledger.errors import BadInput

FILE: Final = ".aims.toml"
_PATHS: Final = ("ledger", "keys", "state")
_MEMBERS: Final = (*_PATHS, "system", "anchors")
_ANCHOR_PATHS: Final = ("witnesses", "timestamp_roots")
_ANCHOR_MEMBERS: Final = (*_ANCHOR_PATHS, "timestamps")
_MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Anchors:
    """Who vouches for checkpoints: a trust policy file, addresses of authorities, a file with their roots."""

    witnesses: str | None = None
    timestamps: tuple[str, ...] = ()
    timestamp_roots: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The project file: its members as given, paths made absolute; `file` is None where there is none."""

    file: Path | None = None
    ledger: str | None = None
    system: str | None = None
    keys: str | None = None
    state: str | None = None
    anchors: Anchors = Anchors()


def find_project(start: Path) -> Project:
    """The project of the folder `start`: its own file or the nearest above it.

    Raises:
        BadInput: if the file can't be read or says something unknown.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return read_project(folder / FILE)
    return Project()


def read_project(file: Path) -> Project:
    """The project that `file` describes.

    Raises:
        BadInput: if it can't be read or says something unknown.
    """
    try:
        raw = file.read_bytes()
        members = tomllib.loads(raw[: _MAX_BYTES + 1].decode("utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: can't be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{file}: {error}", remedy="the project file is TOML in UTF-8") from error
    if len(raw) > _MAX_BYTES:
        raise BadInput(f"{file}: more than {_MAX_BYTES} bytes, expected a small project file")
    for name, value in members.items():
        if name not in _MEMBERS:
            raise BadInput(f"{file}: unknown member {name}{perhaps(name, _MEMBERS)}, expected {', '.join(_MEMBERS)}")
        if name != "anchors":
            _check_text(file, name, value)
    paths = {name: _absolute(members[name], file.parent) for name in _PATHS if name in members}
    anchors = _read_anchors(file, members.get("anchors", {}))
    return Project(file=file, system=members.get("system"), anchors=anchors, **paths)


def _read_anchors(file: Path, members: object) -> Anchors:
    if not isinstance(members, dict):
        raise BadInput(f"{file}: anchors: found {members!r}, expected a table [anchors]")
    for name in members:
        if name not in _ANCHOR_MEMBERS:
            expected = f"{perhaps(name, _ANCHOR_MEMBERS)}, expected {', '.join(_ANCHOR_MEMBERS)}"
            raise BadInput(f"{file}: unknown member {name} of [anchors]{expected}")
    for name in _ANCHOR_PATHS:
        if name in members:
            _check_text(file, f"anchors: {name}", members[name])
    listed = members.get("timestamps", [])
    if not isinstance(listed, list):
        raise BadInput(f"{file}: anchors: timestamps: found {listed!r}, expected a list of addresses")
    for address in listed:
        _check_text(file, "anchors: timestamps", address)
    paths = {name: _absolute(members[name], file.parent) for name in _ANCHOR_PATHS if name in members}
    return Anchors(timestamps=tuple(listed), **paths)


def _check_text(file: Path, name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise BadInput(f"{file}: {name}: found {value!r}, expected a text")


def current_project() -> Project:
    """The project of the current folder.

    Raises:
        BadInput: as `find_project`.
    """
    try:
        return find_project(Path.cwd())
    except FileNotFoundError as error:  # the current folder was deleted
        raise BadInput("the current folder does not exist any more", remedy="change to another folder") from error


def ledger_location(given: str | None) -> str:
    """Where the ledger is.

    Raises:
        BadInput: if nothing says so.
    """
    found = given or os.environ.get("AIMS_LEDGER") or current_project().ledger
    if not found:
        raise BadInput(
            "no ledger named", remedy=f"give --ledger PATH, set AIMS_LEDGER, or make one with 'aims init' ({FILE})"
        )
    return found


def key_folder() -> Path:
    """Where this user's private keys lie."""
    from ledger.keys.keystore import key_folder as default_folder

    if not os.environ.get("AIMS_KEYS") and (keys := current_project().keys):
        return Path(keys)
    return default_folder()


def state_folder() -> Path:
    """Where what was seen and signed is remembered."""
    from ledger.memory import state_folder as default_folder

    if not os.environ.get("AIMS_STATE") and (state := current_project().state):
        return Path(state)
    return default_folder()


def parse_system(text: str) -> tuple[str, str | None]:
    """(system, version or None) of ``NAME[@VERSION]``.

    Raises:
        BadInput: for another form.
    """
    name, at, version = text.partition("@")
    if not name or (at and not version):
        raise BadInput(f"system {text!r}: expected NAME or NAME@VERSION, like credit-scoring@1.1")
    return name, version or None


def _absolute(text: str, folder: Path) -> str:
    return text if "://" in text else str(folder / Path(text).expanduser())


def write_project(ledger: Path) -> Path:
    """The new project file in the current folder, naming `ledger`.

    Raises:
        BadInput: if it can't be written.
    """
    import json

    file = Path.cwd() / FILE
    try:
        relative = os.path.relpath(ledger, file.parent)
    except ValueError:  # another drive
        relative = str(ledger.absolute())
    # Without ASCII escapes a JSON string is a TOML basic string.
    line = f"ledger = {json.dumps(Path(relative).as_posix(), ensure_ascii=False)}\n"
    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(line)
    except OSError as error:
        raise BadInput(f"{file}: can't be written ({error.strerror})") from error
    return file
