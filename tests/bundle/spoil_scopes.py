"""Spoiled bundles: what the scope says of the entries in it and beside it, and what it says is complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.bundle.primitives import SYSTEM, instant
from tests.bundle.spoil import Case, in_scope
from tests.bundle.workshop import ATTACHED, PERSONAL, Bundle, Draft, Places, Story, decision, full, story

CONTROL, INCIDENT = "A.6.2.4", "incident-1"
BEFORE, AFTER = instant(0), instant(86_400)
ABOUT = (7, 11, 12, 13, 14, 15, 16, 17, 18, 21, 23, 24, 25, 26)
"""Where the entries about the system are in the story, by their numbers from 0."""


class Wider:
    """Where in the wider story things are."""

    control, decision, risk, other_control, incident, action, correction, loose, second = range(27, 36)


def recorded(index: int, shift: int = 0) -> str:
    """The leaf time of an entry of the story, some microseconds off."""
    return instant(60 * index + 1 + shift / 1_000_000)


def run(first: int, last: int) -> dict[str, Any]:
    """`complete` of the system's entries numbered so."""
    return {"complete": {SYSTEM: {"first_nth": first, "last_nth": last}}}


def choice(entries: list[int], scope: dict[str, Any], *context: int, of: Story | None = None) -> Bundle:
    """A bundle of entries, and of those `context` besides the key history; `scope` is all that it says."""
    made = full(story=of) if of else full()
    carried = {*entries, *context}
    letters = [content for place, content in ((15, ATTACHED), (16, PERSONAL)) if place in carried]
    history = [index for index, d in enumerate(made.story.drafts) if d.group == "ledger" and index not in entries]
    made.entries, made.context, made.attachments = sorted(entries), sorted([*history, *context]), tuple(letters)
    made.manifest = lambda manifest: manifest.update(scope={"complete": {}, **scope})
    return made


def wider() -> Story:
    """The story, and what a control, a risk, an incident, a correction say after it."""
    s = story()
    s.add("control", {"source": "annex_a", "control_id": CONTROL, "applicable": "yes"}, "compliance")
    s.drafts[-1].event["subject"] = s.drafts[-1].group = "management-system"
    _decide(s, 28, {"rel": "about", "statement": s.digest(Wider.control)})
    risk = {"risk_id": "risk-1", "hazard": "Scores drift.", "status": "identified", "controls": ["A.5.2", CONTROL]}
    s.add("risk", risk, "compliance")
    s.add("control", {"source": "annex_a", "control_id": "A.5.2", "applicable": "yes"}, "compliance")
    told = {"incident_id": INCIDENT, "title": "Wrong scores", "description": "Scores were wrong.", "serious": "no",
            "status": "open", "detected": "2026-11-23T10:00:00Z",
            "references": [{"rel": "about", "statement": s.digest(Places.after)}]}  # fmt: skip
    s.add("incident", told, "compliance")
    action = {"action_id": "action-1", "type": "corrective", "trigger": "incident", "trigger_id": INCIDENT,
              "description": "Trained again.", "status": "done"}  # fmt: skip
    s.add("corrective_action", action, "compliance")
    corrected = {"oversight_id": "oversight-1", "action": "confirmed", "actor": {"id": "overseer-1"},
                 "reason_code": "looked at again",
                 "references": [{"rel": "corrects", "statement": s.digest(Places.oversight)}]}  # fmt: skip
    s.add("oversight_action", corrected, "overseer")
    _decide(s, 34)
    _decide(s, 35, {"rel": "supersedes", "statement": s.digest(34)})
    return s


def _decide(s: Story, number: int, *references: dict[str, Any]) -> None:
    s.add("ai_decision", {**decision(number), "references": list(references)}, "pipeline2")
    s.drafts[-1].event["source"] = "https://bank.example/pipeline"


def _case(
    what: str, fits: bool, entries: list[int], scope: dict[str, Any], *context: int, of: Story | None = None
) -> Case:
    return Case(f"scope: {what}", choice(entries, scope, *context, of=of).zip(), sound=fits)


