"""`aims anchor`: who is asked, what is printed, and the codes it ends with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ledger.note import format_vkey, parse_vkey
from ledger.witness.records import Records
from ledger.witness.witness import Witness
from tests.cli.person import Person
from tests.ledger.tsa import Authority, serving
from tests.ledger.witness.logs import KEYS, NOW, VKEYS, serving_witness

W1, W2 = map(str, VKEYS)
NOWHERE = "http://127.0.0.1:9"


def write_policy(clerk: Person, urls: Sequence[str]) -> Path:
    """A trust policy in which each key of the witness is at an address."""
    (log,) = clerk.does("checkpoint", "--pin").json["vkeys"]
    lines = [f"log {log}", *(f"witness w{n} {format_vkey(k)} {urls[n]}" for n, k in enumerate(VKEYS))]
    file = clerk.folder / "policy"
    file.write_text("\n".join([*lines, "group both all w0 w1", "quorum both", ""]))
    return file


@pytest.fixture
def witness_url(clerk: Person, tmp_path: Path) -> Iterator[str]:
    """A witness of the clerk's ledger, answering."""
    (log,) = clerk.does("checkpoint", "--pin").json["vkeys"]
    witness = Witness(Records.create(tmp_path / "w.db", VKEYS), [parse_vkey(log)], KEYS, lambda: NOW)
    with serving_witness(witness) as url:
        yield url


def test_the_witnesses_of_the_policy_are_asked_and_their_answers_verify(clerk: Person, witness_url: str) -> None:
    policy = write_policy(clerk, [witness_url] * 2)

    seen = clerk.does("anchor", "--once", "--witnesses", policy)

    assert seen.out.splitlines() == [f"{W1}: vouches for 6 entries", f"{W2}: vouches for 6 entries"]
    assert (clerk.does("anchor", "--once", "--witnesses", policy).out, seen.err) == ("", "")
    assert clerk.does("anchor", "--status").out.splitlines() == [
        f"{name}  vouches for 6 entries" for name in sorted((W1, W2))
    ]
    assert clerk.does("verify").code == 0


def test_the_project_file_says_who_is_asked(clerk: Person, witness_url: str) -> None:
    write_policy(clerk, [witness_url] * 2)
    authority = Authority()
    (clerk.folder / "roots.pem").write_bytes(authority.root.pem)
    with serving(authority) as stamps:
        project = clerk.folder / ".aims.toml"
        lines = ["[anchors]", 'witnesses = "policy"', f'timestamps = ["{stamps.url}"]', 'timestamp_roots = "roots.pem"']
        project.write_text(project.read_text() + "\n".join([*lines, ""]))

        told = [json.loads(line) for line in clerk.does("anchor", "--once", "--json").out.splitlines()]

    assert told == [{"target": name, "size": 6, "answered": True} for name in (W1, W2, stamps.url)]
    states = clerk.does("anchor", "--status", "--json").json
    assert {state["target"]: (state["kind"], state["size"], state["waiting"]) for state in states} == {
        W1: ("witness", 6, None), W2: ("witness", 6, None), stamps.url: ("time stamp", 6, None),
    }  # fmt: skip


def test_a_token_that_does_not_verify_with_the_roots_is_not_stored(clerk: Person) -> None:
    (clerk.folder / "roots.pem").write_bytes(Authority(name="Other").root.pem)

    with serving(Authority()) as stamps:
        seen = clerk.runs("anchor", "--once", "--timestamp", stamps.url, "--timestamp-roots", "roots.pem")

    assert (seen.code, seen.out) == (3, "")
    assert "no certificates lead from it to a given root" in seen.err
    assert clerk.does("anchor", "--status", "--json").json[0]["size"] == 0


def test_who_does_not_answer_is_told_waited_for_and_ends_with_3(clerk: Person, witness_url: str) -> None:
    policy = write_policy(clerk, [NOWHERE, witness_url])

    seen = clerk.runs("anchor", "--once", "--witnesses", policy)

    assert (seen.code, seen.out) == (3, f"{W2}: vouches for 6 entries\n")
    assert seen.err.startswith(f"{W1}: witness {NOWHERE}: ")
    assert seen.err.count("\n") == 1
    told = clerk.does("anchor", "--status").out.splitlines()
    assert any(
        "has vouched for nothing yet; asked for 6 since 20" in line and "1 time(s) in vain" in line for line in told
    )
    seen = clerk.runs("anchor", "--once", "--witnesses", policy, "--json")
    (value,) = [json.loads(line) for line in seen.out.splitlines()]
    assert (seen.code, value["target"], value["answered"]) == (3, W1, False)
    assert {"error", "next_try"} <= value.keys()


