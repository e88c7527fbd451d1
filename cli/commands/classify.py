"""`aims classify`."""

from __future__ import annotations

import click

from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option
from cli.screen import interactive, note, out, out_json
from ledger.errors import BadInput


@aims_command(
    "classify",
    examples=(
        ("question by question", "aims classify --system credit-scoring@1.1 --as compliance --by staff-120"),
        ("what will be asked", "aims classify --questions"),
        ("from a file", "aims classify --system credit-scoring@1.1 --as compliance --answers answers.yaml --json"),
    ),
    exits=(0, 1, 2, 3),
)
@click.option("--system", metavar="NAME@VERSION", help="What is classified. [.aims.toml]")
@click.option("--as", "names", metavar="KEY", multiple=True, help="Sign with this key; may be repeated.")
@click.option("--by", metavar="ID", help="Who decided: a pseudonym.")
@click.option("--role", metavar="TEXT", help="Their function.")
@click.option("--answers", "source", metavar="FILE", help="Take the answers from this file, and ask nothing.")
@click.option("--questions", is_flag=True, help="Print the questions, and record nothing.")
@click.option("--lang", "language", metavar="LANG", help="Language of the questions (the pack's first).")
@click.option("--pack", metavar="ID|FOLDER", default="eu_tech_docs", help="The pack that has the procedure.")
@appending_options
@json_option
def classify(
    system: str | None, names: tuple[str, ...], by: str | None, role: str | None, source: str | None, questions: bool,
    language: str | None, pack: str, common: Common,
) -> None:  # fmt: skip
    """Classify a system under the EU AI Act, and record every answer.

    Asks the questions of the procedure in their order: is it an AI system, which role, exclusions, Article 5,
    Annex I, Annex III, Article 6(3), Article 50, general-purpose models. What the answers come to is computed
    and recorded with them in one `classification` entry, which supersedes the one before for this version. FILE
    has `answers`, a list of step, answer, reason and finding; other members of the entry may stand beside it.
    """
    from cli.classifying import about, ask, body_of, line_of, procedure_of, question_lines, read_answers, today
    from cli.recording import append_line
    from docgen.packs import load_pack

    loaded = load_pack(pack)
    procedure, spoken = procedure_of(loaded), loaded.language(language or loaded.languages[0])
    if questions:
        lines = question_lines(procedure, spoken)
        out_json(lines) if common.as_json else out("\n".join(lines))
        return
    if not names:
        raise BadInput("no key to sign with", remedy="give --as KEY")
    if source is None and not interactive():
        raise BadInput("there is nobody to ask", remedy="give --answers FILE")
    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        subject, version = about(opened.ledger, system)
        answers, more = read_answers(source) if source else (ask(procedure, spoken, note), {})
        more.setdefault("decided_on", today())
        if by:
            more["decided_by"] = {"id": by} | ({"role": role} if role else {})
        body = body_of(procedure, answers, more, spoken)
        receipt = append_line(opened, line_of(opened.ledger, signers, body, subject, version))
    if common.as_json:
        out_json({"index": receipt.index, "statement": receipt.statement, "state": receipt.state, "body": body})
    else:
        out(f"{subject} {version}: {', '.join(body['results'])}")
        out(f"#{receipt.index} {receipt.leaf_hash.hex()[:8]}  classification  {receipt.state}")
