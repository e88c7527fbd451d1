"""Each target for a few thousand changed inputs, and, where atheris is installed, some seconds with it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.mutating import mutations

NOT_TARGETS = {"__init__", "mutating", "refusing", "run", "test_fuzz"}
TARGETS = sorted({path.stem for path in Path(__file__).parent.glob("*.py")} - NOT_TARGETS)
EVERYTHING = bool(os.environ.get("AIMS_TEST_REQUIRE"))
SLOW = {"line": 4, "pin": 20}
"""How many times slower a target is than the others."""


def target(name: str) -> Any:
    """The target's module."""
    return importlib.import_module(f"tests.fuzz.{name}")


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_accepted_or_refused_and_no_crash(name: str) -> None:
    module = target(name)

    for seed in module.SEEDS:
        assert isinstance(seed, bytes)
        module.check(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_input_is_refused_or_comes_back_the_same(name: str) -> None:
    module = target(name)
    count = (20_000 if EVERYTHING else 3_000) // SLOW.get(name, 1)

    for data in mutations(module.SEEDS, count, seed=1):
        try:
            module.check(data)
        except Exception as error:
            error.add_note(f"input: {data[:2_000]!r}")
            raise


@pytest.mark.parametrize("name", TARGETS)
def test_some_seconds_of_coverage_guided_fuzzing_find_nothing(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        why = "atheris is not installed (pip install 'aims-ledger[fuzz]')"
        if EVERYTHING:
            pytest.fail(why)
        pytest.skip(why)
    limits = ["-max_total_time=3"] if EVERYTHING else ["-runs=1000", "-max_total_time=3"]

    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", name, "-max_len=8192", "-rss_limit_mb=1024", *limits],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]


def test_mutations_are_the_same_each_time_and_differ_from_each_other() -> None:
    seeds = target("note").SEEDS
    once = list(mutations(seeds, 500, seed=7))

    assert once == list(mutations(seeds, 500, seed=7))
    assert len(set(once)) > 450
