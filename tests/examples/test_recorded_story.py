"""The story that `aims demo` replays: every line is valid, every reference resolves, every file is the one named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger import Ed25519Signer, Founder, Ledger, create_ledger, verify_ledger
from ledger.kinds import KINDS, validate_body
from ledger.policy import parse_policy

STORY = Path(__file__).parents[2] / "cli" / "story"
MANIFEST = json.loads((STORY / "MANIFEST.json").read_text(encoding="utf-8"))
LINES: list[dict[str, Any]] = [
    json.loads(line) for line in (STORY / "story.jsonl").read_text(encoding="utf-8").splitlines()
]
REFERENCE = re.compile(r"entry:(0|[1-9][0-9]*)\Z")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(item)


def _resolved(value: Any, digests: dict[int, str]) -> Any:
    if isinstance(value, dict):
        return {name: _resolved(item, digests) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, digests) for item in value]
    found = REFERENCE.match(value) if isinstance(value, str) else None
    return digests[int(found[1])] if found else value


def test_lines_are_numbered_from_zero_without_gaps() -> None:
    assert [line["n"] for line in LINES] == list(range(MANIFEST["entries"]))
    assert LINES[0]["kind"] == "ledger"


def test_times_never_go_back_within_what_one_holder_says() -> None:
    for holder in MANIFEST["holders"]:
        times = [line["time"] for line in LINES if line["signers"][0] == holder]
        assert times == sorted(times), holder


@pytest.mark.parametrize("kind", sorted({line["kind"] for line in LINES if "data" in line}))
def test_every_body_validates_against_its_kind(kind: str) -> None:
    for line in LINES:
        if line["kind"] == kind:
            validate_body(kind, _resolved(line["data"], dict.fromkeys(range(line["n"]), "0" * 64)))


def test_every_reference_points_at_an_earlier_line() -> None:
    for line in LINES:
        for text in _strings(line.get("data", {})):
            if text.startswith("entry:"):
                found = REFERENCE.match(text)
                assert found, text
                assert int(found[1]) < line["n"], (line["n"], text)


def test_every_attached_file_is_there_and_is_the_one_named() -> None:
    named = set()
    for line in LINES:
        for artefact in line.get("data", {}).get("artefacts", ()):
            content = (STORY / "files" / artefact["name"]).read_bytes()
            assert artefact["attached"]
            assert (len(content), sha256(content).hexdigest()) == (artefact["size"], artefact["digest"])
            named.add(artefact["name"])

    assert named == {file.name for file in (STORY / "files").iterdir()}


def test_the_manifest_lists_every_file_by_digest_and_none_is_large() -> None:
    found = {p.relative_to(STORY).as_posix(): p.read_bytes() for p in STORY.rglob("*") if p.is_file()}
    content = found.pop("MANIFEST.json")

    assert {name: {"sha256": sha256(data).hexdigest(), "size": len(data)} for name, data in found.items()} == MANIFEST[
        "files"
    ]
    assert all(len(data) < 100_000 for name, data in found.items() if name.startswith("files/"))
    assert json.loads(content)["notice"].startswith("EXAMPLE")


def test_nothing_of_the_machine_that_recorded_it_is_in_it() -> None:
    for path in STORY.rglob("*"):
        if path.is_file():
            assert not re.search(rb"/(work|tmp|home|root|Users)/", path.read_bytes()), path


def test_the_story_tells_what_the_documents_ask_for() -> None:
    told = {line["kind"] for line in LINES}
    decisions = [line["data"] for line in LINES if line["kind"] == "ai_decision"]
    controls = [line["data"]["control_id"] for line in LINES if line["kind"] == "control"]

    assert told <= set(KINDS)
    assert {"test_plan", "evaluation", "incident", "corrective_action", "oversight_action", "approval"} <= told
    assert len(decisions) >= 40
    assert all(d["replayed"] for d in decisions)
    assert len([c for c in controls if c.startswith("A.")]) == 38 == len({c for c in controls if c.startswith("A.")})


def test_a_sex_result_never_stands_without_its_caveat() -> None:
    about_sex = [
        line["data"]
        for line in LINES
        if line["kind"] == "evaluation" and any("sex" in m["metric"] for m in line["data"]["metrics"])
    ]
    groups = [m["group"]["attribute"] for data in about_sex for m in data["metrics"] if "group" in m]

    assert {"sex code (unsound)", "age band"} == set(groups)
    assert all("codebook" in data["circumstances"] for data in about_sex)
    for report in (STORY / "files").glob("test-report-fairness-*.md"):
        assert "codebook" in report.read_text(encoding="utf-8")


def test_every_evaluation_answers_a_plan_recorded_before_it() -> None:
    for line in LINES:
        if line["kind"] == "evaluation":
            answered = [r["statement"] for r in line["data"]["references"] if r["rel"] == "answers"]
            plan = LINES[int(answered[0].removeprefix("entry:"))]
            assert (plan["kind"], plan["data"]["plan_id"]) == ("test_plan", line["data"]["plan_id"])


def test_a_replay_with_fresh_keys_verifies(tmp_path: Path) -> None:
    holders = MANIFEST["holders"]
    keys = {name: Ed25519Signer.generate() for name in holders}
    admin = holders["admin"]
    digests: dict[int, str] = {}

    with create_ledger(
        tmp_path / "replay.db",
        name=MANIFEST["origin_base"],
        founder=MANIFEST["founder"],
        admins=[Founder(keys["admin"], admin["principal"], tuple(admin["sources"]))],
        checkpoint_signer=Ed25519Signer.generate(),
        policy=parse_policy(MANIFEST["policy"]),
        state=tmp_path / "state",
    ) as ledger:
        digests[0] = ledger.entry(0).statement
        for line in LINES[1:]:
            digests[line["n"]] = _replay(ledger, line, holders, keys, digests)

    report = verify_ledger(tmp_path / "replay.db", state=tmp_path / "state")
    assert (report.summary, report.exit_code, report.size) == ("sound", 0, len(LINES))


def _replay(
    ledger: Ledger,
    line: dict[str, Any],
    holders: dict[str, Any],
    keys: dict[str, Ed25519Signer],
    digests: dict[int, str],
) -> str:
    if line["kind"] == "key":
        holder = holders[line["enrols"]]
        return ledger.enroll(
            keys[line["enrols"]],
            principal=holder["principal"],
            principal_name=holder.get("principal_name"),
            roles=holder["roles"],
            sources=holder["sources"],
            admins=keys["admin"],
        ).statement
    for artefact in line["data"].get("artefacts", ()):
        ledger.attach(STORY / "files" / artefact["name"], role=artefact["role"])
    return ledger.record(
        _resolved(line["data"], digests),
        kind=line["kind"],
        signers=[keys[name] for name in line["signers"]],
        subject=line["subject"],
        source=line["source"],
        time=datetime.fromisoformat(line["time"]),
    ).statement


def _told(kind: str) -> list[dict[str, Any]]:
    return [line for line in LINES if line["kind"] == kind]


def test_every_proposal_to_decline_was_looked_at_as_the_oversight_measures_promise() -> None:
    looked = {(a["data"].get("decision_id"), a["data"]["action"]): a["data"] for a in _told("oversight_action")}
    declined = [d["data"] for d in _told("ai_decision") if d["data"]["outcome"] == "decline_proposed"]

    assert {d["system_version"] for d in declined} == {"1.0", "1.1"}
    for decision in declined:
        name = decision["decision_id"]
        assert {(name, "confirmed"), (name, "overridden")} & set(looked), name
        if decision["system_version"] == "1.1":
            second = looked[name, "second_verification"]
            first = looked.get((name, "confirmed")) or looked[name, "overridden"]
            assert (second["measure_id"], second["outcome_after"]) == ("OM-4", first["outcome_after"])
            assert second["actor"]["id"] != first["actor"]["id"]


def test_a_version_is_resumed_only_after_it_was_stopped() -> None:
    switched = [a["data"] for a in _told("oversight_action") if a["data"]["action"] in ("stopped", "resumed")]

    assert [(a["system_version"], a["action"]) for a in switched] == [
        ("1.0", "stopped"),
        ("1.1", "stopped"),
        ("1.1", "resumed"),
    ]


def test_what_the_missed_fairness_test_puts_in_doubt_is_judged_anew_before_the_release() -> None:
    failed = next(line["n"] for line in LINES if line.get("data", {}).get("evaluation_id") == "fairness-1.1")
    released = next(line["n"] for line in LINES if line.get("data", {}).get("release_id") == "release-1.1")
    again = {line["data"].get("risk_id") or line["data"].get("assessment_id"): line for line in LINES[failed:released]}
    approved = {r["statement"] for a in _told("approval") for r in a["data"]["references"] if r["rel"] == "approves"}

    for name in ("R-0", "R-2", "R-3", "IA-1"):
        relations = {r["rel"] for r in again[name]["data"]["references"]}
        assert {"supersedes", "responds_to"} <= relations, name
        assert f"entry:{again[name]['n']}" in approved, name


def test_documents_say_nothing_of_a_version_before_there_is_one() -> None:
    change = next(line["n"] for line in LINES if line.get("data", {}).get("change_id") == "change-1.1")
    files = [a["name"] for line in LINES[:change] for a in line.get("data", {}).get("artefacts", ())]

    for name in (file for file in files if file.endswith(".md") and file != "german_credit.README.md"):
        text = (STORY / "files" / name).read_text(encoding="utf-8")
        assert not re.search(r"version 1\.1|input guard|second officer", text, re.IGNORECASE), name


def test_each_split_is_named_by_the_digest_of_its_own_file() -> None:
    rows = {
        name: sha256((STORY / "files" / f"rows-{name}.json").read_bytes()).hexdigest()
        for name in ("train", "validation", "test")
    }

    assert len(set(rows.values())) == 3
    for line in _told("evaluation") + _told("test_plan"):
        for used in line["data"].get("datasets", ()):
            assert used["digest"] == rows[used["split"]], line["n"]
