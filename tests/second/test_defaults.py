"""What a body may leave out, or say as null, means the same to the program and to the second reader (section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.admission import advance
from ledger.authority import Authority
from ledger.envelope import format_envelope, sign_envelope
from ledger.leaf import ZERO_HASH, Links, format_leaf
from ledger.policy import Policy, format_policy
from ledger.statement import parse_statement
from tests.docs import worked_example
from tests.ledger.harness import Harness, approval
from tests.second import parsing, state
from tests.second.verifier import verify


@pytest.mark.parametrize("left_out", ["quorum", "self_approval", "principals"])
def test_a_policy_that_leaves_something_out_means_the_default(tmp_path: Path, left_out: str) -> None:
    harness = Harness.create(tmp_path, policy=Policy(principals={}))
    members = {name: value for name, value in format_policy(Policy(principals={})).items() if name != left_out}

    harness.record("ledger", {"action": "policy_changed", "policy": members, "reason": "shorter"}, "admin")
    harness.enrol("pipeline2", "pipeline")

    assert harness.ledger.authority.policy == Policy(principals={})
    assert verify(harness.path) == {("self-consistent, first sight", -1)}
    harness.check()
    harness.close()


def test_a_founders_key_without_algorithm_is_ed25519() -> None:
    (_, subject, data, _, _), *_ = worked_example._entries()
    keys: list[Mapping[str, Any]] = data["keys"]
    data["keys"] = [{name: value for name, value in key.items() if name != "algorithm"} for key in keys]
    payload = worked_example._statement(0, "ledger", subject, data, "admin")
    envelope = sign_envelope(payload, [worked_example.signer("admin")])
    leaf = format_leaf(
        format_envelope(envelope), Links(0, worked_example.ORIGIN, 0, ZERO_HASH, ZERO_HASH, worked_example.TIME)
    )

    authority: Authority = advance(None, 0, parse_statement(payload), [s.keyid for s in envelope.signatures])
    second = state.apply(None, 0, parsing.parse_statement(payload), parsing.parse_leaf(leaf))

    assert set(authority.keys) == set(second.keys)


def test_a_null_statement_of_an_approval_is_no_reference(tmp_path: Path) -> None:
    harness = Harness.create(tmp_path)

    harness.append(harness.line("approval", {**approval(digest="0" * 64), "statement": None}, "approver"))

    assert verify(harness.path) == {("self-consistent, first sight", -1)}
    harness.check()
    harness.close()


def test_the_second_reader_agrees_about_the_demonstration(tmp_path: Path) -> None:
    """Some two hundred and seventy entries of real bodies, among them erasures and attachments."""
    from cli.demo import load_story, replay

    with replay(load_story(), tmp_path / "evidence.db", tmp_path / "state") as ledger:
        assert ledger.size > 100
        found = verify(ledger.path)

    assert {verdict for verdict, _ in found} <= {"self-consistent, first sight", "erased"}
