"""The digest of a pack: the same for the same files, wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources.abc import Traversable

from docgen.packs import Pack

__all__ = ["pack_digest"]


def pack_digest(pack: Pack) -> str:
    """Hex SHA-256 over lines ``<hex SHA-256 of the file>  <path>``, each ended by a newline, by path.

    The lines are those that ``sha256sum`` prints for all files of the pack's folder, without compiled Python.
    """
    lines = sorted(_lines(pack.folder, ""), key=lambda line: line[66:])
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _lines(folder: Traversable, path: str) -> Iterator[str]:
    for inside in folder.iterdir():
        if inside.is_dir():
            if inside.name != "__pycache__":
                yield from _lines(inside, f"{path}{inside.name}/")
        elif not inside.name.endswith((".pyc", ".part")):
            yield f"{hashlib.sha256(inside.read_bytes()).hexdigest()}  {path}{inside.name}"
