"""Bundles taken apart, changed and put together again as if they had been made that way."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.bundle import verify_bundle
from ledger.bundle.packing import ContainerWriter
from ledger.strictjson import canonical
from ledger.trust import TrustPolicy
from ledger.verdicts import Report

Findings = set[tuple[str, str]]


@dataclass(slots=True)
class Parts:
    """The members of a bundle and its manifest."""

    files: dict[str, bytes]
    manifest: dict[str, Any]

    @classmethod
    def of(cls, path: Path) -> Parts:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        return cls(files, json.loads(files.pop("bundle.json")))

    @property
    def carried(self) -> list[int]:
        return sorted([*self.manifest["entries"], *self.manifest["context"]])

    def leaf(self, index: int) -> dict[str, Any]:
        """The members of a carried leaf."""
        found: dict[str, Any] = json.loads(self.files["leaves.jsonl"].split(b"\n")[self.carried.index(index)])
        return found

    def replace_leaf(self, index: int, leaf: dict[str, Any] | bytes | None) -> None:
        """Another leaf in the place of one, or none at all, in the manifest either."""
        lines, carried = self.files["leaves.jsonl"].split(b"\n"), self.carried
        at = carried.index(index)
        if leaf is None:
            del lines[at]
            for name in ("entries", "context"):
                self.manifest[name] = [i for i in self.manifest[name] if i != index]
        else:
            lines[at] = leaf if isinstance(leaf, bytes) else canonical(leaf)
        self.files["leaves.jsonl"] = b"\n".join(lines)

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.files[name].splitlines()]

    def replace_lines(self, name: str, lines: list[Any]) -> None:
        self.files[name] = b"".join(canonical(line) + b"\n" for line in lines)

    def write(self, target: Path, *, describe: bool = True) -> Path:
        """The zip; with `describe` the manifest tells what the files now are."""
        if describe:
            self.manifest["files"] = {
                name: {"bytes": len(data), "sha256": sha256(data).hexdigest()} for name, data in self.files.items()
            }
        with io.BytesIO() as handle:
            writer = ContainerWriter(handle)
            writer.add("bundle.json", canonical(self.manifest) + b"\n")
            for name, data in sorted(self.files.items()):
                writer.add(name, data)
            writer.finish()
            target.write_bytes(handle.getvalue())
        return target


def findings(report: Report) -> Findings:
    """(verdict, place) of everything found."""
    return {(f.verdict.value, str(f.place)) for f in report.findings}


def spoiled(
    path: Path, target: Path, trust: TrustPolicy | None, change: Callable[[Parts], None], *, describe: bool = True
) -> tuple[Findings, Report]:
    """What is found more in a bundle after `change` than before."""
    before = findings(verify_bundle(path, trust))
    parts = Parts.of(path)
    change(parts)
    report = verify_bundle(parts.write(target, describe=describe), trust)
    return findings(report) - before, report
