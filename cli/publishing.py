"""Publishing a document: the entry, the file that is kept, the checkpoint, and the sealed file, in that order."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.desk import (
    Desk,
    archived_file,
    built_view,
    find_version,
    head_view,
    lines_for,
    one_at_a_time,
    principal_of,
    today,
)
from cli.screen import note
from ledger.errors import AimsError, BadInput

if TYPE_CHECKING:
    from cli.opening import Appending
    from docgen.build import BuiltDocument
    from docgen.life import Life, Version
    from docgen.life.control import Control
    from ledger import Receipt, Signer

WORD_FILE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing: the entry, the built file, where the sealed one is (None: not written), and why not."""

    receipt: Receipt
    built: BuiltDocument
    version: str
    path: Path | None
    problem: str = ""


def publish(
    opened: Appending,
    desk: Desk,
    signers: Sequence[Signer],
    output: Path,
    *,
    change: str = "",
    marking: str = "",
    template: Path | None = None,
) -> Published:
    """Publish the approved content: append the entry, keep the file, sign a checkpoint, write the sealed file.

    The looks, and so a company's `template`, are no part of what was approved.

    Raises:
        DocgenError: it is not approved, can't be built, or the output can't be written. BadInput: the entry was
            refused. In each case nothing was appended.
    """
    from docgen.files import check_writable
    from docgen.life.steps import publication_body

    with one_at_a_time(desk.ledger):
        life = desk.life()
        built = _to_publish(desk, life, signers, marking)
        path = published_path(output, desk, life.next_version)
        check_writable(path)
        people = [principal_of(desk.ledger, signer) for signer in signers]
        control = _control(desk, life, change or str((life.pending and life.pending.data.get("change")) or ""), people)
        final = desk.build(built_view(desk, built), control, marking, template)
        kept = _keep(desk, path, final)
        body = publication_body(life, final, desk.wanted.pack, desk.rules, control, *kept)
        lines = lines_for(desk, signers)
        lines.add("publication", body)
        receipt = opened.append(lines.lines)[0]
        _check_counts(desk, life.next_version, receipt)
    return _write_sealed(desk, receipt, final, life.next_version, path)


def _check_counts(desk: Desk, number: str, receipt: Receipt) -> None:
    """Return if the entry is the one that published this version; the lock holds on one machine and path only.

    Raises:
        DocgenError: another one came first.
    """
    from docgen.errors import DocgenError

    version = desk.life().version(number)
    if version is None or version.entry.index != receipt.index:
        first = f"entry {version.entry.index} did" if version is not None else "nothing was"
        raise DocgenError(
            f"entry {receipt.index} did not publish version {number}: {first} before it", remedy="'aims docs status'"
        )


def _keep(desk: Desk, path: Path, final: BuiltDocument) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The files put into the ledger's folder, as members `files` and `artefacts` of a publication."""
    made = [("docx", path.name, WORD_FILE, final.data)]
    if final.twin is not None:
        made.append(("json", path.with_suffix(".json").name, "application/json", final.twin))
    files, artefacts = [], []
    for form, name, media_type, data in made:
        stored = desk.ledger.blobs.put(io.BytesIO(data))
        files.append({"format": form, "digest": stored.digest, "size": stored.size})
        artefacts.append(
            {
                "name": name[:300], "role": "published_document", "digest": stored.digest, "size": stored.size,
                "media_type": media_type, "attached": True,
            }
        )  # fmt: skip
    return files, artefacts


def _write_sealed(desk: Desk, receipt: Receipt, final: BuiltDocument, version: str, path: Path) -> Published:
    """The entry is durable by now: whatever fails is said, and can be made good by `aims docs seal`."""
    from docgen.files import replace_file
    from docgen.sealing import seal_document

    try:
        if final.twin is not None:
            replace_file(path.with_suffix(".json"), final.twin)
        replace_file(path, seal_document(desk.ledger, final.data, receipt.index))
    except AimsError as error:
        return Published(receipt, final, version, None, str(error))
    return Published(receipt, final, version, path)


