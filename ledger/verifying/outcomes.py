"""What a verification came to, and of which copy of a ledger, as it is remembered.

A copy is told by where its file lies and by the number that the file system gave to the file: what was found in one
copy says nothing of another one, nor of a file that was put in its place. One outcome is the members ::

    size, root (hex), at (RFC 3339), summary, exit_code, level, path, file

of a JSON object; the last two are not there where it is not known which copy it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.encoding import parse_hex
from ledger.errors import StoreError
from ledger.times import parse_instant


@dataclass(frozen=True, slots=True)
class Copy:
    """Which copy of a ledger: the path of its file, links followed, and the file's number (inode)."""

    path: str
    file: int


@dataclass(frozen=True, slots=True)
class LastVerification:
    """The last verification on this machine: up to which size, when (RFC 3339), and what came out.

    `copy` is the copy of the ledger that was verified; None if that is not known.
    """

    size: int
    root: bytes
    at: str
    summary: str
    exit_code: int
    level: str
    copy: Copy | None = None


def copy_at(path: Path) -> Copy:
    """The copy of a ledger whose file is at `path`.

    Raises:
        StoreError: there is no file.
    """
    try:
        real = path.resolve(strict=True)
        return Copy(str(real), real.stat().st_ino)
    except (OSError, RuntimeError) as error:  # a RuntimeError is links that lead round in a circle
        raise StoreError(f"{path}: can't be looked at ({getattr(error, 'strerror', error)})") from error


def outcome_members(outcome: LastVerification) -> dict[str, Any]:
    """The members of an outcome."""
    members = {
        "size": outcome.size,
        "root": outcome.root.hex(),
        "at": outcome.at,
        "summary": outcome.summary,
        "exit_code": outcome.exit_code,
        "level": outcome.level,
    }
    return members | ({"path": outcome.copy.path, "file": outcome.copy.file} if outcome.copy else {})


def parse_outcome(members: Any) -> LastVerification:
    """The outcome with these members; others may stand beside them.

    Raises:
        KeyError, TypeError, FormatError: one is missing, or something else than `outcome_members` makes.
    """
    copy = Copy(members["path"], members["file"]) if "path" in members or "file" in members else None
    outcome = LastVerification(
        members["size"],
        parse_hex(members["root"], 32),
        members["at"],
        members["summary"],
        members["exit_code"],
        members["level"],
        copy,
    )
    numbers = (outcome.size, outcome.exit_code, *([copy.file] if copy else []))
    texts = (outcome.at, outcome.summary, outcome.level, *([copy.path] if copy else []))
    if any(type(number) is not int or number < 0 for number in numbers) or not all(isinstance(t, str) for t in texts):
        raise TypeError(f"{members!r}")
    parse_instant(outcome.at)
    return outcome
