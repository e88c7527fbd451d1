"""The commands of `aims docs` that change a document's state, and the one that tells it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cli.commands.docs import about_option, audience_option, language_option, pack_option, system_option
from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option, ledger_option, open_for_reading
from cli.screen import note, out, out_json, safe

marking_option = click.option("--marking", default="", metavar="TEXT", help="Printed on every page, like EXAMPLE.")
signers_option = click.option(
    "--as", "names", metavar="KEY", multiple=True, required=True, help="Sign with this key; may be repeated."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path(),
    help="A folder, or a file ending in .docx (here).",
)  # fmt: skip


def named_options(function: Callable[..., None]) -> Callable[..., None]:
    """A decorator: which document is meant, handed over as `named`."""

    @click.argument("document")
    @system_option
    @about_option
    @language_option
    @audience_option
    @pack_option
    @wraps(function)
    def with_named(
        *, document: str, system: str | None, item: str | None, language: str | None, audience: str,
        pack: str | None, **rest: Any,
    ) -> None:  # fmt: skip
        from cli.desk import Named

        function(named=Named(document, system, language, pack, audience, item), **rest)

    return with_named


@aims_command(
    "submit",
    examples=(
        (
            "put it up for review",
            "aims docs submit technical-documentation --system credit-scoring@1.1 --as compliance",
        ),
    ),
    exits=(0, 1, 2, 3),
)
@named_options
@signers_option
@click.option("--change", default="", metavar="TEXT", help="What changed since the last version.")
@click.option("--owner", default="", metavar="ID", help="Role or person that answers for it.")
@click.option("--number", default="", metavar="TEXT", help="Its document number, instead of the pack's.")
@marking_option
@appending_options
@json_option
def submit(named: Any, names: tuple[str, ...], common: Common, marking: str, **said: str) -> None:
    """Put a document up for review.

    Signs a `publication` entry with the digest of what the document says at the newest checkpoint. That content is
    what others approve, whatever is recorded meanwhile.
    """
    from cli.desk import open_desk
    from cli.documents import summary_line
    from cli.issuing import submit as submitted
    from cli.receipts import receipt_value

    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        desk = open_desk(opened.ledger, named)
        receipt, built, before = submitted(opened, desk, signers, marking, **said)
    summary = summary_line(built.summary, built.unit)
    if common.as_json:
        version = built.info.version
        out_json(
            {**receipt_value(receipt), "version": version, "content_digest": built.content_digest, "summary": summary}
        )
    else:
        out(f"{named.document} version {built.info.version}: in review, by entry {receipt.index}\n{summary}")
        out(f"content digest {built.content_digest}")
    if before.pending is not None:
        note(f"it takes the place of other content, which was {before.state} by entry {before.pending.index}")


@aims_command(
    "review",
    examples=(
        ("read before you approve", "aims docs review technical-documentation --system credit-scoring@1.1 -o out/"),
    ),
    exits=(0, 1, 2),
)
@named_options
@output_option
@click.option("--template", type=click.Path(path_type=Path), help="A .docx whose styles the Word file gets.")
@marking_option
@ledger_option
@json_option
def review(
    named: Any, output: Path, template: Path | None, marking: str, location: str | None, as_json: bool
) -> None:  # fmt: skip
    """Write what is in review, to read before approving.

    The Word file of the content that was submitted, whatever was recorded since, with its content digest: what
    `aims docs approve --digest` takes. It is a draft, and says so on every page.
    """
    from cli.desk import open_desk
    from cli.documents import built_lines, built_value
    from cli.issuing import write_pending

    with open_for_reading(location) as ledger:
        path, built = write_pending(open_desk(ledger, named), output, marking, template)
    if as_json:
        out_json({**built_value(path, built), "version": built.info.version, "state": built.info.state})
    else:
        out("\n".join([*built_lines(path, built), f"version {built.info.version}: {built.info.state}"]))


@aims_command(
    "approve",
    examples=(
        (
            "approve what is in review",
            "aims docs approve technical-documentation --system credit-scoring@1.1 --as anna",
        ),
        (
            "and only what was read",
            "aims docs approve statement-of-applicability --digest 9f3ac1d2 --as anna",
        ),
        (
            "take the approval back",
            "aims docs approve statement-of-applicability --withdraw --reason 'wrong scope' --as anna",
        ),
    ),
    exits=(0, 1, 2, 3),
)
@named_options
@signers_option
@click.option("--digest", default="", metavar="HEX", help="Refuse unless the content digest is, or begins with, this.")
@click.option("--reject", "decision", flag_value="rejected", help="Answer no.")
@click.option("--withdraw", "decision", flag_value="withdrawn", help="Take back approvals of this content.")
@click.option("--reason", default="", metavar="TEXT", help="Why; expected with --reject and --withdraw.")
@click.option("--condition", "conditions", metavar="TEXT", multiple=True, help="A condition; may be repeated.")
@click.option("--authority", default="", metavar="TEXT", help="By what power the signer may decide this.")
@click.option("--place", default="", metavar="TEXT", help="Where it is signed.")
@marking_option
@appending_options
@json_option
def approve(
    named: Any,
    names: tuple[str, ...],
    digest: str,
    decision: str | None,
    conditions: tuple[str, ...],
    common: Common,
    marking: str,
    **said: str,
) -> None:
    """Approve a document, by signing its content digest.

    Builds the document as it is in review, else as it is at the newest checkpoint, and signs an `approval` of what it
    says: sections, tables, pictures; not the cover. Who put it up for review can't be the one who approves it, unless
    the ledger's policy waives the second person; then the document says so.
    """
    from cli.desk import open_desk
    from cli.issuing import approve as approved
    from cli.issuing import refuse
    from cli.lifelines import answer_lines, answer_value

    if decision and (not said["reason"] or conditions):
        raise click.UsageError("--reject and --withdraw: expected a --reason, and no --condition")
    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        desk = open_desk(opened.ledger, named)
        if decision:
            answer = refuse(opened, desk, signers, decision=decision, digest=digest, **said)
        else:
            answer = approved(opened, desk, signers, conditions, digest=digest, marking=marking, **said)
    if common.as_json:
        out_json(answer_value(answer, decision or "approved"))
    else:
        out("\n".join(answer_lines(answer, decision or "approved")))


@aims_command(
    "publish",
    examples=(
        (
            "publish what is approved",
            "aims docs publish technical-documentation --system credit-scoring@1.1 --as compliance -o out/",
        ),
        ("check the file, anywhere", "aims verify out/technical-documentation-1.1-v1.docx --trust policy"),
    ),
    exits=(0, 1, 2, 3),
)
@named_options
@signers_option
@click.option("--change", default="", metavar="TEXT", help="What changed since the last version.")
@output_option
@click.option("--template", type=click.Path(path_type=Path), help="A .docx whose styles the Word file gets.")
@marking_option
@appending_options
@json_option
def publish(
    named: Any, names: tuple[str, ...], change: str, output: Path, template: Path | None, marking: str, common: Common
) -> None:  # fmt: skip
    """Publish what is approved, as a sealed Word file.

    Appends a `publication` entry, keeps the file as an attachment, signs a checkpoint, and writes the file with its
    proofs in it. What is not approved is not published, unless the pack says that the document needs no approval. A
    file that is there is not replaced.
    """
    from cli.desk import open_desk
    from cli.publishing import note_problem
    from cli.publishing import publish as published
    from cli.receipts import receipt_value

    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        desk = open_desk(opened.ledger, named)
        done = published(opened, desk, signers, output, change=change, marking=marking, template=template)
    if common.as_json:
        out_json(
            {
                **receipt_value(done.receipt),
                "version": done.version,
                "content_digest": done.built.content_digest,
                "file": str(done.path) if done.path else None,
                "problem": done.problem,
            }
        )
    else:
        out(f"{named.document} version {done.version}: published, by entry {done.receipt.index}")
        out(f"content digest {done.built.content_digest}")
        if done.path:
            out(f"{done.path}")
    note_problem(done)
    if done.problem:
        raise click.exceptions.Exit(3)


@aims_command(
    "withdraw",
    examples=(
        (
            "withdraw a published version",
            (
                "aims docs withdraw technical-documentation --system credit-scoring@1.1 --version 2 \\\n"
                "    --reason 'wrong test report' --as compliance"
            ),
        ),
    ),
    exits=(0, 1, 2, 3),
)
@named_options
@signers_option
@click.option("--version", "number", default="", metavar="N", help="The version (what is in review, else in force).")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@appending_options
@json_option
def withdraw(named: Any, names: tuple[str, ...], number: str, reason: str, common: Common) -> None:
    """Withdraw a version, or what is in review.

    The entries and files stay; whoever has the file learns it from the ledger only.
    """
    from cli.desk import open_desk
    from cli.issuing import withdraw as withdrawn
    from cli.receipts import receipt_value

    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        desk = open_desk(opened.ledger, named)
        receipt, version = withdrawn(opened, desk, signers, number, reason)
    if common.as_json:
        out_json({**receipt_value(receipt), "version": version})
    else:
        out(f"{named.document} version {version}: withdrawn, by entry {receipt.index}")


@aims_command(
    "seal",
    examples=(
        ("the file again", "aims docs seal technical-documentation --system credit-scoring@1.1 -o out/"),
        ("an older version", "aims docs seal statement-of-applicability --version 1 -o out/"),
    ),
    exits=(0, 1, 2, 3),
)
@named_options
@click.option("--version", "number", default="", metavar="N", help="The version (that in force).")
@output_option
@ledger_option
@json_option
def seal(named: Any, number: str, output: Path, location: str | None, as_json: bool) -> None:
    """Write the sealed file of a published version again.

    From the file that was kept when it was published, with proofs under the checkpoint that most witnesses cosigned.
    """
    from cli.desk import open_desk
    from cli.publishing import seal_again

    with open_for_reading(location) as ledger:
        path, version = seal_again(open_desk(ledger, named), number, output)
    if version.state != "published":
        note(f"version {version.version} is {version.state}, which the file does not know")
    if as_json:
        out_json({"file": str(path), "version": version.version, "entry": version.entry.index})
    else:
        out(f"{path}")


@aims_command(
    "status",
    examples=(
        ("every document", "aims docs status"),
        ("for a program", "aims docs status --system credit-scoring@1.1 --json"),
    ),
    exits=(0, 1, 2),
)
@system_option
@pack_option
@ledger_option
@json_option
def status(system: str | None, pack: str | None, location: str | None, as_json: bool) -> None:
    """List how every document stands: state, version, owner, review, approvals.

    By every entry so far, whether or not a checkpoint covers it. Entries that changed nothing, such as a second
    publication of one version, and approvals that were taken back later are told on stderr.
    """
    from cli.lifelines import status_rows, status_values

    with open_for_reading(location) as ledger:
        values, void = status_values(ledger, pack, system)
    if as_json:
        out_json(values)
    else:
        for line in status_rows(values):
            out(line)
    for line in void:
        note(safe(line))
