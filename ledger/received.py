"""What somebody was handed, read once and told by its first bytes: a receipt, a bundle, a tile tree, or nothing of it.

A pipe gives its bytes once, so what comes through one is kept: in memory, or, if it is a bundle, in a temporary file
of the user's own that is gone afterwards. Nobody who was handed a file can be expected to know what it is called;
so what it is instead, and what to do about it, is a part of the error.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO, BinaryIO, Final

from ledger.errors import BadInput, Damaged, StoreError
from ledger.proof_file import MAX_PROOF_FILE_SIZE

__all__ = ["HandedOver", "Received", "receive", "receive_stream", "tell"]

_HEAD: Final = 1_024
_TAIL: Final = 1 << 16
_MAX_BUNDLE: Final = 2**32 - 1
_PIECE: Final = 1 << 20
_LEDGER: Final = b"SQLite format 3\0"
_MANIFEST: Final = b"bundle.json"
_SEND_AGAIN: Final = "have it sent again, as an attachment and as it was made"
_ASK: Final = "ask for the file that 'aims receipt', 'aims prove', 'aims checkpoint' or 'aims bundle' wrote"


class HandedOver(Enum):
    """What a file is, when it is no ledger; the values are those of `Report.level`."""

    BUNDLE = "bundle"
    RECEIPT = "receipt"
    CONSISTENCY = "consistency"
    CHECKPOINT = "checkpoint"
    TILES = "tiles"

    @property
    def words(self) -> str:
        """What it is, for a sentence."""
        return {"consistency": "a consistency proof", "tiles": "a tile tree"}.get(self.value, f"a {self.value}")


@dataclass(frozen=True, slots=True)
class Received:
    """What was handed over, under the name it was given by; `what` is None for a ledger.

    It is read from `path`, unless `data` is all of it already.
    """

    name: str
    path: Path
    what: HandedOver | None
    data: bytes | None = None


def tell(data: bytes) -> HandedOver | None:  # a tile tree is a folder, told by the checkpoint in it
    """What a file is by its first bytes (1,024 are enough); None for a ledger and for what is nothing of all this."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return HandedOver.BUNDLE
    if data.startswith(b"c2sp.org/tlog-proof@"):
        return HandedOver.RECEIPT
    if data.startswith(b"old "):
        return HandedOver.CONSISTENCY
    # An origin has at most 255 bytes, a size 19 and a root 44, so the signatures of a checkpoint begin by then.
    return HandedOver.CHECKPOINT if b"\n\n\xe2\x80\x94 " in data[:_HEAD] else None


@contextmanager
def receive(path: Path) -> Iterator[Received]:
    """What lies at `path`; of a pipe everything is read, which waits for whoever writes.

    Raises:
        BadInput: there is nothing, it can't be read, or it is nothing that is handed over and no ledger.
        Damaged: it was a ledger.
        StoreError: a bundle that comes through a pipe can't be kept while it is verified.
    """
    with ExitStack() as kept:
        try:
            received = _look(path, kept)
        except FileNotFoundError as error:
            raise BadInput(f"{path}: no such file", remedy="check its name, and the folder you are in") from error
        except (OSError, ValueError) as error:  # a ValueError is a path with a null character
            raise BadInput(f"{path}: can't be read ({getattr(error, 'strerror', error)})") from error
        yield received


@contextmanager
def receive_stream(name: str, stream: BinaryIO) -> Iterator[Received]:
    """What comes out of a pipe, read to its end, or to where it is larger than anything that is handed over.

    Raises:
        BadInput, StoreError: as `receive`.
    """
    with ExitStack() as kept:
        yield _drain(name, stream, kept)


def _look(path: Path, kept: ExitStack) -> Received:
    mode = path.stat().st_mode
    if S_ISDIR(mode):
        return Received(str(path), path, _tell_folder(path))
    with path.open("rb") as stream:
        if not S_ISREG(mode):
            return _drain(str(path), stream, kept)
        head = stream.read(_HEAD)
        _check_ledger(path, head)
        what = _told(str(path), head)
        if what is HandedOver.BUNDLE:
            _check_zip(str(path), stream)
    return Received(str(path), path, what)


def _check_ledger(path: Path, head: bytes) -> None:
    """Tell what was a ledger, for its other files still lie beside it, from what somebody was handed."""
    whole = head.startswith(_LEDGER) or tell(head) is not None
    if not whole and any(path.with_name(path.name + more).exists() for more in (".blobs", "-wal", ".lock")):
        raise Damaged(f"{path} was a ledger, and is {describe(head)[0]} now", remedy="restore a copy and verify that")


