"""Making a bundle: select, read, prove, and write one zip, the same bytes for the same ledger and request."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.batches import batches
from ledger.bundle.attachments import Attachment, attachments_of
from ledger.bundle.facts import Facts, facts_of
from ledger.bundle.history import Anchored, choose_anchored, last_signed
from ledger.bundle.lines import HistoryLine, format_disclosures, format_history_line, join_lines
from ledger.bundle.manifest import (
    ATTACHMENTS,
    CHECKPOINT,
    DISCLOSURES,
    HISTORY,
    LEAVES,
    MANIFEST,
    MAX_DISCLOSURES,
    MAX_HISTORY_LINES,
    PROOF,
    SCHEMAS,
    TIMESTAMPS,
    File,
    Manifest,
    Run,
    format_manifest,
)
from ledger.bundle.multiproof import prove_leaves, root_of_leaves
from ledger.bundle.packing import ContainerWriter
from ledger.bundle.pages import format_index, format_readme, format_scope
from ledger.bundle.request import Request
from ledger.bundle.selection import Selection, select
from ledger.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from ledger.errors import BadInput, Damaged, ProofError, Refused, StoreError
from ledger.kinds import KINDS, schema_bytes
from ledger.merkle import NodeReader, prove_consistency
from ledger.note import parse_note
from ledger.store import index
from ledger.store import tables as t
from ledger.store.backend import Backend
from ledger.store.blobs import Blobs
from ledger.store.checkpoints import newest_checkpoint
from ledger.store.heads import read_head
from ledger.store.proofs import checkpoint_of, open_reader
from ledger.store.read import load_authority

_VERIFIERS: Final = ("verify.py", "verify.html")
_SIGN: Final = "sign one with 'aims checkpoint'"


@dataclass(frozen=True, slots=True)
class Bundled:
    """What was written: entries in scope and carried besides, under which checkpoint, and what was left out."""

    path: Path
    file_size: int
    digest: str
    origin: str
    size: int
    root: bytes
    entries: int
    context: int
    cosigners: int
    attachments: int
    withheld_attachments: int
    withheld_values: int
    after: int  # entries of the ledger that the checkpoint does not cover
    complete: Mapping[str, Run]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Everything of a bundle but its attachments, read in one transaction."""

    manifest_parts: tuple[Selection, Checkpoint]
    members: Mapping[str, bytes]
    attachments: tuple[Attachment, ...]
    facts: Facts


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
    facts = gathered.facts
    return Bundled(
        path=target,
        file_size=target.stat().st_size,
        digest=digest,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        entries=len(selection.entries),
        context=len(selection.context),
        cosigners=facts.cosigners,
        attachments=len(sizes),
        withheld_attachments=len(facts.withheld),
        withheld_values=facts.values_withheld,
        after=facts.after,
        complete=selection.scope.complete,
    )


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
    handed_over = last_signed(connection, authority.checkpoint_keys, checkpoint.size)
    anchored = choose_anchored(connection, checkpoint, note, carried, {*request.older, *handed_over})
    disclosures = _disclosures(connection, carried) if request.disclose else []
    _check_count("disclosures", len(disclosures), MAX_DISCLOSURES)
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
    facts = facts_of(selection, authority, checkpoint, note, anchored, disclosures, attachments, head.size)
    members |= {
        "index.html": format_index(selection, facts),
        "scope.txt": format_scope(selection, facts),
        "README.txt": format_readme(facts),
    }
    included = tuple(a for a in attachments if a.included)
    return _Gathered((selection, checkpoint), dict(sorted(members.items())), included, facts)


def _note(connection: sa.Connection, request: Request) -> bytes:
    """The note to stand on: of the size asked for, else the newest.

    Not the newest that witnesses cosigned: a key reported stolen since then would seem safe.
    """
    size = request.checkpoint
    if size is None:
        newest = newest_checkpoint(connection)
        if newest is None:
            raise Refused("no checkpoint", "bundle: the ledger has no signed checkpoint", remedy=_SIGN)
        size = parse_checkpoint(parse_note(newest).text).size
    note = checkpoint_of(connection, size)
    if note is None:
        raise BadInput(f"checkpoint: none of size {size} is stored", remedy="'aims checkpoint list' has them")
    return note


def _check_root(selection: Selection, carried: Sequence[int], checkpoint: Checkpoint, proof: bytes) -> None:
    """Refuse to hand out what would not verify."""
    hashes = [selection.carried[index].hash for index in carried]
    try:
        root = root_of_leaves(carried, hashes, checkpoint.size, proof)
    except ProofError as error:
        raise AssertionError("a proof made here does not read back") from error
    if root != checkpoint.root:
        raise Damaged(
            f"bundle: the entries lead to root {root.hex()[:16]}, the checkpoint says {checkpoint.root.hex()[:16]}",
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
    _check_count("older checkpoints", len(lines), MAX_HISTORY_LINES)
    return {HISTORY: join_lines(lines), **stamps}


def _check_count(what: str, count: int, most: int) -> None:
    if count > most:
        raise BadInput(f"bundle: {count} {what}, its format holds {most}", remedy="ask for less")


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
