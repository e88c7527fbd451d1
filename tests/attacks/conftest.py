"""One small ledger with something of everything, for all attacks on bytes."""

from pathlib import Path

import pytest

from tests.attacks.small import make_small
from tests.ledger.attacker import Suspect


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small ledger; only for copying."""
    folder = tmp_path_factory.mktemp("small")
    make_small(folder)
    return folder


@pytest.fixture
def victim(small: Path, tmp_path: Path) -> Suspect:
    """A copy of the small ledger in an attacker's hands."""
    return Suspect.copy(small, tmp_path / "victim")
