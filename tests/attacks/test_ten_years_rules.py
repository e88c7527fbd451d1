"""Rules over ten years: one administrator does not loosen them, a signer without memory waits, both verifiers agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refused, Rollback
from ledger.memory import Memory, Pin
from ledger.policy import Policy, format_policy
from ledger.times import format_instant
from ledger.trust import parse_trust_policy
from ledger.verdicts import Verdict
from tests.attacks.decade import (
    ADMINS,
    YEAR,
    Decade,
    certify,
    forged,
    opened,
    report_theft,
    rewrite,
    sign_again_with,
)  # fmt: skip
from tests.ledger.anchored import cosigned
from tests.ledger.attacker import Suspect, found, install, keyid, rechain, signed, statement
from tests.ledger.harness import START, decision, enrolment, source_of
from tests.second.verifier import Seen, exit_code, verify

# The quorum


def loosened(spare: bool) -> list[tuple[str, str, dict[str, Any], list[str]]]:
    """What one administrator tries with two keys, or one: (name, kind, body, signers)."""
    mine = ["admin", "spare"] if spare else ["admin"]
    lower = {"action": "policy_changed", "policy": format_policy(Policy(quorum=1)), "reason": "easier"}
    same = {"action": "policy_changed", "policy": format_policy(Policy(quorum=2, principals={})), "reason": "easier"}
    return [
        ("a lower quorum", "ledger", lower, mine),
        ("a policy without two signers for erasing", "ledger", same, mine),
        ("a sock puppet", "key", enrolment("puppet", "admin"), [*mine, "puppet"]),
        ("an admin's end", "key", {"action": "revoked", "keyid": keyid("admin4"), "reason": "in the way"}, mine),
        ("another clock", "ledger", {"action": "clock_reset", "clock": format_instant(START), "reason": "old"}, mine),
        ("the end", "ledger", {"action": "closed", "reason": "enough"}, mine),
    ]


def give_spare_key(suspect: Suspect) -> None:
    """A second key of the first administrator, enrolled as the rules have it."""
    with opened(suspect) as h:
        h.record("key", enrolment("spare", "admin", principal="admin-1"), [*ADMINS, "spare"])


@pytest.mark.parametrize("attempt", range(6))
@pytest.mark.parametrize("spare", [False, True], ids=["one key", "two keys of one person"])
def test_one_administrator_can_not_loosen_the_quorum_at_the_door(lawful: Suspect, attempt: int, spare: bool) -> None:
    give_spare_key(lawful)
    _, kind, body, by = loosened(spare)[attempt]

    with opened(lawful) as h:
        h.refuse(h.line(kind, body, by), rule="quorum", match=r"signed by 1 admin principal\(s\), expected 2")
        h.check()


@pytest.mark.parametrize("attempt", range(6))
def test_one_administrator_can_not_loosen_the_quorum_past_the_door(
    lawful: Suspect, decade: Decade, attempt: int
) -> None:
    """The same written into the database: it never becomes state, and what builds on it falls with it."""
    give_spare_key(lawful)
    _, kind, body, by = loosened(True)[attempt]
    now = format_instant(START + 10 * YEAR)
    options = {"source": source_of("admin"), "subject": "ledger", "time": now}
    change = signed(statement(kind, body, lawful.origin, by[0], **options), by, time=now)
    policy = {"action": "policy_changed", "policy": format_policy(Policy(quorum=2)), "reason": "with a puppet"}
    builds_on = signed(statement("ledger", policy, lawful.origin, "admin", **options), ["admin", "puppet"], time=now)
    records = [*lawful.records(), change, *([builds_on] if "puppet" in by else [])]
    install(lawful, rechain(records, lawful.origin))

    told = found(certify(lawful, decade))

    first = decade.sizes[10] + 1  # after the spare key
    assert ("not permitted", first, "") in told
    assert {place for verdict, place, _ in told if verdict == "not permitted"} == set(range(first, len(records)))


def in_anothers_name(action: str) -> dict[str, Any]:
    """A key that one administrator holds, enrolled as that of another person."""
    if action == "enrolled":
        return enrolment("fake", "compliance", "approver", principal="admin2-1", sources=[source_of("admin2")])
    body = enrolment("fake", "pipeline", principal="pipeline-1", sources=[source_of("pipeline")])
    return {**body, "action": "rotated", "replaces": keyid("pipeline-c")}


@pytest.mark.parametrize("action", ["enrolled", "rotated"])
def test_one_administrator_gets_no_key_in_anothers_name_at_the_door(lawful: Suspect, action: str) -> None:
    with opened(lawful) as h:
        line = h.line("key", in_anothers_name(action), ["admin", "fake"])
        h.refuse(line, rule="principal", match="has had a key before; signed by none of theirs")
        h.check()


@pytest.mark.parametrize("action", ["enrolled", "rotated"])
def test_one_administrator_gets_no_key_in_anothers_name_past_the_door(
    lawful: Suspect, decade: Decade, tmp_path: Path, action: str
) -> None:
    """Written into the database: both verifiers find it, and what the key signs."""
    now = format_instant(START + 10 * YEAR)
    options = {"subject": "ledger", "time": now, "source": source_of("admin")}
    body = in_anothers_name(action)
    enrolled = signed(statement("key", body, lawful.origin, "admin", **options), ["admin", "fake"], time=now)
    speaks = {"source": body["sources"][0], "time": now}
    kind, data = ("approval", {"decision": "approved", "scope": "release", "digest": "ab" * 32}) if (
        action == "enrolled") else ("ai_decision", decision(1))  # fmt: skip
    used = signed(statement(kind, data, lawful.origin, "fake", **speaks), "fake", time=now)
    records = [*lawful.records(), enrolled, used]
    install(lawful, rechain(records, lawful.origin))

    told = {(verdict, place) for verdict, place, _ in found(certify(lawful, decade))}

    expected = {("not permitted", len(records) - 2), ("not permitted", len(records) - 1)}
    assert expected <= told
    assert expected <= second_agrees(lawful, tmp_path / "second", None)


def test_even_all_administrators_together_do_not_go_below_the_floor(lawful: Suspect) -> None:
    body = {"action": "policy_changed", "policy": format_policy(Policy(quorum=1)), "reason": "easier"}

    with opened(lawful) as h:
        match = "lowers quorum from 2 to 1, below the floor"
        h.refuse(h.line("ledger", body, ["admin", "admin2", "admin4"]), rule="policy floor", match=match)


# The signer


def lose_memory(suspect: Suspect) -> None:
    for file in suspect.state.glob("*/signer-*"):
        file.unlink()


def test_a_signer_that_lost_its_memory_refuses_until_it_adopts_a_witnessed_checkpoint(
    lawful: Suspect, decade: Decade
) -> None:
    lose_memory(lawful)
    alone = decade.notes[8]
    by_one = cosigned(alone, 1_900_000_000, name="w1.example", key="w1")
    by_two = cosigned(by_one, 1_900_000_000, name="w2.example", key="w2")
    nobody = parse_trust_policy(b"quorum none\n")

    with opened(lawful) as h:
        line = h.line("ai_decision", decision(1), "pipeline-c", source=source_of("pipeline"))
        h.refuse(line, rule="memory lost", match="remembers no checkpoint of a ledger with")
        with pytest.raises(Refused, match="remembers no checkpoint"):
            h.ledger.checkpoint()
        for note, trust, why in (
            (alone, None, "no policy says which witnesses must have cosigned"),
            (by_two, None, "no policy says which witnesses must have cosigned"),
            (by_two, nobody, "the policy asks for no witness"),
            (alone, decade.policy(), "the witnesses of the policy have not cosigned"),
            (by_one, decade.policy(), "the witnesses of the policy have not cosigned"),
        ):
            with pytest.raises(Refused, match=why):
                h.ledger.adopt(note, trust)
            h.refuse(line, rule="memory lost", match="remembers no checkpoint of a ledger with")
        h.ledger.adopt(by_two, decade.policy())
        assert h.append(line)[0].state == "checkpointed"
        h.check()


def test_a_signer_that_lost_its_memory_adopts_nothing_that_the_ledger_does_not_extend(
    lawful: Suspect, decade: Decade
) -> None:
    """The database was restored from year 8's backup, the witness has year 10's checkpoint: the attack is seen."""
    lose_memory(lawful)
    size = decade.sizes[8]
    records = lawful.records()[:size]
    install(lawful, rechain(records, lawful.origin))
    with lawful.tampering() as connection:
        connection.execute("DELETE FROM checkpoint WHERE size > ?", (size,))

    with opened(lawful) as h, pytest.raises((Refused, Rollback)):
        h.ledger.adopt(decade.notes[10], unwitnessed=True)


# Another verifier


def second_agrees(suspect: Suspect, folder: Path, pin: Pin | None) -> set[tuple[str, int]]:
    """What both say without policy and certificates, of which the second verifier knows nothing."""
    state = folder / "nobody's"
    if pin is not None:
        Memory(pin.origin, state).remember(pin)
    report = suspect.verify(state=state)
    seen = Seen(pin.origin, pin.genesis, pin.vkeys, tuple((s.size, s.root, s.at) for s in pin.seen)) if pin else None
    second = verify(suspect.path, seen)
    program = {(f.verdict.value, f.place.index) for f in report.findings if f.verdict is not Verdict.SCHEMA_VIOLATION}
    assert second == program
    assert exit_code(second) == report.exit_code
    return second


@pytest.mark.parametrize("known", [False, True], ids=["first sight", "pinned"])
def test_the_second_verifier_agrees_on_all_of_it(decade: Decade, tmp_path: Path, known: bool) -> None:
    attacks: list[Callable[[Suspect], object]] = [
        lambda _: None,
        report_theft,
        lambda s: rewrite(s, min(decade.by("pipeline-b", 4)), forged(s, START + 3 * YEAR)),
        lambda s: sign_again_with(s, "checkpoint"),
        give_spare_key,
    ]
    for number, attack in enumerate(attacks):
        suspect = decade.copy(tmp_path / str(number))
        pin = replace(suspect.pin(), seen=()) if known else None
        attack(suspect)
        assert second_agrees(suspect, suspect.folder, pin) or known
