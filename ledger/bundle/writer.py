"""Making a bundle: select, read, prove, and write one zip, the same bytes for the same ledger and request."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.authority import Authority
from ledger.batches import batches
from ledger.bundle.attachments import Attachment, attachments_of
from ledger.bundle.container import ContainerWriter
from ledger.bundle.history import Anchored, choose_anchored
from ledger.bundle.lines import HistoryLine, format_disclosures, format_history_line, join_lines
from ledger.bundle.manifest import (
    ATTACHMENTS,
    CHECKPOINT,
    DISCLOSURES,
    HISTORY,
    LEAVES,
    MANIFEST,
    PROOF,
    SCHEMAS,
    TIMESTAMPS,
    File,
    Manifest,
    format_manifest,
)
from ledger.bundle.multiproof import prove_leaves, root_of_leaves
from ledger.bundle.pages import Told, format_index, format_readme, format_scope
from ledger.bundle.selection import Request, Selection, select
from ledger.checkpoint import Checkpoint, verify_checkpoint
from ledger.errors import BadInput, Damaged, ProofError, Refused, StoreError
from ledger.kinds import KINDS, schema_bytes
from ledger.merkle import NodeReader, prove_consistency
from ledger.note import parse_note
from ledger.store import index
from ledger.store import tables as t
from ledger.store.append import read_head
from ledger.store.backend import Backend
from ledger.store.blobs import Blobs
from ledger.store.checkpoints import newest_checkpoint
from ledger.store.proofs import checkpoint_of, open_reader
from ledger.store.read import load_authority

_VERIFIERS: Final = ("verify.py", "verify.html")
_NO_CHECKPOINT: Final = "sign one with 'aims checkpoint'"


@dataclass(frozen=True, slots=True)
class Bundled:
    """What was written: entries in scope and carried besides, under which checkpoint, and what was left out."""

    path: Path
    file_size: int
    digest: str
    size: int
    root: bytes
    entries: int
    context: int
    cosigners: int
    attachments: int
    withheld_attachments: int
    withheld_values: int
    after: int  # entries of the ledger that the checkpoint does not cover


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Everything of a bundle but its attachments, read in one transaction."""

    manifest_parts: tuple[Selection, Checkpoint]
    members: Mapping[str, bytes]
    attachments: tuple[Attachment, ...]
    told: Told


def write_bundle(backend: Backend, request: Request, target: Path) -> Bundled:
    """Write what `request` selects to the file `target`, which is there whole or not at all.

    Raises:
        BadInput: nothing matches, an entry is not there, or it is too much for one bundle.
        ProofError: a cited entry has another leaf hash.
        Refused, StoreError: there is no checkpoint to stand on, or the file can't be written.
        Damaged: the ledger is not what it says; verify it.
    """
    blobs = Blobs(backend.blob_folder)
    with backend.reading("bundling") as connection:
        gathered = _gather(connection, blobs, request)
    selection, checkpoint = gathered.manifest_parts
    sizes = {f"{ATTACHMENTS}{a.digest}": File(a.file_size, a.digest) for a in gathered.attachments if a.included}
    described = {name: File(len(data), sha256(data).hexdigest()) for name, data in gathered.members.items()}
    manifest = Manifest(
        checkpoint.origin, checkpoint.size, checkpoint.root, selection.entries, selection.context, selection.scope,
        {**described, **sizes},
    )  # fmt: skip
    digest = _write(target, {MANIFEST: format_manifest(manifest), **gathered.members}, gathered.attachments, blobs)
    told = gathered.told
    return Bundled(
        path=target, file_size=target.stat().st_size, digest=digest, size=checkpoint.size, root=checkpoint.root,
        entries=len(selection.entries), context=len(selection.context), cosigners=told.cosigners,
        attachments=len(sizes), withheld_attachments=len(told.withheld), withheld_values=told.values_withheld,
        after=told.after,
    )  # fmt: skip


def _gather(connection: sa.Connection, blobs: Blobs, request: Request) -> _Gathered:
    head = read_head(connection)
    if head is None:
        raise StoreError("bundle: the ledger has no head row", remedy="'aims verify' says what is missing")
    indexed = index.indexed(connection)
    authority = load_authority(connection, head.size, indexed)
    note = _note(connection, request)
    checkpoint = verify_checkpoint(note, authority.verifier_keys()).checkpoint
    selection = select(connection, request, checkpoint.size, indexed)
    reader = open_reader(connection, checkpoint.size)
    carried = sorted(selection.carried)
    proof = prove_leaves(carried, checkpoint.size, reader)
    _check_root(selection, carried, checkpoint, proof)
    anchored = choose_anchored(connection, checkpoint, note, carried)
    disclosures = _disclosures(connection, carried) if request.disclose else []
    attachments = attachments_of(selection, blobs, include=request.attachments, personal=request.disclose)
    members = {
        LEAVES: join_lines(selection.carried[i].raw for i in carried),
        PROOF: proof,
        CHECKPOINT: note,
        **_history(anchored, checkpoint, reader),
        DISCLOSURES: format_disclosures(disclosures),
        **_schemas(selection),
        **{name: _verifier(name) for name in _VERIFIERS},
    }
    told = _told(selection, authority, checkpoint, note, anchored, disclosures, attachments, head.size)
    members |= {
        "index.html": format_index(selection, told),
        "scope.txt": format_scope(selection, told),
        "README.txt": format_readme(told),
    }
    included = tuple(a for a in attachments if a.included)
    return _Gathered((selection, checkpoint), dict(sorted(members.items())), included, told)