def claimed_runs() -> Iterator[Case]:
    """What is said to be complete, and the form of the scope, in a bundle of everything about one system."""
    before, after = BEFORE, AFTER
    for what, scope, fits in (
        ("nothing complete", {"complete": {}}, False),
        ("one number too many", run(0, 14), False),
        ("a huge run", run(0, 2**53 - 1), False),
        ("another system", {"complete": {"other-system": {"first_nth": 0, "last_nth": 0}}}, False),
        ("the subject ledger", {"complete": {"ledger": {"first_nth": 0, "last_nth": 10}}}, False),
        ("reversed", run(3, 2), False),
        ("negative", run(-1, 2), False),
        ("a number is text", {"complete": {SYSTEM: {"first_nth": "0", "last_nth": 1}}}, False),
        ("one bound", {"complete": {SYSTEM: {"first_nth": 0}}}, False),
        ("not from the first, no from", run(2, 5), False),
        ("from would fit, the first are in scope", {**run(2, 13), "from": recorded(12)}, False),
        ("from is the time of the one before", {**run(2, 13), "from": recorded(11)}, False),
        ("from after all of them", {**run(2, 13), "from": after}, False),
        ("until would fit, the last are in scope", {**run(0, 5), "until": recorded(16)}, False),
        ("until too late", {**run(0, 5), "until": after}, False),
        ("until, all", {**run(0, 13), "until": after}, True),
        ("a run that leaves out the last", run(0, 12), False),
        ("from without microseconds", {**run(0, 13), "from": "2026-11-23T10:00:00Z"}, False),
        ("from does not exist", {**run(0, 13), "from": "2026-02-30T10:00:00.000000Z"}, False),
        ("from before everything", {**run(0, 13), "from": before}, True),
        ("until is a number", {**run(0, 13), "until": 7}, False),
        ("subject is a number", {**run(0, 13), "subject": 7}, False),
        ("subject is another", {"subject": "other-system", "complete": {}}, False),
        ("kind is null", {**run(0, 13), "kind": None}, False),
        ("kind, and a run", {**run(0, 13), "kind": "ai_decision"}, False),
        ("by is a number", {**run(0, 13), "by": 7}, False),
        ("by is of no sort", {**run(0, 13), "by": "request"}, False),
        ("by is another than what leads", {**run(0, 13), "by": "kind"}, False),
        ("by is time, and there is a subject", {**run(0, 13), "by": "time", "from": before}, False),
        ("by is entries, and there is a subject", {**run(0, 13), "by": "entries"}, False),
        ("named: one that is asked for too", {**run(0, 13), "named": [11]}, True),
        ("named: none", {**run(0, 13), "named": []}, False),
        ("named: one of the context", {**run(0, 13), "named": [3]}, False),
        ("named: one not carried", {**run(0, 13), "named": [19]}, False),
        ("named: out of order", {**run(0, 13), "named": [12, 11]}, False),
        ("named: twice", {**run(0, 13), "named": [11, 11]}, False),
        ("named: true", {**run(0, 13), "named": [True]}, False),
        ("named: a number", {**run(0, 13), "named": 11}, False),
        ("another member", {**run(0, 13), "note": "for the audit"}, False),
        ("from and until", {**run(0, 13), "from": before, "until": after}, True),
        ("until before from", {**run(0, 13), "from": after, "until": before}, False),
    ):
        yield Case(f"scope: {what}", full(manifest=in_scope(**scope)).zip(), sound=fits)
    yield Case("scope: no complete", full(manifest=lambda m: m["scope"].pop("complete")).zip())
    yield Case("scope: no by", full(manifest=lambda m: m["scope"].pop("by")).zip())
    yield Case("scope: no subject", full(manifest=lambda m: m["scope"].pop("subject")).zip())
    others: dict[str, dict[str, Any]] = {
        "citations": {"by": "citations"}, "system": {"by": "system"}, "time": {"by": "time"},
        "named besides nothing": {"by": "entries", "named": [11]},
    }  # fmt: skip
    for what, members in others.items():
        yield _case(f"no filter, by {what}", what == "citations", list(ABOUT), members)


