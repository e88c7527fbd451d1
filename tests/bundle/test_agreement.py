"""The program, verify.py and verify.html judge every bundle alike, sound or spoiled.

Where an inner verifier differs it says `not checked here`; it never passes what ours fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.bundle import (
    spoil,
    spoil_entries,
    spoil_keys,
    spoil_manifests,
    spoil_rotations,
    spoil_scopes,
    spoil_trust,
    spoil_zips,
)
from tests.bundle.judges import NOT_CHECKED, Browser, Outcome, agree, browser, by_file, by_program, load_verifier
from tests.bundle.spoil import Case
from tests.programs import program

FAMILIES: Final = (
    spoil.sound_bundles,
    spoil.spoiled_files,
    spoil.spoiled_attachments,
    spoil.spoiled_disclosures,
    spoil_manifests.spoiled_manifests,
    spoil_scopes.claimed_runs,
    spoil_scopes.times_held,
    spoil_scopes.clocks_set_back,
    spoil_scopes.kinds_and_subjects_held,
    spoil_scopes.single_entries_held,
    spoil_scopes.controls_held,
    spoil.spoiled_proofs,
    spoil_zips.spoiled_zips,
    spoil.selections,
    spoil_entries.spoiled_leaves,
    spoil_entries.spoiled_envelopes,
    spoil_entries.spoiled_statements,
    spoil_entries.without_schemas,
    spoil_keys.spoiled_keys,
    spoil_trust.spoiled_checkpoints,
    spoil_trust.spoiled_histories,
    spoil_rotations.rotations,
    spoil_trust.trust_files,
)
AGREEMENT_ONLY: Final = (spoil_zips.flipped_bytes,)  # whether a bit matters is for the three to agree about
Family = Callable[[], Iterator[Case]]


verifier = cache(load_verifier)


@cache
def judged(family: Family) -> list[tuple[Case, Outcome]]:
    """The cases of a family, and what verify.py says of each."""
    return [(case, by_file(verifier(), case)) for case in family()]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(program("chromium"), tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("family", [*FAMILIES, *AGREEMENT_ONLY], ids=lambda family: family.__name__)
def test_verify_py_finds_what_the_program_finds(family: Family, tmp_path: Path) -> None:
    wrong = []
    for case, inner in judged(family):
        ours = by_program(case, tmp_path)
        if not agree(ours, inner):
            wrong.append(f"{case.name}: program {ours}, verify.py {inner}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("family", [*FAMILIES, *AGREEMENT_ONLY], ids=lambda family: family.__name__)
def test_the_page_finds_exactly_what_verify_py_finds(family: Family, page: Browser) -> None:
    wrong = []
    step = 1 if os.environ.get("AIMS_TEST_REQUIRE") else 4  # all of them where time is nobody's
    for case, one in judged(family)[::step]:
        other = page.judge(case)
        if one != other:
            wrong.append(f"{case.name}: verify.py {one}, verify.html {other}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_what_is_spoiled_is_found_and_what_is_sound_is_not_blamed(family: Family) -> None:
    wrong = []
    for case, outcome in judged(family):
        expected = (0, 4) if case.sound or case.beyond else (1, 2)
        if outcome.exit_code not in expected:
            wrong.append(f"{case.name}: {outcome}")

    assert not wrong, "\n".join(wrong)


def test_the_corpus_has_more_than_a_thousand_cases_each_with_its_own_name() -> None:
    names = [case.name for family in FAMILIES for case, _ in judged(family)]

    assert len(names) > 1_000
    assert len(names) == len(set(names))


def test_hardly_any_bit_of_a_zip_can_be_flipped_unnoticed() -> None:
    unnoticed = [case.name for case, outcome in judged(spoil_zips.flipped_bytes) if outcome.exit_code == 0]

    assert len(unnoticed) < len(judged(spoil_zips.flipped_bytes)) / 10, unnoticed


def test_the_corpus_is_the_same_in_every_run() -> None:
    one, other = ([case.zip for case in spoil_trust.spoiled_checkpoints()] for _ in range(2))

    assert one == other


def test_agreement_is_told_from_disagreement() -> None:
    ours = Outcome(1, frozenset({("altered", "proof"), ("key compromised", "entry 3")}))

    assert agree(ours, ours)
    assert agree(ours, Outcome(1, frozenset({("altered", "proof"), (NOT_CHECKED, "entry 3")})))
    assert not agree(ours, Outcome(1, frozenset({("altered", "proof")})))
    assert not agree(ours, Outcome(4, frozenset({(NOT_CHECKED, "entry 3")})))
    assert not agree(Outcome(0), Outcome(1, frozenset({("altered", "proof")})))
    assert not agree(Outcome(2), Outcome(0))
