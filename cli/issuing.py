"""Submitting, approving and withdrawing a document: what is signed and appended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.desk import Desk, built_view, find_version, head_view, lines_for, one_at_a_time
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.opening import Appending
    from docgen.build import BuiltDocument
    from docgen.life import Life
    from ledger import Receipt, Signer

WORD_FILE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def submit(
    opened: Appending, desk: Desk, signers: Sequence[Signer], marking: str = "", **said: str
) -> tuple[Receipt, BuiltDocument, Life]:
    """Put the document, built at the newest checkpoint, up for review; also returns how it stood before.

    Raises:
        DocgenError: it can't be built. BadInput: the same content is in review already.
    """
    from cli.documents import view
    from docgen.life.steps import submission_body

    with one_at_a_time(desk.ledger):
        life = desk.life()
        built = desk.build(view(desk.ledger), marking=marking)
        if life.pending is not None and life.pending_digest == built.content_digest:
            raise BadInput(
                f"document {life.document}: this content is {life.state} already, by entry {life.pending.index}"
            )
        lines = lines_for(desk, signers)
        lines.add("publication", submission_body(life, built, desk.wanted.pack, **said))
        return opened.append(lines.lines)[0], built, life


def write_pending(
    desk: Desk, output: Path, marking: str = "", template: Path | None = None
) -> tuple[Path, BuiltDocument]:
    """Write what is in review or approved, so that people see what they approve; nothing is signed.

    Raises:
        DocgenError: nothing is, it can't be built, or the file can't be written.
    """
    from cli.documents import output_path
    from docgen.files import replace_file
    from docgen.labels import Labels
    from docgen.life.control import control_of, signer_names
    from docgen.life.rules import document_settings

    life, view = desk.life(), head_view(desk.ledger)
    built = desk.rebuild(life, marking)
    settings = document_settings(view, desk.wanted.document, desk.rules)
    labels = Labels.of(desk.wanted.pack.texts[desk.language])
    control = control_of(life, settings, built.content_digest, signer_names(view), labels)
    final = desk.build(built_view(desk, built), control, marking, template)
    path = output_path(output, desk.wanted, desk.language, audience=desk.audience)
    replace_file(path, final.data)
    return path, final


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was signed: its entry, the content it is about, that as built if it was, and how it stands now."""

    receipt: Receipt
    digest: str
    built: BuiltDocument | None
    life: Life


def approve(
    opened: Appending,
    desk: Desk,
    signers: Sequence[Signer],
    conditions: Sequence[str] = (),
    *,
    digest: str = "",
    marking: str = "",
    **said: str,
) -> Answer:
    """Approve what is in review; where nothing is, the document as it is built at the newest checkpoint.

    `digest` is the content that the person means to approve (or the beginning of its digest), if they say.

    Raises:
        DocgenError: it can't be built. Refused: it is other content than was meant, or the signer's own.
    """
    from cli.documents import view
    from docgen.life.steps import approval_body, approved_body

    with one_at_a_time(desk.ledger):
        life, lines = desk.life(), lines_for(desk, signers)
        built = (
            desk.rebuild(life, marking) if life.pending is not None else desk.build(view(desk.ledger), marking=marking)
        )
        _check_meant(life, built.content_digest, digest)
        approves = life.pending.statement if life.pending is not None and life.in_review else ""
        if life.pending is None:
            lines.add("publication", approved_body(life, built, desk.wanted.pack))
        title = built.info.title
        body = approval_body(
            life, built.content_digest, approves, title, "approved", conditions=list(conditions), **said
        )
        lines.add("approval", body)
        return Answer(opened.append(lines.lines)[-1], built.content_digest, built, desk.life())


def refuse(
    opened: Appending, desk: Desk, signers: Sequence[Signer], *, decision: str, digest: str = "", **said: str
) -> Answer:
    """Reject what is in review, or take an approval back: of that, or of the published version in force.

    Raises:
        DocgenError: there is nothing that this could be about. Refused: it is other content than was meant.
    """
    from docgen.errors import DocgenError
    from docgen.life.steps import approval_body

    with one_at_a_time(desk.ledger):
        life, current = desk.life(), desk.life().current
        found = life.pending_digest or (current.content_digest if current is not None else "")
        if not found:
            raise DocgenError(f"document {life.document}: nothing is in review or published")
        _check_meant(life, found, digest)
        lines = lines_for(desk, signers)
        title = desk.wanted.document.title.say(desk.language)
        lines.add("approval", approval_body(life, found, "", title, decision, **said))
        return Answer(opened.append(lines.lines)[-1], found, None, desk.life())


def _check_meant(life: Life, found: str, meant: str) -> None:
    from ledger.errors import Refused

    if meant and (len(meant) < 8 or not found.startswith(meant.lower())):
        raise Refused(
            "other content",
            f"document {life.document}: has content digest {found}, not {meant[:64]}",
            remedy="look at it again; --digest takes the whole digest, or at least its first 8 digits",
        )


def withdraw(opened: Appending, desk: Desk, signers: Sequence[Signer], number: str, reason: str) -> tuple[Receipt, str]:
    """Withdraw a published version, or what is in review; returns the receipt and the version.

    Raises:
        DocgenError: there is nothing to withdraw, or no such version.
    """
    from docgen.life.steps import withdrawal_body

    with one_at_a_time(desk.ledger):
        life = desk.life()
        version = find_version(life, number) if number or life.pending is None else None
        if version is not None and version.state == "withdrawn":
            raise BadInput(f"document {life.document}: version {version.version} is withdrawn already")
        body = withdrawal_body(life, version, reason)
        lines = lines_for(desk, signers)
        lines.add("publication", body)
        return opened.append(lines.lines)[0], body["version"]