def times_held() -> Iterator[Case]:
    """Entries recorded at, just before and just after the bounds that the scope names."""
    about = list(ABOUT)
    system = {"by": "system", "subject": SYSTEM}
    middle = {**system, **run(2, 5), "from": recorded(12), "until": recorded(16)}
    yield _case("from at the instant of the first, until at that of the next", True, about[2:6], middle, 11, 16, 21)
    late = {**middle, "from": recorded(12, 1)}
    yield _case("from a microsecond after the first", False, about[2:6], late, 11, 16, 21)
    yield _case(
        "from a microsecond before the first", True, about[2:6], {**middle, "from": recorded(12, -1)}, 11, 16, 21
    )
    early = {**middle, "until": recorded(15)}
    yield _case("until at the instant of the last", False, about[2:6], early, 11, 16, 21)
    more = {**middle, "until": recorded(15, 1)}
    yield _case("until a microsecond after the last", True, about[2:6], more, 11, 16, 21)
    reached = {**middle, "until": recorded(16, 1)}
    yield _case("until just after the neighbour", False, about[2:6], reached, 11, 16, 21)
    yield _case("a neighbour in scope", False, [*about[2:6], 16], middle, 11, 21)
    yield _case("one of the run as context", False, [12, 13, 15], middle, 11, 14, 16, 21)
    yield _case("a neighbour too many", False, about[2:6], middle, 7, 11, 16, 21)
    yield _case("no neighbour after", True, about[2:6], middle, 11, 21)
    yield _case("no run said, in a time", False, about[2:6], {**middle, "complete": {}}, 21)
    everything = [index for index in range(27) if 7 <= index < 20]
    time = {"by": "time", "from": recorded(7), "until": recorded(20)}
    yield _case("a time, keys in it", True, everything, time, 21, 24)
    yield _case("a time, a key of it as context", False, [i for i in everything if i != 8], time, 21, 24)
    yield _case("a time, a decision of it as context", False, [i for i in everything if i != 19], time, 19, 21, 24)
    yield _case("a time, a key from before in scope", False, [*everything, 6], time, 21, 24)


def clocks_set_back() -> Iterator[Case]:
    """Where the clock was set back, what was recorded in a time need not be one run; without a time it is."""
    s = story()
    back = {"action": "clock_reset", "clock": recorded(15), "reason": "it was ahead"}
    s.add("ledger", back, "admin", "admin2")
    _decide(s, 28)
    s.drafts[-1].event["time"], s.drafts[-1].time = recorded(15), 60 * 15 + 2
    inside, again = list(ABOUT[2:6]), 28
    middle = {"by": "system", "subject": SYSTEM, "from": recorded(12), "until": recorded(16)}
    yield _case("a clock set back, no run in a time", True, [*inside, again], middle, 21, of=s)
    yield _case("a clock set back, a run before it", False, [*inside, again], {**middle, **run(2, 5)}, 11, 16, 21, of=s)
    system = {"by": "system", "subject": SYSTEM}
    yield _case("a clock set back, no run and no time", False, [*ABOUT, again], system, of=s)
    yield _case("a clock set back, the whole run", True, [*ABOUT, again], {**system, **run(0, 14)}, of=s)


def kinds_and_subjects_held() -> Iterator[Case]:
    """Entries of another kind or about another system than the scope names, in it or beside it."""
    decisions = [11, 12, 13, 14, 15, 16, 19, 20, 23, 25, 26, 7]
    kind = {"by": "kind", "kind": "ai_decision"}
    yield _case("all of a kind", True, decisions, kind, 21, 24)
    yield _case("some of a kind", True, decisions[:3], kind)
    yield _case("one of another kind", False, [*decisions, 17], kind, 21, 24)
    yield _case("one of another kind, named", True, [*decisions, 17], {**kind, "named": [17]}, 21, 24)
    yield _case("one of another kind, another named", False, [*decisions, 17], {**kind, "named": [11]}, 21, 24)
    yield _case("one of the kind as context", False, decisions[1:], kind, 11, 21, 24)
    yield _case("an erasure in scope", False, [*decisions, 21], kind, 24)
    yield _case("an approval as context", False, decisions, kind, 18, 21, 24)
    both = {"by": "system", "subject": SYSTEM, "kind": "ai_decision"}
    yield _case("a kind of a system", True, [11, 12], both)
    yield _case("a kind of a system, one of another system", False, [11, 12, 19], both)
    yield _case("a kind of a system, by kind", False, [11, 12], {**both, "by": "kind"})
    yield _case("keys asked for", True, list(range(11))[1:7], {"by": "kind", "kind": "key", "until": recorded(7)})
    ledger = {"by": "system", "subject": "ledger", "complete": {"ledger": {"first_nth": 0, "last_nth": 10}}}
    keys = [*range(7), 8, 9, 10, 22]
    yield _case("the subject ledger, all of it", True, keys, ledger)
    yield _case("the subject ledger, the last as context", False, keys[:-1], ledger)
    system = {"by": "system", "subject": SYSTEM, **run(0, 13)}
    yield _case("a stranger in a run", False, [*ABOUT, 19], system)
    yield _case("a stranger in a run, named", True, [*ABOUT, 19], {**system, "named": [19]})
    yield _case("a stranger as context", False, list(ABOUT), system, 19)
    yield _case("the last of a system as context", False, list(ABOUT)[:-1], {**system, **run(0, 12)}, 26)
    yield _case("a gap in a system, nothing said", False, [7, 11, 26], {**system, "complete": {}})


