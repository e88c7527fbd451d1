"""The ledger that most tests of this folder start from."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
