"""A disk that fails or stops at the n-th thing it is asked to do, and one that loses what was not fsynced.

Every call of `os` that changes something in a folder or the one above it is counted, whichever thread makes it. At
the chosen one

=========  =============================================================================================
lost       it reports an error and does nothing
kept       it does it, and reports an error
half       a write writes half of what it was given, and reports a full disk; other calls as `lost`
killed     it, and all that come after, never happen: the process is gone
power      the same, and of what went before only that which was fsynced is there
reordered  as `power`, but a checkpoint that was renamed has reached the disk, before what it rests on
=========  =============================================================================================
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

Harm = Literal["lost", "kept", "half", "killed", "power", "reordered"]


class Gone(BaseException):
    """The process that would go on does not exist any more."""


@dataclass(slots=True)
class Disk:
    """What is below `folder`, watched; `at` is the call, from 1, that goes wrong."""

    folder: Path
    at: int
    harm: Harm
    calls: list[str] = field(default_factory=list)
    gone: bool = False
    _paths: dict[int, Path] = field(default_factory=dict)  # open handles
    _unsynced: set[Path] = field(default_factory=set)  # files whose content may be lost
    _renamed: dict[Path, bytes | None] = field(default_factory=dict)  # names that may be lost, and what was there
    _made: set[Path] = field(default_factory=set)  # folders that may be lost
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Put this disk in the place of the real one."""
        for name in ("open", "write", "fsync", "mkdir", "replace", "unlink", "rmdir", "ftruncate"):
            patch.setattr(os, name, self._watched(name, getattr(os, name)))

    @property
    def chosen(self) -> tuple[str, str]:
        """The call that went wrong, and its file relative to the folder."""
        name, _, path = self.calls[self.at - 1].partition(" ")
        return name, path

    @property
    def reached(self) -> bool:
        """Whether the chosen call was made."""
        return len(self.calls) >= self.at

    def lose(self) -> None:
        """Take away what a cut of the power takes away."""
        if self.harm not in ("power", "reordered"):
            return
        for file in self._unsynced:
            if file.is_file():
                file.write_bytes(b"")
        for name, before in self._renamed.items():
            if self.harm == "reordered" and name.name == "checkpoint":
                continue
            if before is None:
                name.unlink(missing_ok=True)
            else:
                name.write_bytes(before)
        for made in sorted(self._made, reverse=True):
            shutil.rmtree(made, ignore_errors=True)

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(first: Any, *rest: Any, **options: Any) -> Any:
            path = self._paths.get(first) if isinstance(first, int) else Path(first)
            mine = path is not None and path.is_relative_to(self.folder.parent)
            changes = name != "open" or bool(rest and rest[0] & os.O_CREAT)
            with self._lock:
                if mine and self.gone:
                    raise Gone
                if mine and changes:
                    self.calls.append(f"{name} {os.path.relpath(path or '', self.folder)}")
                    if len(self.calls) == self.at:
                        return self._harm(name, real, path, first, *rest, **options)
                before = _content(Path(rest[0])) if mine and name == "replace" else None
                done = real(first, *rest, **options)
                if mine and path:
                    self._note(name, path, done)
                if mine and name == "replace":
                    self._renamed.setdefault(Path(rest[0]), before)
                    if path in self._unsynced:
                        self._unsynced.remove(path)
                        self._unsynced.add(Path(rest[0]))
                return done

        return call

    def _harm(self, name: str, real: Callable[..., Any], path: Path | None, first: Any, *rest: Any, **more: Any) -> Any:
        if self.harm in ("killed", "power", "reordered"):
            self.gone = True
            raise Gone
        if self.harm == "kept":
            done = real(first, *rest, **more)
            if name == "open":
                os.close(done)
        if self.harm == "half" and name == "write":
            real(first, rest[0][: len(rest[0]) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _note(self, name: str, path: Path, done: Any) -> None:
        """Remember what of this a cut of the power could take back."""
        if name == "open":
            self._paths[done] = path
        elif name == "write":
            self._unsynced.add(path)
        elif name == "mkdir":
            self._made.add(path)
        elif name == "fsync":
            self._unsynced.discard(path)
            self._made = {made for made in self._made if made.parent != path}
            self._renamed = {file: was for file, was in self._renamed.items() if file.parent != path}


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
