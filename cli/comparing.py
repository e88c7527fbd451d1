"""Two states of a document on the command line: which two are meant, and what changed between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.screen import safe
from ledger.errors import BadInput

if TYPE_CHECKING:
    from docgen.redline.comparing import Compared, Side
    from docgen.redline.summary import SectionChange
    from ledger import Ledger

_SHOWN: Final = 5  # changed lines of a section that are printed; --json has them all
_WIDTH: Final = 96
_LARGEST: Final = 256 * 1024 * 1024


def are_files(old: str, new: str) -> bool:
    """Whether the two are Word files and no checkpoints.

    Raises:
        BadInput: one is a Word file and the other is not, or one is not there.
    """
    named = [name.lower().endswith(".docx") for name in (old, new)]
    if named[0] != named[1]:
        raise BadInput(f"{old} and {new}: expected two checkpoints or two .docx files, not one of each")
    if named[0]:
        for name in (old, new):
            if not Path(name).is_file():
                raise BadInput(f"{name}: there is no such file")
    return named[0]


def compare_word_files(old: str, new: str) -> Compared:
    """What changed between two Word files.

    Raises:
        BadInput: one of them can't be read or is no Word file.
    """
    from docgen.redline.comparing import compare_files

    return compare_files(_read(old), _read(new), (Path(old).name, Path(new).name))


def compare_checkpoints(
    ledger: Ledger, old: str, new: str, document: str, pack: str | None, system: str | None, language: str | None
) -> Compared:
    """What changed in a document between two checkpoints, each named by its size, its file or a time.

    Raises:
        BadInput: there is no such checkpoint, document or system. DocgenError: it can't be built there.
    """
    from cli.documents import choose
    from cli.past import view_at
    from docgen.build import build_document
    from docgen.redline.comparing import compare_built

    wanted = choose(ledger, document, pack, system)
    views = [view_at(ledger, named) for named in (old, new)]
    if views[0].checkpoint.size > views[1].checkpoint.size:
        raise BadInput(
            f"{old} is later than {new}: expected the older checkpoint first", remedy=f"aims docs diff {new} {old}"
        )
    built = [
        build_document(
            view, wanted.pack, wanted.document.id, system=wanted.system, version=wanted.version, language=language
        )
        for view in views
    ]
    return compare_built(built[0], built[1])


def compared_value(path: Path, compared: Compared) -> dict[str, Any]:
    """What changed, as JSON members."""
    return {
        "file": str(path),
        "old": _side_value(compared.old),
        "new": _side_value(compared.new),
        "sections": compared.sections,
        "changed": [
            {
                "id": one.id,
                "title": one.title,
                "status": {"old": one.status[0], "new": one.status[1]},
                "evidence": {"gained": list(one.gained), "lost": list(one.lost)},
                "texts": [{"old": change.old, "new": change.new} for change in one.changes],
            }
            for one in compared.changes
        ],
    }


def compared_lines(path: Path, compared: Compared) -> Iterator[str]:
    """What changed, as lines: each section with its status word, its evidence and its first changed lines."""
    yield str(path)
    for one in compared.changes:
        yield safe(_head(one))
        if one.gained or one.lost:
            cited = [f"+#{index}" for index in one.gained] + [f"-#{index}" for index in one.lost]
            more = f" and {len(cited) - 12} more" if len(cited) > 12 else ""
            yield f"    evidence {' '.join(cited[:12])}{more}"
        for change in one.changes[:_SHOWN]:
            yield from (f"    - {_short(change.old)}",) if change.old else ()
            yield from (f"    + {_short(change.new)}",) if change.new else ()
        if len(one.changes) > _SHOWN:
            yield f"    and {len(one.changes) - _SHOWN} more lines"
    words = sum(one.status_changed for one in compared.changes)
    yield (
        f"{len(compared.changes)} of {compared.sections} sections changed from {safe(compared.old.name)} to "
        f"{safe(compared.new.name)}, {words} in their status"
    )


def redline_path(out: Path, name: str) -> Path:
    """Where the redline goes: `out` itself if it ends in .docx, else a file named by the document in that folder."""
    return out if out.suffix.lower() == ".docx" else out / f"{name}.redline.docx"


def _head(one: SectionChange) -> str:
    named = one.title or "(before the first heading)"
    title = named if one.id in ("", named) or one.id.startswith("h_") else f"{one.id}  {named}"
    old, new = one.status
    if one.status_changed:
        return f"{title}: {old or 'not there'} → {new or 'not there'}"
    return f"{title}: {new}" if new else title


def _short(text: str) -> str:
    line = safe(" | ".join(text.split("\t")))
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _side_value(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "checkpoint_size": side.checkpoint_size,
        "checkpoint_time": side.checkpoint_time,
        "content_digest": side.content_digest,
    }


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{name}: can't be read ({error.strerror})") from error
    if len(data) > _LARGEST:
        raise BadInput(f"{name}: more than {_LARGEST} bytes, no document of ours is")
    return data
