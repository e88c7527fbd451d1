"""Bundles on the command line: what is asked for, from options and documents, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.entries import find_entry
from cli.screen import safe
from ledger.errors import BadInput

if TYPE_CHECKING:
    from ledger import Ledger
    from ledger.bundle import Bundled

_MAX_BYTES: Final = 64 << 20
Citations = tuple[tuple[tuple[int, str], ...], int]
"""(entry, beginning of its leaf hash) of what a document cites, and the size of the checkpoint it shows."""


def named_entries(ledger: Ledger, names: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """The entries that ``--entry`` names, each an index, a citation or the beginning of a statement digest.

    Raises:
        BadInput, ProofError: if one is not there, or another than was cited.
    """
    return tuple((find_entry(ledger, name).index, "") for name in names)


def read_citations(file: Path, origin: str) -> Citations:
    """What a document cites: a Word file of ours, or what `aims docs build --json` printed.

    Raises:
        BadInput: if it can't be read, is neither, cites nothing, or is about another ledger.
    """
    from ledger.strictjson import parse_strict

    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(f"citations {file}: can't be read ({error.strerror})") from error
    if data.startswith(b"PK"):
        ledger, size, cited = _of_word_file(file, data)
    else:
        ledger, size, cited = _of_listing(file, parse_strict(data, f"citations {file}", max_bytes=_MAX_BYTES))
    if ledger != origin:
        raise BadInput(f"citations {file}: from ledger {ledger}, expected {origin}")
    if not cited:
        raise BadInput(f"citations {file}: no entry is cited")
    return tuple(sorted(cited.items())), size


def _of_word_file(file: Path, data: bytes) -> tuple[str, int, dict[int, str]]:
    from docgen.errors import DocgenError
    from docgen.word.carrier import find_carrier

    try:
        carried = find_carrier(data)
        if carried is None:
            raise BadInput(
                f"citations {file}: a Word file that carries no evidence, expected one 'aims docs build' made"
            )
        # All of the document's, not those of its slots alone: most citations are in tables that no slot holds.
        cited = {int(index): str(begins) for index, begins in carried["cited"]}
        return str(carried["ledger"]), int(carried["checkpoint"]["size"]), cited
    except (DocgenError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"citations {file}: its list of evidence is damaged ({error})") from error


def _of_listing(file: Path, members: Any) -> tuple[str, int, dict[int, str]]:
    try:
        cited, size = members["cited"], members["checkpoint_size"]
        if all(type(number) is int for number in (size, *cited)):
            return str(members["origin"]), size, dict.fromkeys(cited, "")
    except (KeyError, TypeError):
        pass
    raise BadInput(f"citations {file}: expected a Word file of ours, or what 'aims docs build --json' prints")


def bundled_value(bundled: Bundled) -> dict[str, Any]:
    """What was written, as JSON members."""
    return {
        "file": str(bundled.path),
        "bytes": bundled.file_size,
        "sha256": bundled.digest,
        "origin": bundled.origin,
        "size": bundled.size,
        "root": bundled.root.hex(),
        "cosigners": bundled.cosigners,
        "entries": bundled.entries,
        "context": bundled.context,
        "complete": {name: [run.first_nth, run.last_nth] for name, run in bundled.complete.items()},
        "attachments": bundled.attachments,
        "withheld_attachments": bundled.withheld_attachments,
        "withheld_values": bundled.withheld_values,
        "later_entries": bundled.after,
    }


def bundled_lines(bundled: Bundled) -> list[str]:
    """What was written, as lines for a person."""
    lines = [
        f"{bundled.path}  {bundled.file_size} bytes  SHA-256 {bundled.digest}",
        f"{bundled.entries} entries and {bundled.context} that those need, under the checkpoint of size {bundled.size}",
    ]
    for subject, run in bundled.complete.items():
        lines.append(f"complete: {safe(subject)}, its entries numbered {run.first_nth} to {run.last_nth}")
    if bundled.withheld_values or bundled.withheld_attachments:
        values, files = bundled.withheld_values, bundled.withheld_attachments
        lines.append(f"not in it: {values} personal value(s), {files} attached file(s)")
    return lines


def bundled_hints(bundled: Bundled) -> list[str]:
    """What the maker may want to do about it."""
    hints = []
    if not bundled.cosigners:
        hints.append("no witness has cosigned this checkpoint; 'aims anchor' asks them, before a bundle is made")
    if bundled.after:
        hints.append(f"{bundled.after} later entries are not under this checkpoint and so not in the bundle")
    return hints
