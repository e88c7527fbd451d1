"""The attack at the end of a run: one byte of a copy is changed, verification finds it, and so does sha256sum.

The byte stands inside the base64 text of what was signed. It is chosen so that a measured number becomes a better
one and everything is still well-formed: only the hashes can tell.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """One changed byte: where in the file, which character became which, and what a reader now sees."""

    offset: int
    before: str
    after: str
    number_before: str
    number_after: str


@dataclass(frozen=True, slots=True)
class Digest:
    """A leaf hash as computed outside of our code, and by what."""

    value: str
    tool: str


def copy_ledger(folder: Path, target: Path) -> Path:
    """A copy of a closed ledger in `target`: the database and its blob folder; the path of the database."""
    shutil.copytree(folder, target)
    return target / "ledger.db"


def edit_number(database: Path, leaf: bytes, member: str) -> Edit:
    """Change one byte of `database` so that the number after `member` in a leaf's payload has a zero after the point.

    Raises:
        ValueError: if the leaf does not stand in the file as it is, or no single byte can do it.
    """
    text: str = json.loads(leaf)["envelope"]["payload"]
    payload = base64.b64decode(text, validate=True)
    at = payload.index(b".", payload.index(b'"value":', payload.index(member.encode()))) + 1
    end = at
    while payload[end : end + 1].isdigit():
        end += 1
    changed = payload[:at] + b"0" + payload[at + 1 :]
    new = base64.b64encode(changed).decode()
    different = [i for i, (a, b) in enumerate(zip(text, new, strict=True)) if a != b]
    # A character of base64 carries six bits. '2' and '0' differ in one bit, so it is one character for them.
    if len(different) != 1:
        raise ValueError(f"no single byte changes the number after {member}")
    place = different[0]
    content = database.read_bytes()
    offset = _find(content, text.encode(), place)
    database.write_bytes(content[:offset] + new[place].encode() + content[offset + 1 :])
    return Edit(offset, text[place], new[place], payload[at - 2 : end].decode(), changed[at - 2 : end].decode())


def _find(content: bytes, text: bytes, place: int) -> int:
    """Where character `place` of `text` stands in the file; the text may be spread over several pages."""
    for width in (48, 24, 16):
        for start in range(max(0, place - width + 1), place + 1):
            window = text[start : start + width]
            if len(window) == width and content.count(window) == 1:
                return content.index(window) + place - start
    raise ValueError("the leaf does not stand in the file as it was read")


def hash_leaf(file: Path) -> Digest:
    """SHA-256(0x00 || leaf) of a file that holds a leaf, by the system's own sha256sum where there is one."""
    if shutil.which("sh") and shutil.which("sha256sum"):
        command = r"""(printf '\0'; cat "$1") | sha256sum"""
        done = subprocess.run(  # noqa: S603 - a fixed command; the file name is an argument, never code
            ["sh", "-c", command, "sh", str(file)],  # noqa: S607 - whichever sh the reader trusts
            capture_output=True,
            text=True,
            check=True,
        )
        return Digest(done.stdout.split()[0], "sha256sum")
    return Digest(hashlib.sha256(b"\0" + file.read_bytes()).hexdigest(), "Python's hashlib (no sha256sum here)")
