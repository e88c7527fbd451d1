"""A person with a folder, keys and a ledger; the founded ledger is made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.cli.person import Person

SYSTEM = """\
name: Credit scoring
intended_purpose: Scores consumer credit applications of natural persons.
provider: {party_id: bank, name: Example Bank}
organisation_roles: [provider, deployer]
status: in_development
"""

HOLDERS = {
    "pipeline": ("pipeline",),
    "anna": ("approver",),
    "compliance": ("compliance",),
    "overseer": ("overseer",),
}


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody in an empty folder, without keys and ledger; the passphrase is in the environment."""
    return Person.at(tmp_path / "here", monkeypatch)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of six entries: founded, four keys enrolled, one system registered."""
    folder = tmp_path_factory.mktemp("founded") / "here"
    with pytest.MonkeyPatch.context() as patch:
        person = Person.at(folder, patch)
        person.does("init", "--name", "bank.example/aims", "--founder", "Example Bank")
        for name, roles in HOLDERS.items():
            person.does("key", "new", name)
            person.enrols(name, f"p-{name}", *roles)
        (folder / "system.yaml").write_text(SYSTEM, encoding="utf-8")
        person.does("record", "ai_system", "system.yaml", "--system", "credit-scoring@1.0", "--as", "compliance")
    return folder


@pytest.fixture
def clerk(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody in a folder of their own with that ledger, its keys and its memory."""
    shutil.copytree(founded, tmp_path / "here")
    return Person.at(tmp_path / "here", monkeypatch)
