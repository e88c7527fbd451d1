"""The fictional bank of the story: its ledger, its people, its files, and the day the story is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from holders import Keys

from ledger import Ledger, Receipt
from ledger.kinds import Actor, Artefact, Reference

SYSTEM = "credit-scoring"  # the system the story is about
NOTES = "meeting-notes"  # a bought assistant, also in scope of the management system
ORGANISATION = "management-system"  # subject of what is not about one system
BOTH = [SYSTEM, NOTES]
LAW = "02024R1689-20260727"
HERE = Path(__file__).parent

Relation = Literal[
    "supersedes", "corrects", "approves", "responds_to", "derived_from", "evidence_for", "about", "answers"
]

PEOPLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "staff-100": ("chair of the management board", "Karl Platzhalter"),
        "staff-101": ("administrator of the ledger", "Irma Muster"),
        "staff-110": ("board member for risk", "Mara Vorlage"),
        "staff-120": ("AI compliance officer", "Lena Beispiel"),
        "staff-130": ("senior credit officer", "Tomas Probe"),
        "staff-131": ("credit officer", "Vera Entwurf"),
        "staff-140": ("lead data scientist", "Jonas Skizze"),
        "staff-150": ("internal auditor", "Emil Demo"),
        "staff-160": ("model risk analyst", "Nora Fiktiv"),
        "staff-170": ("data protection officer", "Rosa Annahme"),
    }
)


def person(pseudonym: str) -> Actor:
    """A member of staff, with function and (erasable, invented) name."""
    role, name = PEOPLE[pseudonym]
    return Actor(id=pseudonym, role=role, name=name)


def refer(rel: Relation, receipt: Receipt) -> Reference:
    """A reference of kind `rel` to an entry recorded earlier."""
    return Reference(rel=rel, statement=receipt.statement)


def now() -> str:
    """This instant as bodies write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Bank:
    """What every chapter of the story gets: the open ledger, everybody's keys, a folder, and today."""

    ledger: Ledger
    keys: Keys
    files: Path
    today: date

    def day(self, offset: int = 0) -> str:
        """Today, or so many days later (or earlier), as bodies write dates."""
        return (self.today + timedelta(days=offset)).isoformat()

    def attach(self, name: str, content: bytes, *, role: str, media_type: str) -> Artefact:
        """Write `content` to a file of the run and put it into the ledger's blob folder."""
        path = self.files / name
        path.write_bytes(content)
        return self.ledger.attach(path, role=role, media_type=media_type)