def _note(connection: sa.Connection, request: Request) -> bytes:
    """The note to stand on: of the size asked for, else the newest that witnesses cosigned, else the newest."""
    if request.checkpoint is not None:
        note = checkpoint_of(connection, request.checkpoint)
        if note is None:
            raise BadInput(
                f"checkpoint: none of size {request.checkpoint} is stored", remedy="'aims checkpoint list' has them"
            )
        return note
    newest = newest_checkpoint(connection)
    if newest is None:
        raise Refused("no checkpoint", "bundle: the ledger has no signed checkpoint", remedy=_NO_CHECKPOINT)
    return checkpoint_of(connection, int(parse_note(newest).text.split("\n")[1])) or newest


def _check_root(selection: Selection, carried: Sequence[int], checkpoint: Checkpoint, proof: bytes) -> None:
    """Refuse to hand out what would not verify."""
    hashes = [selection.carried[index].hash for index in carried]
    try:
        root = root_of_leaves(carried, hashes, checkpoint.size, proof)
    except ProofError as error:
        raise AssertionError("a proof made here does not read back") from error
    if root != checkpoint.root:
        raise Damaged(
            f"bundle: entries and tiles lead to root {root.hex()[:16]}, the checkpoint says {checkpoint.root.hex()[:16]}",
            remedy="'aims verify' says which of them was changed",
        )


def _history(anchored: Sequence[Anchored], checkpoint: Checkpoint, reader: NodeReader) -> dict[str, bytes]:
    stamps: dict[str, bytes] = {}
    lines = []
    for older in anchored:
        names = []
        for token in older.tokens:
            names.append(f"{TIMESTAMPS}{len(stamps)}.tsr")
            stamps[names[-1]] = token
        same = older.size == checkpoint.size
        proof = () if same else prove_consistency(older.size, checkpoint.size, reader)
        lines.append(format_history_line(HistoryLine(older.note, proof, tuple(names))))
    return {HISTORY: join_lines(lines), **stamps}


def _disclosures(connection: sa.Connection, carried: Sequence[int]) -> list[tuple[int, str]]:
    c = t.disclosure.c
    return [
        (idx, text)
        for part in batches(carried, 500)
        for idx, text in connection.execute(sa.select(c.idx, c.text).where(c.idx.in_(part)))
    ]


def _schemas(selection: Selection) -> dict[str, bytes]:
    kinds = {entry.statement.kind for entry in selection.carried.values()}
    return {f"{SCHEMAS}{kind}.v1.json": schema_bytes(kind) for kind in kinds if kind in KINDS}


def _verifier(name: str) -> bytes:
    return files("ledger.bundle").joinpath("offline", name).read_bytes()


def _told(
    selection: Selection,
    authority: Authority,
    checkpoint: Checkpoint,
    note: bytes,
    anchored: Sequence[Anchored],
    disclosures: Iterable[tuple[int, str]],
    attachments: Sequence[Attachment],
    size: int,
) -> Told:
    """What the pages for people say beyond the entries themselves."""
    vkeys = {(k.vkey.name, k.vkey.key_id) for k in authority.checkpoint_keys}
    lines = parse_note(note).signatures
    return Told(
        authority=authority,
        checkpoint=checkpoint,
        cosigners=sum((line.name, line.key_id) not in vkeys for line in lines),
        tokens=sum(len(a.tokens) for a in anchored),
        older=sum(a.size < checkpoint.size for a in anchored),
        disclosed=frozenset(index for index, _ in disclosures),
        values_withheld=_values_withheld(selection, disclosures),
        included=tuple(a for a in attachments if a.included),
        withheld=tuple(a for a in attachments if not a.included),
        after=size - checkpoint.size,
    )


def _values_withheld(selection: Selection, disclosures: Iterable[tuple[int, str]]) -> int:
    given: dict[int, int] = {}
    for place, _ in disclosures:
        given[place] = given.get(place, 0) + 1
    entries = (selection.carried[place] for place in selection.entries)
    return sum(max(0, _digests(entry.statement.data) - given.get(entry.index, 0)) for entry in entries)


def _digests(value: object) -> int:
    """How many erasable members are digests in this value."""
    if isinstance(value, dict):
        own = value.get("_sd")
        return (len(own) if isinstance(own, list) else 0) + sum(map(_digests, value.values()))
    return sum(map(_digests, value)) if isinstance(value, list) else 0


def _write(target: Path, members: Mapping[str, bytes], attachments: Sequence[Attachment], blobs: Blobs) -> str:
    """Write the zip beside `target` and put it in its place; returns its hex SHA-256."""
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as handle:
            writer = ContainerWriter(handle)
            writer.add(MANIFEST, members[MANIFEST])
            pieces = {f"{ATTACHMENTS}{a.digest}": a for a in attachments}
            for name in sorted({*members, *pieces} - {MANIFEST}):
                if name in pieces:
                    _copy(writer, name, pieces[name], blobs)
                else:
                    writer.add(name, members[name])
            writer.finish()
            handle.flush()
            os.fsync(handle.fileno())
        digest = sha256()
        with temporary.open("rb") as written:
            while chunk := written.read(1 << 20):
                digest.update(chunk)
        temporary.replace(target)
    except OSError as error:
        raise StoreError(
            f"bundle {target.name}: can't be written ({error.strerror})", remedy="check free space and permissions"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return digest.hexdigest()


def _copy(writer: ContainerWriter, name: str, attachment: Attachment, blobs: Blobs) -> None:
    with blobs.open(attachment.digest) as source:
        found = writer.add_file(name, attachment.file_size, source)
    if found != attachment.digest:
        raise Damaged(
            f"attachment {attachment.digest[:16]}: its bytes have digest {found[:16]}",
            remedy="'aims verify' tells; leave the attachments out, or restore it from a backup",
        )
