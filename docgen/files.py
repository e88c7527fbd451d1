"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from docgen.errors import OutputError

__all__ = ["check_writable", "replace_file"]


def check_writable(path: Path) -> None:
    """Return if a file can be made beside `path`, whose folder is made if needed; nothing stays.

    Raises:
        OutputError: the folder or the file can't be written.
    """
    beside = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.part")
    try:
        replace_file(beside, b"")
    except OutputError as error:
        raise OutputError(str(path), error.problem, remedy=error.remedy) from error
    beside.unlink(missing_ok=True)


def replace_file(path: Path, data: bytes) -> None:
    """`path` holds `data`; at no moment, whatever fails, does it hold part of it.

    The bytes are written beside it, forced to disk and moved.  The folder is made if needed; the
    mode of a file that is replaced is kept.

    Raises:
        OutputError: the folder or file can't be written; what was there before is still there.
    """
    beside = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "a folder is in the way")
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        try:
            # O_EXCL: never follow or overwrite what somebody else put under this name.
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                beside.chmod(mode)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        remedy = "choose a folder you can write to, or close the file if a program has it open"
        raise OutputError(str(path), error.strerror or str(error), remedy=remedy) from error
