"""Asking the questions of the classification procedure, and the entry that its answers become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from cli.bodies import read_body
from cli.entries import check_system
from cli.project import current_project, parse_system
from cli.screen import safe
from ledger.errors import BadInput

if TYPE_CHECKING:
    from docgen.classification import Answer, Step
    from docgen.packs import Pack
    from ledger import Ledger, Signer

_OWN = ("answers", "results", "law_version", "procedure")


def about(ledger: Ledger, system: str | None) -> tuple[str, str]:
    """The system and version that are classified: those given, or the project's.

    Raises:
        BadInput: none is named, or the ledger has nothing about the system.
    """
    named = system or current_project().system
    subject, version = parse_system(named) if named else ("", None)
    if not version:
        raise BadInput("classify: which system, in which version?", remedy="give --system NAME@VERSION")
    check_system(ledger, subject)
    return subject, version


def today() -> str:
    """The day it is, in UTC."""
    from ledger.client import system_clock
    from ledger.times import format_instant

    return format_instant(system_clock())[:10]


def procedure_of(pack: Pack) -> Mapping[str, Any]:
    """The procedure of classification that the pack carries.

    Raises:
        BadInput: it carries none.
    """
    found = pack.data.get("classification")
    if found is None:
        raise BadInput(f"pack {pack.id}: has no procedure of classification")
    return found  # type: ignore[no-any-return]


def read_answers(source: str) -> tuple[tuple[Answer, ...], dict[str, Any]]:
    """The answers in a file, and the other members of the body that it gives.

    Raises:
        BadInput: it is no such file.
    """
    from docgen.classification import Answer

    body = read_body(source)
    listed = body.pop("answers", None)
    if not isinstance(listed, list):
        raise BadInput(f"{source}: expected a list 'answers' of step, answer, reason and finding")
    if taken := [name for name in _OWN if name in body]:
        raise BadInput(f"{source}: {taken[0]} follows from the answers, expected it to be left out")
    answers = []
    for number, one in enumerate(listed, 1):
        known = {"step", "answer", "reason", "finding"}
        if not isinstance(one, dict) or set(one) - known or not {"step", "answer", "reason"} <= set(one):
            raise BadInput(f"{source}: answer {number}: expected step, answer, reason and perhaps finding")
        if not all(isinstance(value, str) for value in one.values()):
            raise BadInput(f"{source}: answer {number}: expected texts")
        answers.append(Answer(one["step"], one["answer"], one["reason"], one.get("finding", "")))
    return tuple(answers), body


def ask(procedure: Mapping[str, Any], language: str, say: Callable[[str], None]) -> tuple[Answer, ...]:
    """The answers that a person gives in the terminal, step by step; `say` prints a line."""
    from docgen.classification import Answer, next_step, steps_of

    answers: list[Answer] = []
    labels = {one["id"]: one for name in ("annex_i", "annex_iii") for one in procedure.get(name, ())}
    while (step := next_step(procedure, answers)) is not None:
        at = [one.id for one in steps_of(procedure)].index(step.id) + 1
        say(f"\n{at}/{len(procedure['steps'])}  {step.id}  {step.provision}\n{step.question[language]}")
        for line in _choices(step, labels, language):
            say(line)
        answer = step.answers[0]
        if len(step.answers) > 1:
            answer = click.prompt("answer", type=click.Choice(step.answers), err=True)
        finding = click.prompt("found", err=True) if step.wants_finding(answer) else ""
        reason = click.prompt("why", err=True)
        answers.append(Answer(step.id, answer, reason, finding))
    return tuple(answers)


def question_lines(procedure: Mapping[str, Any], language: str) -> list[str]:
    """Every question of the procedure, in order, for a file of answers."""
    from docgen.classification import steps_of

    lines = []
    for step in steps_of(procedure):
        answers = " | ".join(step.answers)
        lines.append(f"{step.id}  ({step.provision}; {answers})\n    {step.question[language]}")
    return lines


def _choices(step: Step, labels: Mapping[str, Mapping[str, Any]], language: str) -> list[str]:
    """What can be named at a step: the acts of Annex I or the points of Annex III."""
    starts = {"S4-A": "AnnexI-A-", "S4-B": "AnnexI-B-", "S7": "AnnexIII-"}.get(step.id)
    if starts is None:
        return []
    return [f"  {name}  {one['label'][language]}" for name, one in labels.items() if name.startswith(starts)]


def body_of(
    procedure: Mapping[str, Any], answers: Sequence[Answer], more: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """The body of the `classification` entry.

    Raises:
        DocgenError: the answers are not what the procedure asks for.
        BadInput: who decided is missing, or a point or act that was found is none.
    """
    from docgen.classification import conclude

    body = conclude(procedure, answers, language) | dict(more)
    if "decided_by" not in body:
        raise BadInput(
            "who decided is missing", remedy="give --by ID [--role ROLE], or decided_by in the file of answers"
        )
    for member, known in (("annex_iii_points", "annex_iii"), ("annex_i_acts", "annex_i")):
        ids = [one["id"] for one in procedure[known]]
        for name in body.get(member, ()):
            if name not in ids:
                raise BadInput(f"{member}: {safe(name)} is none", remedy=f"one of {', '.join(ids)}")
    return body


def line_of(ledger: Ledger, signers: Sequence[Signer], body: dict[str, Any], subject: str, version: str) -> bytes:
    """The signed line of the entry; it supersedes what was classified before for the same version."""
    from ledger.client import system_clock
    from ledger.compose import draft

    data = {"system_version": version, **body}
    earlier = _standing(ledger, subject, version)
    if earlier:
        named = [{"rel": "supersedes", "statement": statement} for statement in earlier]
        data["references"] = [*data.get("references", ()), *named]
    now = system_clock()
    source = ledger.source_of(signers[0])
    statement = draft("classification", data, origin=ledger.origin, source=source, subject=subject, time=now, now=now)
    return statement.sign(signers)


def _standing(ledger: Ledger, subject: str, version: str) -> list[str]:
    """The statements of classifications of this version that nothing replaced."""
    found = [entry for entry in ledger.entries(kinds=["classification"], subject=subject) if entry.version == version]
    replaced = {
        reference["statement"]
        for entry in found
        for reference in entry.data.get("references", ())
        if reference["rel"] in ("supersedes", "corrects")
    }
    return [entry.statement for entry in found if entry.statement not in replaced]