def single_entries_held() -> Iterator[Case]:
    """Bundles of entries named one by one, and of what a document cites."""
    named, cited = {"by": "entries"}, {"by": "citations"}
    yield _case("one by one", True, [11, 19, 26], named)
    yield _case("cited, with its erasure", True, [14, 19], cited, 21)
    yield _case("cited, one moved to the context", False, [19], cited, 14, 21)
    yield _case("cited, one moved that only its erasure needs", False, [19], cited, 14)
    yield _case("cited, an erasure of nothing here", False, [19], cited, 21)
    yield _case("cited, a key moved into scope", True, [3, 19], cited)
    yield _case("cited, an approval beside what it approves", False, [17], cited, 18)
    of = wider()
    yield _case("cited, with its correction", True, [17], cited, Wider.correction, of=of)
    yield _case("cited, its correction in scope too", True, [17, Wider.correction], cited, of=of)
    yield _case("cited, a correction of nothing here", False, [19], cited, Wider.correction, of=of)
    yield _case("cited, with what supersedes it", True, [Wider.loose], cited, Wider.second, of=of)
    yield _case("cited, what it supersedes as context", False, [Wider.second], cited, Wider.loose, of=of)
    wrong = wider()
    wrong.drafts[Wider.second].event["data"]["references"][0]["rel"] = "about"
    yield _case("cited, what is about it as context", False, [Wider.loose], cited, Wider.second, of=wrong)


def controls_held() -> Iterator[Case]:
    """Bundles of a control or an incident: what names it, what that refers to, and what refers to that."""
    of, w = wider(), Wider
    control = {"by": "control", "control": CONTROL}
    named = [w.control, w.decision, w.risk]
    yield _case("a control, all of it", True, named, control, of=of)
    yield _case("a control, one that names another", False, [*named, w.other_control], control, of=of)
    yield _case("a control, one that names nothing", False, [*named, w.loose], control, of=of)
    yield _case("a control, a decision without what it refers to", False, [w.decision], control, of=of)
    yield _case("a control, what refers to it as context", False, [w.control, w.risk], control, w.decision, of=of)
    yield _case("a control, what names it as context", False, [w.control, w.decision], control, w.risk, of=of)
    narrowed = {**control, "kind": "ai_decision"}
    yield _case("a control and a kind, what names it as context", True, [w.decision], narrowed, w.control, of=of)
    yield _case("a control and a kind, what names it not carried", False, [w.decision], narrowed, of=of)
    yield _case(
        "a control and a kind, a namer that nothing needs", False, [w.decision], narrowed, w.control, w.risk, of=of
    )
    yield _case("a control, another word", False, named, {**control, "control": "A.6.2.5"}, of=of)
    yield _case("a control, the beginning of a word", False, named, {**control, "control": "A.6.2"}, of=of)
    yield _case("a control, by system", False, named, {**control, "by": "system"}, of=of)
    incident = {"by": "incident", "incident": INCIDENT}
    reported = [Places.after, w.incident, w.action]
    yield _case("an incident, all of it", True, reported, incident, of=of)
    yield _case(
        "an incident, what it refers to as context", False, [w.incident, w.action], incident, Places.after, of=of
    )
    yield _case("an incident, what refers two steps away", False, [11, *reported], incident, of=of)
    yield _case(
        "an incident and a control, nothing is about both", False, reported, {**incident, "control": CONTROL}, of=of
    )
    yield _case("an incident, a word of a control", False, named, {**incident, "incident": CONTROL}, of=of)
    yield from _undecided(control, named)


def _undecided(control: dict[str, Any], named: list[int]) -> Iterator[Case]:
    """Where an entry that could tell is unknown here, the scope can't be held against the others."""

    def later(made: Draft) -> None:
        made.event["type"] = "org.aims-ledger.risk.v2"

    of = wider()
    later(of.drafts[Wider.risk])
    yield _case("a control, a namer of a later version", True, named, control, of=of)
    what = "a control, a later version that could refer to one that names nothing"
    yield _case(what, True, [*named, Wider.loose], control, of=of)
    gone = wider()
    gone.drafts[Wider.risk].leaf = lambda members: {**members, "v": 2}
    yield _case("a control, an unreadable entry that could name it", True, [*named, Wider.loose], control, of=gone)
    kind = {"by": "kind", "kind": "control"}
    yield _case("a kind, beside a leaf of a later version", False, [*named], kind, of=gone)
