"""`aims docs` about one incident, with a twin beside the file, and by role."""

import json
from pathlib import Path

import pytest

from tests.cli.person import Person

SYSTEM = ("--system", "credit-scoring@1.0")
INCIDENT = """\
incident_id: INC/7
title: Lost field
description: A field was lost.
serious: under_assessment
status: open
detected: 2026-11-01T10:00:00Z
aware_provider: 2026-11-02T10:00:00Z
"""


@pytest.fixture
def hurt(clerk: Person) -> Person:
    """The clerk, with an incident in the ledger."""
    (clerk.folder / "incident.yaml").write_text(INCIDENT, encoding="utf-8")
    clerk.does("record", "incident", "incident.yaml", *SYSTEM, "--as", "compliance")
    return clerk


def test_a_report_is_built_about_the_incident_that_is_named(hurt: Person) -> None:
    told = hurt.does("docs", "build", "serious-incident-report", *SYSTEM, "--about", "INC/7", "--json").json

    assert told["file"] == "serious-incident-report-INC_7.docx"
    assert (hurt.folder / told["file"]).is_file()
    assert told["twin"] is None


def test_its_gaps_are_those_of_that_incident(hurt: Person) -> None:
    told = hurt.does("docs", "gaps", "serious-incident-report", *SYSTEM, "--about", "INC/7").out

    assert "is still under assessment" in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "is about one incident, and none is named; it has: INC/7"),
        (("--about", "INC-8"), "has no incident 'INC-8'; it has: INC/7"),
    ],
)
def test_an_incident_must_be_named_and_be_there(hurt: Person, more: tuple[str, ...], said: str) -> None:
    assert said in hurt.refused("docs", "build", "serious-incident-report", *SYSTEM, *more)


def test_other_documents_are_about_no_incident(clerk: Person) -> None:
    told = clerk.refused("docs", "build", "risk-management-file", *SYSTEM, "--about", "INC/7")

    assert "is not made per entry" in told


def test_a_declaration_with_gaps_writes_neither_file(clerk: Person) -> None:
    told = clerk.refused("docs", "build", "declaration-of-conformity", *SYSTEM)

    assert "requires technical-documentation" in told
    assert not list(Path(clerk.folder).glob("declaration*"))


class TestList:
    def names(self, person: Person, *more: str) -> set[str]:
        return {one["document"] for one in json.loads(person.does("docs", "list", *more, "--json").out)}

    def test_without_a_system_it_is_everything(self, nobody: Person) -> None:
        assert {"deployer-file", "risk-management-file", "statement-of-applicability"} <= self.names(nobody)

    def test_with_one_it_is_what_our_roles_call_for(self, clerk: Person) -> None:
        both = self.names(clerk, *SYSTEM)
        clerk.does(
            "record", "ai_system", "system.yaml", "--system", "bought@2", "--as", "compliance",
            "--set", 'organisation_roles:=["deployer"]',
        )  # fmt: skip
        bought = self.names(clerk, "--system", "bought@2")

        assert {"deployer-file", "risk-management-file"} <= both
        assert "deployer-file" in bought
        assert not {"risk-management-file", "instructions-for-use", "technical-documentation"} & bought
        assert {"classification-record", "serious-incident-report"} <= bought

    def test_an_unknown_version_is_refused(self, clerk: Person) -> None:
        assert "no version '9'" in clerk.refused("docs", "list", "--system", "credit-scoring@9")
