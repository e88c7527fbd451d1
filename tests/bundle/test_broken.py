"""Each check of the format broken in turn: found, with the right verdict and place, and nothing else blamed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.bundle.lines import HistoryLine, format_history_line
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.note import Note, format_note, parse_note
from ledger.times import format_instant, parse_instant
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.bundle.samples import Samples
from tests.bundle.taking_apart import Parts, spoiled
from tests.ledger.harness import SUBJECT, signer

Change = Callable[[Parts], None]


# Broken, one at a time


def flip_payload(parts: Parts, index: int) -> None:
    """A statement with one letter changed, signature and all else as it was."""
    leaf = parts.leaf(index)
    payload = bytearray(base64.b64decode(leaf["envelope"]["payload"]))
    payload[payload.index(b"https://bank.example/") + 8] ^= 1
    leaf["envelope"]["payload"] = base64.b64encode(payload).decode()
    parts.replace_leaf(index, leaf)


def leaf_with(index: int, /, **members: Any) -> Change:
    return lambda parts: parts.replace_leaf(index, {**parts.leaf(index), **members})


def flipped(name: str, at: int = -1) -> Change:
    def change(parts: Parts) -> None:
        data = bytearray(parts.files[name])
        data[at] ^= 1
        parts.files[name] = bytes(data)

    return change


CARRIED = 7  # an entry with a signature by a pipeline key; the key history is 0 to 6


@pytest.fixture
def find(samples: Samples, bundles: dict[str, Path], trust: TrustPolicy, tmp_path: Path) -> Any:
    """(change, name of the bundle) -> what is found that was not found before."""

    def found(change: Change, name: str = "disclosed", *, trusted: bool = True, describe: bool = True) -> Any:
        more, report = spoiled(
            bundles[name], tmp_path / "spoiled.zip", trust if trusted else None, change, describe=describe
        )
        assert report.exit_code in (1, 4)
        return more

    return found


def test_a_file_that_is_not_the_manifests_is_altered(find: Any) -> None:
    for name in ("scope.txt", "index.html", "README.txt", "verify.py", "verify.html", "schemas/key.v1.json"):
        more = find(flipped(name), describe=False)
        assert ("altered", f"file {name}") in more


def test_a_leaf_that_is_none_is_altered_and_so_is_the_proof(find: Any) -> None:
    for leaf in (b"", b"{}", b'{"v": 1}', b"x" * 70_000):
        more = find(lambda parts, leaf=leaf: parts.replace_leaf(CARRIED, leaf))
        assert {("altered", f"entry {CARRIED}"), ("altered", "proof")} <= more


@pytest.mark.parametrize("members", [{"index": 8}, {"ledger": "other.example/x"}, {"index": 7.0}])
def test_a_leaf_of_another_place_or_ledger_is_altered(find: Any, members: dict[str, Any]) -> None:
    assert {("altered", f"entry {CARRIED}"), ("altered", "proof")} <= find(leaf_with(CARRIED, **members))


def test_a_leaf_of_another_version_is_unsupported(find: Any) -> None:
    assert ("unsupported version", f"entry {CARRIED}") in find(leaf_with(CARRIED, v=2))


def test_a_line_too_many_or_too_few_stops_what_rests_on_leaves(find: Any) -> None:
    for change in (lambda data: data + b"{}\n", lambda data: data[:-1], lambda data: data.split(b"\n", 1)[1]):
        more = find(lambda parts, change=change: parts.files.update(
            {"leaves.jsonl": change(parts.files["leaves.jsonl"])}))  # fmt: skip
        assert more == {("altered", "leaves")}


def test_any_byte_of_the_proof_matters(find: Any, bundles: dict[str, Path]) -> None:
    size = len(Parts.of(bundles["kind"]).files["proof.bin"])
    for at in range(0, size, 7):
        assert find(flipped("proof.bin", at), "kind") == {("altered", "proof")}
    for change in (lambda data: data + bytes(32), lambda data: data[:-32], lambda data: b""):
        more = find(lambda parts, change=change: parts.files.update({"proof.bin": change(parts.files["proof.bin"])}),
                    "kind")  # fmt: skip
        assert more == {("altered", "proof")}


def test_a_changed_statement_is_a_wrong_signature(find: Any) -> None:
    more = find(lambda parts: flip_payload(parts, CARRIED))

    assert {("signature invalid", f"entry {CARRIED}"), ("altered", "proof")} <= more


def test_a_changed_enrolment_never_becomes_state(find: Any, samples: Samples) -> None:
    more = find(lambda parts: flip_payload(parts, 2))

    assert ("signature invalid", "entry 2") in more
    assert ("key unknown", f"entry {samples.places['corrected']}") in more


def test_a_changed_genesis_leaves_nobody_to_judge(find: Any) -> None:
    more = find(lambda parts: flip_payload(parts, 0), trusted=False)

    assert {("signature invalid", "entry 0"), ("not checked here", "keys")} <= more
    assert ("not checked here", "checkpoint") in more


# The key history and completeness


def test_a_revocation_that_is_left_out_leaves_a_gap(find: Any, samples: Samples) -> None:
    """Left out with its hash put into the proof, as a maker could; the number of the next one tells."""
    rotation = samples.places["rotation"]

    more = find(lambda parts: parts.replace_leaf(rotation, None))

    assert ("missing", f"entry {rotation + 2}") in more


def test_a_genesis_that_is_left_out_is_missing(find: Any) -> None:
    more = find(lambda parts: parts.replace_leaf(0, None))

    assert {("missing", "entry 0"), ("missing", "entry 1"), ("not checked here", "keys")} <= more


def test_an_entry_left_out_of_a_complete_run_is_missing(find: Any) -> None:
    assert ("missing", "scope") in find(lambda parts: parts.replace_leaf(CARRIED, None))


@pytest.mark.parametrize("run", [(0, 99), (1, 5), (3, 99)])
def test_a_run_that_is_claimed_and_not_carried_is_missing(find: Any, run: tuple[int, int]) -> None:
    def change(parts: Parts) -> None:
        parts.manifest["scope"]["complete"] = {SUBJECT: {"first_nth": run[0], "last_nth": run[1]}}

    assert find(change) == {("missing", "scope")}


def test_the_bounds_of_a_run_in_time_are_held_against_its_neighbours(find: Any, bundles: dict[str, Path]) -> None:
    scope = Parts.of(bundles["time"]).manifest["scope"]
    assert scope["complete"][SUBJECT] == {"first_nth": 1, "last_nth": 3}

    about = Parts.of(bundles["system"]).manifest["entries"]
    before, after = (("index wrong", f"entry {about[number]}") for number in (0, 4))

    def found(**bounds: str) -> set[tuple[str, str]]:
        more: set[tuple[str, str]] = find(lambda parts: parts.manifest["scope"].update(bounds), "time")
        return more

    assert found(**{"from": "2020-01-01T00:00:00.000000Z"}) == {("missing", "scope"), before}
    reached = parse_instant(Parts.of(bundles["time"]).leaf(about[4])["time"], "leaf") + 1
    assert found(until=format_instant(reached)) == {("missing", "scope"), after}
    assert find(lambda parts: parts.manifest["scope"].pop("from"), "time") == {("missing", "scope"), before}


# Links


def test_links_that_do_not_fit_are_altered(find: Any) -> None:
    wrong = "ab" * 32
    for members in ({"prev": wrong}, {"nth_prev": wrong}, {"nth": 5}, {"nth": 0}, {"nth": 1, "nth_prev": "0" * 64}):
        more = find(leaf_with(CARRIED + 1, **members))
        assert ("altered", f"entry {CARRIED + 1}") in more, members


def test_time_that_runs_backwards_is_not_permitted(find: Any) -> None:
    more = find(leaf_with(CARRIED + 1, time="2020-01-01T00:00:00.000000Z"))

    assert ("not permitted", f"entry {CARRIED + 1}") in more


# Values and attachments


def test_disclosures_that_do_not_belong_are_altered(find: Any, samples: Samples) -> None:
    first, last = samples.places["first decision"], samples.places["last"]

    def moved(parts: Parts) -> None:
        lines = parts.lines("disclosures.jsonl")
        for line in lines:
            line["entry"] = last if line["entry"] == first else line["entry"]
        parts.replace_lines("disclosures.jsonl", sorted(lines, key=lambda line: (line["entry"], line["disclosure"])))

    assert ("altered", f"entry {last}") in find(moved)


def test_a_file_of_disclosures_out_of_order_is_altered_and_values_are_not_judged(find: Any) -> None:
    def change(parts: Parts) -> None:
        parts.replace_lines("disclosures.jsonl", parts.lines("disclosures.jsonl")[::-1])

    assert find(change) == {("altered", "disclosures")}


def test_a_value_that_comes_back_after_its_erasure_is_told(samples: Samples, tmp_path: Path) -> None:
    made = Samples.make(tmp_path)
    h, trust = made.harness, parse_trust_policy(made.trust(witnesses=()))
    place = made.places["last"]
    before = Parts.of(made.bundle("before", made.requests()["disclosed"]))
    h.erase(place)
    after = made.bundle("after", made.requests()["disclosed"])

    def change(parts: Parts) -> None:
        kept = [line for line in before.lines("disclosures.jsonl") if line["entry"] == place]
        lines = sorted([*parts.lines("disclosures.jsonl"), *kept], key=lambda x: (x["entry"], x["disclosure"]))
        parts.replace_lines("disclosures.jsonl", lines)

    more, report = spoiled(after, tmp_path / "x.zip", trust, change)

    assert more == {("erased but present", f"entry {place}")}
    assert report.exit_code == 1
    h.close()


def test_attachments_are_held_against_the_entries_that_name_them(find: Any, bundles: dict[str, Path]) -> None:
    names = [name for name in Parts.of(bundles["disclosed"]).files if name.startswith("attachments/")]
    assert len(names) == 2
    for name in names:
        what = f"attachment {name[12:28]}"
        assert find(flipped(name)) == {("altered", what)}
        assert find(lambda parts, name=name: parts.files.pop(name)) == {("withheld", what)}
    stray = f"attachments/{sha256(b'stray').hexdigest()}"
    assert find(lambda parts: parts.files.update({stray: b"stray"})) == {("altered", f"file {stray}")}


def test_schemas_are_the_frozen_ones(find: Any) -> None:
    name = "schemas/ai_decision.v1.json"

    assert find(flipped(name)) == {("altered", f"file {name}")}
    assert find(lambda parts: parts.files.pop(name)) == {("missing", f"file {name}")}


# Checkpoint and history


def test_a_checkpoint_that_is_none_or_another_is_told(find: Any, samples: Samples) -> None:
    def grown(parts: Parts) -> None:
        parts.manifest["size"] += 1

    assert ("altered", "bundle.json") in find(grown)
    assert ("altered", "bundle.json") in find(lambda parts: parts.manifest.update({"root": "ab" * 32}))
    assert ("altered", "checkpoint") in find(lambda parts: parts.files.update({"checkpoint": b"none"}))


def test_signatures_of_the_checkpoint_are_judged(find: Any, samples: Samples) -> None:
    def resigned(name: str) -> Change:
        def change(parts: Parts) -> None:
            made = parts.manifest
            checkpoint = Checkpoint(made["origin"], made["size"], bytes.fromhex(made["root"]))
            parts.files["checkpoint"] = sign_checkpoint(checkpoint, signer(name))

        return change

    def broken(parts: Parts) -> None:
        note = parse_note(parts.files["checkpoint"])
        first = note.signatures[0]
        wrong = type(first)(first.name, first.key_id, bytes(64))
        parts.files["checkpoint"] = format_note(Note(note.text, (wrong, *note.signatures[1:])))

    for trusted in (True, False):
        assert find(resigned("stranger"), trusted=trusted) == {("key unknown", "checkpoint")}
        assert find(broken, trusted=trusted) == {("signature invalid", "checkpoint")}
    assert find(resigned("checkpoint")) == {("not witnessed", "checkpoint")}


def test_an_older_checkpoint_must_lead_to_the_one_of_the_bundle(find: Any) -> None:
    def with_line(**changes: Any) -> Change:
        def change(parts: Parts) -> None:
            first, *rest = parts.lines("history.jsonl")
            parts.replace_lines("history.jsonl", [{**first, **changes}, *rest])

        return change

    none = base64.b64encode(b"none").decode()
    assert ("forked", "history 0") in find(with_line(proof=[]))
    assert ("altered", "history 0") in find(with_line(note=none))
    assert ("altered", "history 0") in find(with_line(timestamps=["timestamps/7.tsr"]))
    assert ("altered", "history 0") in find(with_line(more=1))
    assert ("altered", "file timestamps/0.tsr") in find(with_line(timestamps=[]))
    assert find(lambda parts: parts.files.update({"history.jsonl": parts.files["history.jsonl"][:-1]})) == {
        ("altered", "history")
    }


def test_a_checkpoint_of_a_fork_in_the_history_is_told(find: Any, samples: Samples) -> None:
    fork = sign_checkpoint(Checkpoint(samples.harness.origin, 5, bytes(32)), signer("checkpoint"))

    def change(parts: Parts) -> None:
        line = json.loads(format_history_line(HistoryLine(fork, (bytes(32),) * 5, ())))
        parts.replace_lines("history.jsonl", [*parts.lines("history.jsonl"), line])

    (more,) = find(change)

    assert more[0] == "forked"
    assert more[1].startswith("history ")
