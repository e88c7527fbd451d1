"""Turns a finished run into the recorded story that `aims demo` replays: plain data, no keys, no digests of statements.

Usage: python examples/credit_scoring/record_story.py RUN [--to DIR]      (RUN is the --out folder of run.py)

Each line of ``story.jsonl`` is one entry with its values in clear. Where a value is the digest of an earlier
statement, the line says ``entry:N`` instead, because a replay has new keys and so other digests.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from bank import HERE, SYSTEM
from holders import BANK, HOLDERS, ORIGIN

from ledger import Entry, Ledger

LARGEST = 100_000  # bytes of an attached file; the story travels in every wheel
NOTICE = (
    "EXAMPLE. The bank, its people and its documents are invented. The 1,000 applications are real "
    "(Statlog German Credit Data, 1973 to 1975); every number was computed from them when the story was "
    "recorded. Customer numbers are invented."
)


def story_line(entry: Entry, numbers: Mapping[str, int], chapter: str | None) -> dict[str, Any]:
    """One line of the story; `numbers` maps statement digests of the entries before to their numbers.

    Raises:
        ValueError: for an entry whose values are no longer all there, or whose signer is nobody of the story.
    """
    if entry.erased:
        raise ValueError(f"entry {entry.index}: values are missing, expected a run without erasures")
    names = {holder.principal: name for name, holder in HOLDERS.items()}
    signers = sorted((names[s.principal] for s in entry.signers), key=lambda n: HOLDERS[n].source != entry.source)
    line: dict[str, Any] = {"n": entry.index, "kind": entry.kind, "subject": entry.subject, "time": entry.time}
    line |= {"signers": signers, "source": entry.source}
    if chapter:
        line["chapter"] = chapter
    if entry.kind == "key":
        line["enrols"] = names[entry.data["principal"]]
    elif entry.kind != "ledger":
        line["data"] = _with_numbers(entry.data, numbers)
    return line


def attached_files(entries: Sequence[Entry]) -> dict[str, str]:
    """The digest of every attached file, by its name in the story.

    Raises:
        ValueError: if two different files have the same name.
    """
    found: dict[str, str] = {}
    for entry in entries:
        for artefact in entry.data.get("artefacts", ()):
            if (
                artefact.get("attached")
                and found.setdefault(artefact["name"], artefact["digest"]) != artefact["digest"]
            ):
                raise ValueError(f"{artefact['name']}: two different files of that name")
    return found


def write_story(run: Path, target: Path) -> int:
    """Write the story of a run to `target`, replacing an earlier one; the number of its entries."""
    chapters = {start: title for title, start in json.loads((run / "chapters.json").read_text(encoding="utf-8"))}
    with Ledger.open(run / "ledger" / "ledger.db", read_only=True, state=run / "state") as ledger:
        entries = list(ledger.entries())
    shutil.rmtree(target / "files", ignore_errors=True)
    (target / "files").mkdir(parents=True)
    numbers: dict[str, int] = {}
    lines = []
    for entry in entries:
        lines.append(
            json.dumps(story_line(entry, numbers, chapters.get(entry.index)), sort_keys=True, ensure_ascii=False)
        )
        numbers[entry.statement] = entry.index
    (target / "story.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for name, digest in attached_files(entries).items():
        content = (run / "files" / name).read_bytes()
        if sha256(content).hexdigest() != digest or len(content) > LARGEST:
            raise ValueError(f"{name}: is not the file that was attached, or larger than {LARGEST} bytes")
        (target / "files" / name).write_bytes(content)
    shutil.copyfile(HERE / "data" / "README.md", target / "NOTICE.md")
    manifest = _manifest(entries, target)
    (target / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8", newline="\n")
    return len(entries)


def _with_numbers(value: Any, numbers: Mapping[str, int]) -> Any:
    """`value` with every statement digest replaced by ``entry:N``."""
    if isinstance(value, Mapping):
        return {name: _with_numbers(item, numbers) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_numbers(item, numbers) for item in value]
    return f"entry:{numbers[value]}" if isinstance(value, str) and value in numbers else value


def _manifest(entries: Sequence[Entry], target: Path) -> dict[str, Any]:
    files = sorted(p for p in target.rglob("*") if p.is_file() and p.name != "MANIFEST.json")
    return {
        "format": 1,
        "title": "A credit scorecard, from the training run to two Word documents",
        "recorded": entries[-1].recorded,
        "tool": f"aims-ledger {installed('aims-ledger')}",
        "organisation": BANK,
        "founder": BANK,
        "origin_base": ORIGIN,
        "subject": SYSTEM,
        "versions": ["1.0", "1.1"],
        "entries": len(entries),
        "licence": "Statlog data: DbCL 1.0, see NOTICE.md; everything else: Apache-2.0",
        "notice": NOTICE,
        "policy": entries[0].data["policy"],
        "holders": {
            name: {
                "principal": holder.principal,
                **({"principal_name": holder.name} if holder.name else {}),
                "roles": list(holder.roles),
                "sources": [holder.source],
            }
            for name, holder in HOLDERS.items()
        },
        "files": {
            p.relative_to(target).as_posix(): {"sha256": sha256(p.read_bytes()).hexdigest(), "size": p.stat().st_size}
            for p in files
        },
    }


def main() -> None:
    """Record the story of a run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN", help="the --out folder of a finished run")
    parser.add_argument("--to", type=Path, default=HERE.parents[1] / "cli" / "story", metavar="DIR")
    arguments = parser.parse_args()
    count = write_story(arguments.run, arguments.to)
    print(f"{count} entries written to {arguments.to}")


if __name__ == "__main__":
    main()
