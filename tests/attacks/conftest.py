"""The ledgers that are attacked: a small one with something of everything, and one of ten years."""

from pathlib import Path

import pytest

from tests.attacks.decade import Decade, live, report_theft
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


@pytest.fixture(scope="session")
def decade(tmp_path_factory: pytest.TempPathFactory) -> Decade:
    """Ten years; only for copying."""
    return live(tmp_path_factory.mktemp("decade"))


@pytest.fixture
def lawful(decade: Decade, tmp_path: Path) -> Suspect:
    """A copy in which nobody has noticed the theft."""
    return decade.copy(tmp_path / "lawful")


@pytest.fixture
def stolen(lawful: Suspect) -> Suspect:
    """A copy in which it was reported."""
    report_theft(lawful)
    return lawful