def _to_publish(desk: Desk, life: Life, signers: Sequence[Signer], marking: str) -> BuiltDocument:
    """The content that may be published, built from its checkpoint.

    Raises:
        DocgenError: there is none.
    """
    from cli.documents import view
    from docgen.errors import DocgenError

    name = life.document
    if not desk.rules.approvals:
        return (
            desk.rebuild(life, marking) if life.pending is not None else desk.build(view(desk.ledger), marking=marking)
        )
    if life.pending is None:
        current = life.current
        is_out = f"version {current.version} is published, and nothing newer" if current else "nothing of it"
        raise DocgenError(
            f"document {name}: {is_out} is approved", remedy=f"'aims docs approve {name}' signs what is to be published"
        )
    publishers = {principal_of(desk.ledger, signer) for signer in signers}
    approvers = {signer.principal for one in life.approvals for signer in one.entry.signers}
    if not life.approved:
        who = ", ".join(sorted(approvers)) or "nobody"
        own = "; its author alone approved it" if life.uncounted else ""
        raise DocgenError(
            f"document {name}: approved by {who}, expected {desk.rules.approvals} who did not submit it{own}",
            remedy=f"another person signs with 'aims docs approve {name}'",
        )
    if not life.in_review and approvers <= publishers and not life.waived:
        raise DocgenError(
            f"document {name}: approved by {', '.join(sorted(approvers))} alone, who would publish it too",
            remedy="another person publishes or approves it, unless the ledger's policy waives that",
        )
    return desk.rebuild(life, marking)


def _control(desk: Desk, life: Life, change: str, people: Sequence[str]) -> Control:
    from docgen.labels import Labels
    from docgen.life.control import publish_control, signer_names
    from docgen.life.rules import document_settings

    view = head_view(desk.ledger)
    settings = document_settings(view, desk.wanted.document, desk.rules)
    labels = Labels.of(desk.wanted.pack.texts[desk.language])
    return publish_control(life, settings, signer_names(view), labels, on=today(), change=change, by=people)


def published_path(output: Path, desk: Desk, version: str) -> Path:
    """Where the sealed file goes: `output` if it ends in .docx, else a name with the version in that folder.

    Raises:
        BadInput: something is there already; a published file is never written over another.
    """
    spec, other = desk.wanted.document, desk.language != desk.wanted.pack.languages[0]
    named = "-".join(part for part in (spec.id, desk.wanted.version, desk.wanted.item, f"v{version}") if part)
    parts = (named, desk.language if other else "", "" if desk.audience == "internal" else desk.audience)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", ".".join(part for part in parts if part))[:150]
    path = output if output.suffix.lower() == ".docx" else output / f"{name}.docx"
    twin = [path.with_suffix(".json")] if spec.data.get("twin") else []
    for one in (path, *twin):
        if one.exists():
            remedy = "give another place with -o; a published file replaces none"
            raise BadInput(f"{one}: is there already", remedy=remedy)
    return path


def seal_again(desk: Desk, number: str, output: Path) -> tuple[Path, Version]:
    """Write the sealed file of a published version from the file that was kept.

    Raises:
        BadInput: no such version. StoreError: the file is not kept here. DocgenError: it can't be written.
    """
    from docgen.files import replace_file
    from docgen.sealing import seal_document

    life = desk.life()
    version = find_version(life, number)
    if version is None:
        raise BadInput(f"document {life.document}: no version is published", remedy="'aims docs status' tells")
    path = published_path(output, desk, version.version)
    sealed = seal_document(desk.ledger, archived_file(desk.ledger, version, "docx") or b"", version.entry.index)
    if (twin := archived_file(desk.ledger, version, "json")) is not None:
        replace_file(path.with_suffix(".json"), twin)
    replace_file(path, sealed)
    return path, version


def note_problem(published: Published) -> None:
    """Say why no sealed file was written, and what makes it good."""
    if published.path is None:
        note(f"aims: published as entry {published.receipt.index}, but no file was written: {published.problem}")
        note("aims: 'aims docs seal' writes it from the file that was kept, once a checkpoint is signed")
