"""Whose tile tree a folder holds: that of the ledger to be exported, nobody's yet, or somebody else's.

The file `.aims-tiles` holds the origin and a newline, and is locked while an export runs. A folder without it is ours
if its checkpoint names our origin (a copy often lacks files that begin with a dot); signature and history are looked
at before anything is built on it. Whatever else is in a folder that is ours stays as it is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ledger.checkpoint import parse_checkpoint
from ledger.errors import FormatError, Refused, StoreError
from ledger.note import MAX_NOTE_SIZE, parse_note
from ledger.tiletree.files import CHECKPOINT, read_regular, reading, write_all

MARKER: Final = ".aims-tiles"
_MAX_MARKER: Final = 1_024


def admit(path: Path, origin: str, marker: int | None = None) -> None:
    """Return if `path` is free, or has the tree of this ledger in it as far as names say."""
    try:
        names = {item.name for item in path.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"tile tree {path}: can't be read ({error.strerror})") from error
    note, mark = None, None
    with reading(path):
        if CHECKPOINT in names:
            note = read_regular(path / CHECKPOINT, MAX_NOTE_SIZE)
        if marker is not None:
            mark = _read_mark(marker)
        elif MARKER in names:
            mark = read_regular(path / MARKER, _MAX_MARKER)
    owner = _owner(path, note) if note is not None else None
    if mark is not None and owner is None and not _marker(origin).startswith(mark):
        owner = mark.decode("utf-8", "replace").partition("\n")[0] or "somebody else"
    if owner is not None and owner != origin:
        raise Refused("tile tree", f"tile tree {path}: it is of {owner}, expected {origin}", remedy="export elsewhere")
    strange = sorted(names - {MARKER})
    if owner is None and strange and mark != _marker(origin):
        raise Refused(
            "tile tree",
            f"tile tree {path}: there is something else in it ({strange[0]})",
            remedy="name an empty folder, one that does not exist yet, or one that was exported to before",
        )


def _owner(path: Path, note: bytes) -> str:
    """The origin in the checkpoint of a folder; whether its signature is right is looked at later."""
    try:
        return parse_checkpoint(parse_note(note).text).origin
    except FormatError as error:
        raise Refused(
            "tile tree", f"tile tree {path}: its file 'checkpoint' is none ({error})", remedy="export elsewhere"
        ) from error


def _marker(origin: str) -> bytes:
    return f"{origin}\n".encode()


def _read_mark(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    return os.read(handle, _MAX_MARKER)


def mark_folder(handle: int, origin: str) -> None:
    """Write whose tree this is, unless it is there; a crash leaves a beginning of it, which is written again."""
    expected = _marker(origin)
    if _read_mark(handle) == expected:
        return
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    write_all(handle, expected)
    os.fsync(handle)