def test_without_once_it_goes_on_until_it_is_stopped(
    clerk: Person, witness_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[float] = []

    def wait(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 3:
            raise KeyboardInterrupt
        clerk.overrides(len(rounds))

    monkeypatch.setattr("cli.commands.anchor.time.sleep", wait)

    seen = clerk.runs("anchor", "--witnesses", write_policy(clerk, [witness_url] * 2), "--every", "7")

    assert (seen.code, rounds) == (130, [7, 7, 7])
    assert [line.split()[-2] for line in seen.out.splitlines()] == ["6", "6", "7", "7", "8", "8"]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["--once"], "anchor: nobody to ask; give --witnesses POLICY"),
        (["--once", "--witnesses", "missing"], "trust policy missing: can't be read (No such file or directory)"),
        (["--once", "--witnesses", "evidence.db"], "trust policy: found"),
        (["--once", "--timestamp", "ftp://x"], "time stamps: address ftp://x, expected one that begins with https://"),
        (["--once", "--timestamp", "http://u:p@x"], "time stamps: address http://u:p@x, expected"),
        (["--once", "--timestamp", "http://x", "--timestamp-roots", "missing"], "roots missing: can't be read"),
        (["--every", "0"], "Invalid value for '--every'"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is(clerk: Person, arguments: list[str], match: str) -> None:
    assert match in clerk.refused("anchor", *arguments)


def test_a_policy_with_a_bad_address_is_refused_before_anybody_is_asked(clerk: Person, witness_url: str) -> None:
    said = clerk.refused("anchor", "--once", "--witnesses", write_policy(clerk, [witness_url, "gopher://w"]))

    assert "policy: address gopher://w, expected" in said


def test_a_target_that_is_asked_no_more_is_dropped_from_the_queue_and_what_it_vouched_for_stays(
    clerk: Person, witness_url: str
) -> None:
    clerk.does("anchor", "--once", "--witnesses", write_policy(clerk, [witness_url] * 2))
    clerk.overrides()
    policy = write_policy(clerk, [witness_url, NOWHERE])
    assert clerk.runs("anchor", "--once", "--witnesses", policy, "--timestamp", NOWHERE).code == 3
    waits = {s["target"]: (s["size"], s["waiting"]) for s in clerk.does("anchor", "--status", "--json").json}
    assert waits == {W1: (7, None), W2: (6, 7), NOWHERE: (0, 7)}

    for target in (NOWHERE, W2):
        assert clerk.does("anchor", "--forget", target).out == ""

    waits = {s["target"]: (s["size"], s["waiting"]) for s in clerk.does("anchor", "--status", "--json").json}
    assert waits == {W1: (7, None), W2: (6, None)}
    assert clerk.runs("verify").code == 0
    assert clerk.runs("anchor", "--once", "--witnesses", policy).code == 3  # whoever is still named is asked again


@pytest.mark.parametrize("target", ["", "https://never.example/", W1])
def test_what_does_not_wait_can_not_be_forgotten(clerk: Person, witness_url: str, target: str) -> None:
    clerk.does("anchor", "--once", "--witnesses", write_policy(clerk, [witness_url] * 2))

    assert "not in the queue, where nothing waits" in clerk.refused("anchor", "--forget", target)
    assert len(clerk.does("anchor", "--status", "--json").json) == 2


def test_forgetting_asks_nobody(clerk: Person) -> None:
    for other in ("--once", "--status"):
        assert clerk.runs("anchor", "--forget", NOWHERE, other).code == 2


def test_a_ledger_nobody_vouches_for_says_so(clerk: Person) -> None:
    assert clerk.does("anchor", "--status").out == "nobody vouches for anything yet\n"
    assert clerk.does("anchor", "--status", "--json").json == []
