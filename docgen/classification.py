"""The procedure of classification that a pack carries as data: which question comes next, and what answers lead to.

The data (`procedure`, `law_version`, `unless`, `steps`) lists steps in order.  A step is::

    id, provision, question (a text per language)
    when            asked only if one of these holds: tables of earlier steps and their answers
    when_result     asked only if one of these results came out so far
    stated          it is answered in its finding, not with yes or no
    finding         {member, many?}: what the finding must name, and the member of the body that it fills
    member          the member that a yes or no fills with true or false
    adds            {member, value}: what a yes adds to a list
    yes, no         {results: [{result, when?}], stop?}: what the answer leads to; `stop` ends the run, always
                    or where one of its tables holds

Where nothing came out, the result is `unless`.  What the answers amount to is computed here and nowhere else,
so the entry, the document and the terminal can't disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from docgen.errors import DocgenError

__all__ = ["Answer", "Step", "conclude", "next_step", "results_of", "steps_of"]

YES: Final = "yes"
NO: Final = "no"
STATED: Final = "stated"


@dataclass(frozen=True, slots=True)
class Step:
    """One question; `data` is its table in the pack."""

    id: str
    provision: str
    question: Mapping[str, str]
    data: Mapping[str, Any]

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers it can have."""
        return (STATED,) if self.data.get("stated") else (YES, NO)

    def wants_finding(self, answer: str) -> bool:
        """Whether the answer must come with a finding."""
        if "finding" not in self.data:
            return False
        # The roles are named by a yes; a duty to leave the scope by the exclusion that was found.
        return answer in (YES, STATED)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a step, with its reason, and what was found."""

    step: str
    answer: str
    reason: str
    finding: str = ""


def steps_of(procedure: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a pack's procedure, in order."""
    return tuple(Step(one["id"], one["provision"], one["question"], one) for one in procedure["steps"])


def next_step(procedure: Mapping[str, Any], answers: Sequence[Answer]) -> Step | None:
    """The first step that is to be asked after these answers; None when the run is over."""
    given = _given(answers)
    if _stopped(procedure, given):
        return None
    for step in steps_of(procedure):
        if step.id not in given and _asked(procedure, step, given):
            return step
    return None


def results_of(procedure: Mapping[str, Any], answers: Sequence[Answer]) -> tuple[str, ...]:
    """The results that these answers come to, each once, in the order of the steps.

    An exemption falls away where a later step takes it back, and an open-source model that has systemic risk is
    no exception.
    """
    given = _given(answers)
    found = _found(procedure, given)
    if "annex_iii_exempt_6_3" in found and "high_risk_annex_iii" in found:
        found = [one for one in found if one != "annex_iii_exempt_6_3"]
    if "gpai_systemic" in found:
        found = [one for one in found if one not in ("gpai", "gpai_open_source")]
    return tuple(found) or (procedure["unless"],)


def conclude(procedure: Mapping[str, Any], answers: Sequence[Answer], language: str) -> dict[str, Any]:
    """The members of a `classification` body that follow from the answers.

    Raises:
        DocgenError: an answer is to no step, to one that is not asked, or not one it can have; a reason or
            finding is missing; or a step that has to be asked is not answered.
    """
    steps = {step.id: step for step in steps_of(procedure)}
    _check(procedure, steps, answers)
    body: dict[str, Any] = {
        "results": list(results_of(procedure, answers)),
        "law_version": procedure["law_version"],
        "procedure": procedure["procedure"],
        "answers": [_said(steps[one.step], one, language) for one in answers],
    }
    for one in answers:
        _fill(body, steps[one.step], one)
    return body


def _given(answers: Sequence[Answer]) -> dict[str, str]:
    return {one.step: one.answer for one in answers}


def _holds(tables: Any, given: Mapping[str, str]) -> bool:
    return any(all(given.get(step) == answer for step, answer in table.items()) for table in tables)


def _outcomes(procedure: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for step in steps_of(procedure):
        if given.get(step.id) in (YES, NO):
            yield step.data.get(given[step.id], {})


def _found(procedure: Mapping[str, Any], given: Mapping[str, str]) -> list[str]:
    results = (result for outcome in _outcomes(procedure, given) for result in outcome.get("results", ()))
    meant = (one["result"] for one in results if "when" not in one or _holds(one["when"], given))
    return list(dict.fromkeys(meant))


def _stopped(procedure: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    stops = (outcome.get("stop", False) for outcome in _outcomes(procedure, given))
    return any(stop is True or (stop and _holds(stop, given)) for stop in stops)


def _asked(procedure: Mapping[str, Any], step: Step, given: Mapping[str, str]) -> bool:
    if "when" in step.data and not _holds(step.data["when"], given):
        return False
    wanted = step.data.get("when_result")
    return wanted is None or any(one in wanted for one in _found(procedure, given))


def _check(procedure: Mapping[str, Any], steps: Mapping[str, Step], answers: Sequence[Answer]) -> None:
    for number, one in enumerate(answers):
        step = next_step(procedure, answers[:number])
        if step is None or one.step != step.id:
            due = f"{step.id} is asked here" if step else "the run is over before it"
            what = "is asked elsewhere" if one.step in steps else "is no step of the procedure"
            raise DocgenError(f"answer to {one.step!r}: {what}", remedy=due)
        if one.answer not in step.answers:
            raise DocgenError(f"answer to {step.id}: {one.answer!r}", remedy=f"one of {', '.join(step.answers)}")
        if not one.reason.strip():
            raise DocgenError(f"answer to {step.id}: has no reason", remedy="say why, with the facts it rests on")
        if step.wants_finding(one.answer) and not one.finding.strip():
            raise DocgenError(f"answer to {step.id}: has no finding", remedy="the question says what to name")
    step = next_step(procedure, answers)
    if step is not None:
        raise DocgenError(f"{step.id} ({step.provision}) is not answered", remedy="answer every question that is asked")


def _said(step: Step, answer: Answer, language: str) -> dict[str, Any]:
    said = {"step": step.id, "question": step.question[language], "answer": answer.answer, "reason": answer.reason}
    return said | ({"finding": answer.finding} if answer.finding else {})


def _fill(body: dict[str, Any], step: Step, answer: Answer) -> None:
    """The members that an answer stands for."""
    if "member" in step.data:
        body[step.data["member"]] = answer.answer == YES
    if "adds" in step.data and answer.answer == YES:
        body.setdefault(step.data["adds"]["member"], []).append(step.data["adds"]["value"])
    if step.id == "S9-influence" and "exemption" in body:
        body["exemption"]["no_material_influence"] = answer.reason
        if answer.answer == NO:
            del body["exemption"]
    finding = step.data.get("finding")
    if finding is None or not answer.finding or not step.wants_finding(answer.answer):
        return
    many = [part.strip() for part in answer.finding.replace(";", ",").split(",") if part.strip()]
    match finding["member"]:
        case "exemption.conditions":
            body["exemption"] = {"conditions": many, "no_significant_risk": answer.reason}
        case "first_supplied_on" if not answer.finding[:4].isdigit():
            pass  # not yet: there is no day to state
        case member if finding.get("many"):
            body[member] = [*body.get(member, []), *many]
        case member:
            body[member] = answer.finding
