"""A checkpoint key that is replaced: old and new trust files serve, and what does not follow is said to be open."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.bundle import verify_bundle
from ledger.trust import parse_trust_policy
from tests.bundle.judges import by_file, by_program, load_verifier
from tests.bundle.spoil import Case
from tests.bundle.spoil_rotations import ADDED, NEW, OLD, rotated_bundle, rotations


def outcomes(case: Case, folder: Path) -> list[tuple[int, set[tuple[str, str]]]]:
    judged = by_program(case, folder), by_file(load_verifier(), case)
    return [(one.exit_code, {found for found in one.found if found[0] != "erased"}) for one in judged]


@pytest.mark.parametrize("trust", [OLD, NEW], ids=["older", "newer"])
def test_either_trust_file_is_enough(trust: bytes, tmp_path: Path) -> None:
    case = Case("x", rotated_bundle().zip(), trust)

    assert outcomes(case, tmp_path) == [(0, set())] * 2


def test_a_rotation_after_the_last_trusted_checkpoint_is_open_and_says_what_to_bring(tmp_path: Path) -> None:
    case = Case("x", rotated_bundle(history=(5, ADDED)).zip(), OLD)

    assert outcomes(case, tmp_path) == [(4, {("not checked here", "checkpoint")})] * 2

    report = verify_bundle(tmp_path / "bundle.zip", parse_trust_policy(OLD))
    [found] = [f for f in report.findings if str(f.place) == "checkpoint"]
    assert found.detail == f"the checkpoint key was rotated by entry {ADDED}; bring the newer trust file"


def test_the_quorum_is_asked_for_under_a_key_that_follows(tmp_path: Path) -> None:
    case = Case("x", rotated_bundle().zip(), OLD.replace(b"two 2 W1 W2 W3", b"two 3 W1 W2 W3"))

    assert outcomes(case, tmp_path) == [(1, {("not witnessed", "checkpoint")})] * 2


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("signed by the new key before it was added, older trust file", ("not permitted", "history 0")),
        ("signed by the old key after its end, newer trust file", ("not permitted", "history 1")),
        ("signed by a key of nobody, newer trust file", ("key unknown", "history 1")),
        ("an old signature over another text, newer trust file", ("signature invalid", "history 0")),
        ("the older trust file, and no older checkpoint", ("key unknown", "checkpoint")),
        ("forged, signed by one of two admins, older trust file", ("not permitted", f"entry {ADDED}")),
    ],
)
def test_what_no_rotation_explains_is_told(name: str, found: tuple[str, str], tmp_path: Path) -> None:
    [case] = [case for case in rotations() if case.name == f"rotation: {name}"]

    for exit_code, told in outcomes(case, tmp_path):
        assert exit_code == 1
        assert found in told
