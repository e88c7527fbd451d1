"""What `aims demo` does, step by step, in a folder of its own with its own memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.demo import Progress, load_story, replay
from cli.project import FILE
from cli.screen import note, out, safe
from ledger.errors import BadInput, ProofError

if TYPE_CHECKING:
    from ledger import Ledger

DOCUMENTS: Final = ("technical-documentation", "statement-of-applicability")
MARKING: Final = "EXAMPLE"


def demonstrate(folder: Path) -> None:
    """Replay, verify, build, tamper with a copy, and say what came out.

    Raises:
        BadInput: if the folder has something in it already.
        ProofError: if what should be sound is not, or what should be found is not.
    """
    story = load_story()
    _make(folder)
    database, state = folder / "evidence.db", folder / "state"
    note(story.manifest["notice"])
    with _progress() as progress:
        ledger = replay(story, database, state, progress)
    subject, version = story.manifest["subject"], story.manifest["versions"][-1]
    (folder / FILE).write_text(
        f'ledger = "evidence.db"\nstate = "state"\nsystem = "{subject}@{version}"\n', encoding="utf-8"
    )
    out(f"ledger      {safe(database)}: {ledger.size} entries of {safe(ledger.origin)}")
    _verify(database, state)
    _build(ledger, folder, f"{subject}@{version}")
    _show_leaf(ledger)
    _tamper(ledger, folder, state)
    out(f"look around: cd {safe(folder)} && aims log")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadInput(f"{folder}: is not empty", remedy="give a new folder: aims demo -o FOLDER")
    except OSError as error:
        raise BadInput(f"{folder}: can't be made ({error.strerror})", remedy="give another one with -o") from error


def _verify(database: Path, state: Path) -> None:
    from ledger import verify_ledger

    report = verify_ledger(database, state=state)
    if report.exit_code:
        raise ProofError(f"the replayed ledger: {report.summary}")
    out(f"verified    {report.summary}: {report.size} entries, root {report.root.hex()[:16]}…")


def _build(ledger: Ledger, folder: Path, system: str) -> None:
    from cli.documents import build_file, choose, summary_line

    for name in DOCUMENTS:
        note(f"building {name}")
        about = system if name == DOCUMENTS[0] else None
        path, built = build_file(ledger, choose(ledger, name, None, about), folder, marking=MARKING)
        out(f"document    {safe(path)}: {summary_line(built.summary, built.unit)}")


def _show_leaf(ledger: Ledger) -> None:
    from cli.tampering import sha256sum

    place = _chosen(ledger)
    entry = ledger.entry(place)
    digest, program = sha256sum(ledger.leaf(place))
    if digest != entry.leaf_hash.hex():
        raise ProofError(f"entry {place}: {program} gives {digest}, expected {entry.leaf_hash.hex()}")
    out(f"leaf {place:<6} {digest} by {program}, as recorded")


def _tamper(ledger: Ledger, folder: Path, state: Path) -> None:
    from cli.tampering import tampered_copy, verify_copy

    place, copy = _chosen(ledger), folder / "tampered-copy.db"
    offset, _ = tampered_copy(ledger, place, copy)
    report = verify_copy(copy, state)
    found = next((finding for finding in report.findings if finding.place.index == place), None)
    if found is None:
        raise ProofError(f"byte {offset} of {copy} was changed in entry {place}, and verification did not find it")
    out(f"tampered    byte {offset} of {safe(copy)} changed: {safe(found)}")


def _chosen(ledger: Ledger) -> int:
    """The first evaluation: the entry somebody would most like to change."""
    first = next(ledger.entries(kinds=["evaluation"], limit=1), None)
    return first.index if first else ledger.size // 2


@contextmanager
def _progress() -> Iterator[Progress]:
    """Draws a bar on a terminal; elsewhere names each chapter on stderr once."""
    if sys.stderr.isatty():
        with click.progressbar(length=1, label="replaying", file=sys.stderr, show_pos=True) as bar:

            def draw(chapter: str, done: int, total: int) -> None:
                bar.length, bar.label = total, safe(chapter)[:40].ljust(40)
                bar.update(done - bar.pos)

            yield draw
        return
    named: set[str] = set()

    def name(chapter: str, done: int, total: int) -> None:
        if chapter not in named:
            named.add(chapter)
            note(f"{done}/{total} {chapter}".rstrip())

    yield name
