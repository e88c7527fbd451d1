"""`aims verify FILE.docx`: what a published document proves by itself."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.handed import policy_of
from cli.screen import out, out_json, safe
from cli.verifying import report_value
from ledger.errors import BadInput

if TYPE_CHECKING:
    from docgen.merging import Difference
    from docgen.proof import Proof
    from ledger.memory import Pin
    from ledger.trust import TrustPolicy

_MAX_BYTES: Final = 128 * 1024 * 1024
_SHOWN: Final = 40
_HEAD: Final = 2048
_MOST_PARTS: Final = 100


def is_document(path: str | None) -> bool:
    """Whether the path is a Word file with a custom XML part of ours; a bundle has none, and others' files neither."""
    try:
        if not path or not Path(path).is_file():
            return False
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.startswith("customXml/") and name.endswith(".xml")]
            return any(_is_ours(archive, name) for name in names[:_MOST_PARTS])
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return False


def _is_ours(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        head = part.read(_HEAD).replace(b"\0", b"")  # some programs write such parts as UTF-16
        return b"urn:aims-ledger:" in head


def verify_document(path: Path, trust: Pin | TrustPolicy | None, checkpoints: Sequence[bytes], *, as_json: bool) -> int:
    """The exit code of a Word file, after its verdict was shown.

    Raises:
        DocgenError: it is no document of ours, or one that is not opened. BadInput: it can't be read.
    """
    from docgen.proof import prove_document

    try:
        with path.open("rb") as handle:
            data = handle.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path}: can't be read ({error.strerror})") from error
    proof = prove_document(data, policy_of(trust), checkpoints=checkpoints)
    if as_json:
        out_json(proof_value(proof))
    else:
        for line in proof_lines(proof):
            out(line)
    return proof.exit_code


def proof_value(proof: Proof) -> dict[str, Any]:
    """What a document proves, as JSON members."""
    return {
        **report_value(proof.report),
        "outcome": proof.verdict,
        "exit_code": proof.exit_code,
        "sealed": proof.sealed,
        "as_published": proof.whole,
        "document": {
            "title": proof.title,
            "number": proof.number,
            "version": proof.version,
            "language": proof.language,
            "built_at": proof.built_at,
        },
        "publication": proof.publication or None,
        "approvals": list(proof.approvals),
        "cited": list(proof.cited),
        "sections": [
            {"heading": section.heading, "state": section.state, "edited": section.edited} for section in proof.sections
        ],
        "differences": [_difference_value(one) for one in proof.differences],
    }


def _difference_value(one: Difference) -> dict[str, Any]:
    return {"what": one.what, "heading": one.heading or None, "published": one.old or None, "found": one.new or None,
            "now": one.now or None}  # fmt: skip


def proof_lines(proof: Proof) -> Iterator[str]:
    """What a document proves, as lines for a person."""
    report = proof.report
    yield safe(
        f"{proof.title or 'document'} {proof.number} version {proof.version} ({proof.language}): {proof.verdict}"
    )
    if proof.sealed:
        yield safe(f"  published in {proof.publication or 'an entry that does not hold'}")
        yield safe(
            f"  built from {report.origin} at {proof.built_at} entries; sealed under a checkpoint of {report.size}"
        )
        yield safe(f"  {report.trust}, checked {report.checked_at}")
    for note in report.notes:
        yield safe(f"  {note}")
    for finding in report.findings[:_SHOWN]:
        yield safe(finding)
    if len(report.findings) > _SHOWN:
        yield f"… {len(report.findings) - _SHOWN} more findings; --json prints them"
    yield from _section_lines(proof)
    if proof.sealed:
        from docgen.proof.proving import PROVES, PROVES_NOT

        if proof.exit_code == 0:
            yield f"\n{PROVES}"
        yield PROVES_NOT


def _section_lines(proof: Proof) -> Iterator[str]:
    against = "as published" if proof.sealed else "as the file says it was built"
    same = [section for section in proof.sections if not section.edited]
    # Of a file that another program saved only words, tables and pictures are compared, not how they look.
    what = "sections read" if proof.whole or not proof.sealed else "sections have the words, tables and pictures"
    yield f"{len(same)} of {len(proof.sections)} {what} {against}:"
    for section in same:
        yield safe(f"  {section.heading}")
    if proof.differences:
        yield "edited since publication:" if proof.sealed else "edited since it was built:"
    for one in proof.differences[:_SHOWN]:
        under = f" under {one.heading!r}" if one.heading else ""
        now = f": now {_short(one.now)!r}" if one.now else (": gone" if one.old else "")
        yield safe(f"  {one.what}{under}{now}")
    if len(proof.differences) > _SHOWN:
        yield f"  … {len(proof.differences) - _SHOWN} more; --json prints them"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 120 else f"{flat[:119]}…"
