"""Replaying a recorded story: the same entries in a fresh ledger, signed by fresh keys.

The story is package data in ``cli/story``: ``MANIFEST.json`` (holders, policy, digests of the other files),
``story.jsonl`` (one entry a line; ``entry:N`` stands for the statement digest of entry N), and ``files/`` (the
attachments). Every holder gets a key of their own, which lives in memory and is thrown away: what was replayed
can be read and verified afterwards, not continued.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.errors import BadInput

if TYPE_CHECKING:
    from ledger import Batch, Ed25519Signer, Ledger

FORMAT: Final = 1
_BATCH: Final = 64
_ENTRY: Final = re.compile(r"entry:(0|[1-9][0-9]{0,8})\Z", re.ASCII)

Progress = Callable[[str, int, int], None]
"""Called with (chapter, entries done, entries in all)."""


@dataclass(frozen=True, slots=True)
class Story:
    """A recorded story, its files checked against the manifest."""

    folder: Traversable
    manifest: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...]


def load_story(folder: Traversable | None = None) -> Story:
    """The story in `folder`, or the shipped one.

    Raises:
        BadInput: if a file is missing or is not the one that the manifest names.
    """
    folder = folder or files("cli").joinpath("story")
    manifest = json.loads(_read(folder, "MANIFEST.json"))
    if manifest.get("format") != FORMAT:
        raise BadInput(f"story: format {manifest.get('format')}, expected {FORMAT}")
    for name, expected in manifest["files"].items():
        found = sha256(_read(folder, name)).hexdigest()
        if found != expected["sha256"]:
            raise BadInput(
                f"story: {name} has SHA-256 {found[:16]}…, expected {expected['sha256'][:16]}…",
                remedy="install aims-ledger again",
            )
    lines = tuple(json.loads(line) for line in _read(folder, "story.jsonl").splitlines())
    return Story(folder, manifest, lines)


def replay(
    story: Story,
    database: Path,
    state: Path,
    progress: Progress | None = None,
    *,
    keys: Mapping[str, Ed25519Signer] | None = None,
    checkpoint_signer: Ed25519Signer | None = None,
) -> Ledger:
    """A new ledger at `database` with the story in it, open and checkpointed.

    `keys` of holders by name and `checkpoint_signer` are for who wants to go on after the story; all others are
    made here and thrown away.

    Raises:
        BadInput, StoreError: if it can't be made there.
    """
    from ledger import Ed25519Signer, Founder, create_ledger
    from ledger.policy import parse_policy

    manifest = story.manifest
    signers = {name: Ed25519Signer.generate() for name in manifest["holders"]} | dict(keys or {})
    founders = [
        Founder(signers[name], holder["principal"], tuple(holder["sources"]), tuple(holder["roles"]))
        for name, holder in manifest["holders"].items()
        if name in story.lines[0]["signers"]
    ]
    ledger = create_ledger(
        database,
        name=manifest["origin_base"],
        founder=manifest["founder"],
        admins=founders,
        checkpoint_signer=checkpoint_signer or Ed25519Signer.generate(),
        policy=parse_policy(manifest["policy"]) if "policy" in manifest else None,
        state=state,
    )
    _Replay(story, ledger, signers).run(progress)
    return ledger


class _Replay:
    """One run; `digests[n]` is the statement digest of entry n in the new ledger."""

    def __init__(self, story: Story, ledger: Ledger, signers: Mapping[str, Ed25519Signer]) -> None:
        self._story, self._ledger, self._signers = story, ledger, signers
        self._digests = [ledger.entry(0).statement]

    def run(self, progress: Progress | None) -> None:
        total, chapter = len(self._story.lines), ""
        for batch_lines in _batches(self._story.lines[1:]):
            chapter = batch_lines[0].get("chapter") or chapter
            if progress:
                progress(chapter, len(self._digests), total)
            with self._ledger.batch() as batch:
                for line in batch_lines:
                    assert line["n"] == len(self._digests), "the story is in ledger order"
                    self._record(batch, line)
        if progress:
            progress("", total, total)

    def _record(self, batch: Batch, line: Mapping[str, Any]) -> None:
        data = self._enrolment(line["enrols"]) if "enrols" in line else self._body(line["data"])
        source = line.get("source") or self._story.manifest["holders"][line["signers"][0]]["sources"][0]
        pending = batch.record(
            data,
            kind=line["kind"],
            subject=line["subject"],
            source=source,
            time=datetime.fromisoformat(line["time"]),
            signers=[self._signers[name] for name in line["signers"]],
        )
        self._digests.append(pending.statement)

    def _enrolment(self, name: str) -> dict[str, Any]:
        from ledger.signing import key_id, key_members

        public_key, holder = self._signers[name].public_key, self._story.manifest["holders"][name]
        members = ("principal", "principal_name", "roles", "sources")
        return {
            "action": "enrolled",
            "keyid": key_id(public_key),
            **key_members(public_key),
            **{member: holder[member] for member in members if holder.get(member)},
        }

    def _body(self, data: Mapping[str, Any]) -> dict[str, Any]:
        body = self._resolved(data)
        assert isinstance(body, dict)
        if "artefacts" in body:
            body["artefacts"] = [self._attached(item) if item.get("attached") else item for item in body["artefacts"]]
        return body

    def _attached(self, item: dict[str, Any]) -> dict[str, Any]:
        with as_file(self._story.folder.joinpath("files", item["name"])) as file:
            artefact = self._ledger.attach(
                file, role=item["role"], media_type=item.get("media_type"), personal=item.get("salted", False)
            )
        return artefact.model_dump(exclude_none=True)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, str):
            match = _ENTRY.match(value)
            return self._digests[int(match[1])] if match else value
        if isinstance(value, dict):
            return {name: self._resolved(item) for name, item in value.items()}
        return [self._resolved(item) for item in value] if isinstance(value, list) else value


def _batches(lines: tuple[Mapping[str, Any], ...]) -> Iterator[list[Mapping[str, Any]]]:
    """The lines in pieces of at most 64; a new chapter and an enrolment begin a new one."""
    piece: list[Mapping[str, Any]] = []
    for line in lines:
        if piece and (len(piece) == _BATCH or "chapter" in line or "enrols" in line or "enrols" in piece[-1]):
            yield piece
            piece = []
        piece.append(line)
    if piece:
        yield piece


def _read(folder: Traversable, name: str) -> bytes:
    try:
        return folder.joinpath(*name.split("/")).read_bytes()
    except OSError as error:
        raise BadInput(f"story: {name} is missing", remedy="install aims-ledger again") from error
