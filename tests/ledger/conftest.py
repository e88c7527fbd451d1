"""The ledger that most tests of this folder start from."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.attacker import Suspect, tell_story
from tests.ledger.harness import Harness


@pytest.fixture
def new_harness(tmp_path: Path) -> Iterator[Callable[..., Harness]]:
    """Makes ledgers with `Harness.create` in folders of their own and closes them after the test."""
    made: list[Harness] = []

    def create(**options: Any) -> Harness:
        folder = tmp_path / f"ledger-{len(made)}"
        folder.mkdir()
        made.append(Harness.create(folder, **options))
        return made[-1]

    yield create
    for harness in made:
        harness.close()


@pytest.fixture
def harness(new_harness: Callable[..., Harness]) -> Harness:
    """A ledger with one admin and a key for every role."""
    return new_harness()


@pytest.fixture(scope="session")
def small_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ledger with something of everything; only for copying."""
    folder = tmp_path_factory.mktemp("small-story")
    tell_story(folder)
    return folder


@pytest.fixture(scope="session")
def tiled_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with over 600 entries: two full tiles; only for copying."""
    folder = tmp_path_factory.mktemp("tiled-story")
    tell_story(folder, decisions=600, unsigned=20)
    return folder


@pytest.fixture
def suspect(small_story: Path, tmp_path: Path) -> Suspect:
    """A copy of the small ledger to attack."""
    return Suspect.copy(small_story, tmp_path / "suspect")


@pytest.fixture
def tiled(tiled_story: Path, tmp_path: Path) -> Suspect:
    """A copy of the ledger with full tiles to attack."""
    return Suspect.copy(tiled_story, tmp_path / "tiled")