def _drain(name: str, stream: BinaryIO, kept: ExitStack) -> Received:
    """Everything that comes; a bundle in a file that lives as long as `kept`."""
    head = stream.read(_HEAD)
    what = _told(name, head)
    if what is None:
        raise BadInput(f"{name}: a ledger can't be read from a pipe", remedy="give the path of its file")
    if what is not HandedOver.BUNDLE:
        # One byte more than may come shows that there is more.
        return Received(name, Path(name), what, head + stream.read(MAX_PROOF_FILE_SIZE + 1 - len(head)))
    try:
        file = kept.enter_context(tempfile.NamedTemporaryFile(prefix="aims-", suffix=".zip"))  # noqa: SIM115 - it does
        size = file.write(head)
        while size <= _MAX_BUNDLE and (piece := stream.read(_PIECE)):
            size += file.write(piece)
        file.flush()
    except OSError as error:
        found = f"{name}: can't be kept while it is verified ({error.strerror})"
        raise StoreError(found, remedy="give the path of its file, or set TMPDIR") from error
    _check_zip(name, file)
    return Received(name, Path(file.name), what)


def _tell_folder(folder: Path) -> HandedOver:
    if (folder / "bundle.json").is_file():
        raise BadInput(
            f"{folder}: a bundle that was unpacked, expected the zip",
            remedy="give the zip itself, or run the verify.py of the project on this folder",
        )
    if (folder / "checkpoint").is_file():
        return HandedOver.TILES
    if (folder / "tile").is_dir():
        raise _nothing(str(folder), "the folder of a tile tree without its checkpoint", "fetch 'checkpoint' too")
    empty = next(folder.iterdir(), None) is None
    found = "an empty folder" if empty else "a folder with something else in it"
    raise _nothing(str(folder), found, "name the file that you were handed, or of a tile tree the folder above 'tile'")


def _told(name: str, head: bytes) -> HandedOver | None:
    """What a file with this beginning is; None for a ledger.

    Raises:
        BadInput: it is neither.
    """
    what = tell(head)
    if what is None and not head.startswith(_LEDGER):
        raise _nothing(name, *describe(head))
    return what


def describe(head: bytes) -> tuple[str, str]:
    """What a file with this beginning seems to be instead, and what to do about it."""
    mended = head.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        mended = head[: len(head) // 2 * 2].decode("utf-16", "replace").replace("\r\n", "\n").encode()
    what = tell(mended)
    if what is not None and what is not HandedOver.BUNDLE:
        return f"{what.words} whose line ends or encoding were changed on the way", _SEND_AGAIN
    if not head:
        return "empty", _SEND_AGAIN
    return (known, _ASK) if (known := known_beginning(head)) else _describe_text(mended)


def known_beginning(head: bytes) -> str | None:
    """What a file of some widespread format is by its first bytes; None for another one."""
    return next((name for beginning, name in _BEGINNINGS if head.startswith(beginning)), None)


def _describe_text(head: bytes) -> tuple[str, str]:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3 or len(head) < _HEAD:  # or a character was cut in two
            return "another kind of file", _ASK
        text = head[: error.start].decode()
    if text.lstrip().startswith("{") and '"vkeys"' in text:
        return "the pin of a ledger", "give it as --trust, and what it is to vouch for as PATH"
    lines = text.split("\n")
    if any(line.startswith(("log ", "witness ", "quorum ")) for line in lines):
        return "a trust policy", "give it as --trust, and what it is to vouch for as PATH"
    if len(lines) > 2 and lines[1].isdecimal() and len(lines[2]) == 44:
        return "a checkpoint without its signatures", _SEND_AGAIN
    if text.startswith("-----BEGIN CERTIFICATE"):
        return "certificates", "give them as --timestamp-roots"
    if text.lstrip().startswith(("{", "[")):
        return "JSON", _ASK
    return ("a text" if all(c.isprintable() or c.isspace() for c in text) else "another kind of file"), _ASK


_BEGINNINGS: Final = (
    (_LEDGER, "a SQLite database"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file"),
)


def _check_zip(name: str, stream: IO[bytes]) -> None:
    """Refuse a zip that never was a bundle; what is wrong with one that was, its own format says."""
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)  # where the names are listed
    if _MANIFEST in head or _MANIFEST in tail or not (head.startswith(b"PK\x03\x04") and head[30:].strip(b"\0")):
        return
    if b"word/" in tail or b"word/" in head or b"[Content_Types].xml" in head:
        asked = "ask for the bundle of what it cites ('aims bundle --citations FILE')"
        raise _nothing(name, "an Office document", asked)
    raise _nothing(name, "a zip with something else in it", "if a bundle lies in it, unpack that; else " + _ASK)


def _nothing(name: str, found: str, remedy: str) -> BadInput:
    kinds = "no receipt, checkpoint, proof, bundle, tile tree or ledger"
    return BadInput(f"{name} is {kinds}, but {found}", remedy=f"nothing was checked; {remedy}")
