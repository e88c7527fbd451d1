"""A bundle file read into memory, but for its attachments, after the rules of its container and manifest held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.bundle.container import Container, open_container
from ledger.bundle.leaves import MAX_LINE, Lines
from ledger.bundle.manifest import (
    CHECKPOINT,
    DISCLOSURES,
    HISTORY,
    LEAVES,
    MANIFEST,
    MAX_DISCLOSURES,
    MAX_HISTORY_LINES,
    PROOF,
    REQUIRED,
    TIMESTAMPS,
    File,
    Manifest,
    parse_manifest,
)
from ledger.errors import FormatError
from ledger.verdicts import LEDGER_WIDE, Verdict
from ledger.verifying.findings import Findings

_READ: Final = (PROOF, CHECKPOINT, HISTORY, DISCLOSURES)
_MOST_LINES: Final = {HISTORY: MAX_HISTORY_LINES, DISCLOSURES: MAX_DISCLOSURES}


@dataclass(slots=True)
class FoundOnce:
    """Findings as a set: what is found twice at one place is told once."""

    findings: Findings = field(default_factory=Findings)
    _told: set[tuple[Verdict, int, str]] = field(default_factory=set)

    def add(self, verdict: Verdict, place: int | str, detail: str) -> None:
        """Note a finding at an entry (its index) or at what the word names."""
        index, what = (place, "") if isinstance(place, int) else (LEDGER_WIDE, place)
        if (verdict, index, what) not in self._told:
            self._told.add((verdict, index, what))
            self.findings.add(verdict, index, detail, what)


@dataclass(frozen=True, slots=True)
class Contents:
    """The manifest, what the members really are by name, the leaves, and the bytes of others that are judged."""

    manifest: Manifest
    files: Mapping[str, File]
    leaves: Lines
    data: Mapping[str, bytes]

    def get(self, name: str) -> bytes:
        """The bytes of a member; none if it may be left out and was."""
        return self.data.get(name, b"")


def read_contents(path: Path) -> Contents:
    """What the bundle at `path` holds; every member was unpacked and has the size and CRC of its header.

    Raises:
        BadInput: it can't be read.
        FormatError: it breaks a rule of the container or of `bundle.json`.
    """
    with open_container(path) as container:
        manifest = parse_manifest(container.read(MANIFEST))
        names = container.members.keys() - {MANIFEST}
        _check_names(names, manifest)
        leaves = _leaves(container, manifest)
        data: dict[str, bytes] = {}
        files: dict[str, File] = {}
        for name in sorted(names):
            if name in _READ or name.startswith(TIMESTAMPS):
                data[name] = container.read(name)
                _check_lines(name, data[name])
                files[name] = File(len(data[name]), sha256(data[name]).hexdigest())
            else:
                files[name] = File(*container.measure(name, leaves.take if name == LEAVES else len))
    return Contents(manifest, files, leaves, data)


def check_files(contents: Contents, told: FoundOnce) -> None:
    """Compare every member with what the manifest says of it."""
    for name, expected in sorted(contents.manifest.files.items()):
        found = contents.files[name]
        if found != expected:
            detail = (
                f"it has {found.size} bytes with SHA-256 {found.digest[:16]}, the manifest says {expected.size} with "
            )
            told.add(Verdict.ALTERED, f"file {name}", detail + expected.digest[:16])


def _leaves(container: Container, manifest: Manifest) -> Lines:
    size, most = container.members[LEAVES].size, len(manifest.carried) * MAX_LINE
    if size > most:
        raise FormatError(f"zip: {LEAVES}", f"{size} bytes", f"at most {most}, for as many entries as are carried")
    return Lines(manifest.origin, manifest.carried)


def _check_lines(name: str, data: bytes) -> None:
    most = _MOST_LINES.get(name)
    if most is not None and (count := data.count(b"\n")) > most:
        raise FormatError(name, f"{count} lines", f"at most {most}")


def _check_names(names: set[str], manifest: Manifest) -> None:
    listed = set(manifest.files)
    if names != listed:
        found: Sequence[str] = sorted(names ^ listed)
        expected = "the zip to hold what the manifest lists, and nothing else"
        raise FormatError("bundle", f"{', '.join(found[:3])} in one of zip and manifest only", expected)
    for name in REQUIRED:
        if name not in names:
            raise FormatError("bundle", f"no {name}", f"{', '.join(REQUIRED)}")
