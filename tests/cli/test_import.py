"""`aims import`: spreadsheets of risks, systems, suppliers and training become entries, once."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from docgen.sheets.example import EXAMPLE
from docgen.sheets.mapping import MappingError, parse_mapping
from tests.cli.person import Person

SHEETS = Path(__file__).parent / "sheets"
MAP = (SHEETS / "register.toml").read_text(encoding="utf-8")


@pytest.fixture
def officer(clerk: Person) -> Person:
    """Somebody with the workbook and its mapping in their folder."""
    for name in ("register.xlsx", "register.toml"):
        shutil.copy(SHEETS / name, clerk.folder / name)
    return clerk


def imports(person: Person, *more: object) -> list[dict[str, object]]:
    """Import the workbook for good; the changes."""
    line = ("import", "register.xlsx", "--map", "register.toml", "--as", "compliance", "--yes", "--json", *more)
    changes = person.does(*line).json["changes"]
    assert isinstance(changes, list)
    return changes


def edit(person: Person, sheet: str, cell: str, value: object) -> None:
    """Change a cell; openpyxl drops the results of formulas, so they are typed in."""
    values = openpyxl.load_workbook(person.folder / "register.xlsx", data_only=True)
    values[sheet][cell] = value
    values.save(person.folder / "register.xlsx")


def write_map(person: Person, text: str) -> None:
    (person.folder / "register.toml").write_text(text, encoding="utf-8")


def test_without_yes_nothing_is_recorded_and_each_row_is_shown_with_its_place(officer: Person) -> None:
    size = officer.size()
    seen = officer.does("import", "register.xlsx", "--map", "register.toml")

    assert officer.size() == size
    assert seen.out.splitlines() == [
        "new        risk R-1  [Risiken 2026!4]",
        "new        risk R-2  [Risiken 2026!5]",
        "new        ai_system 2 about chat-assistant  [Systems!2]",
        "new        supplier s-1  [Suppliers!2]",
        "new        training_record t-1  [Training!2]",
        "5 new",
    ]
    assert "nothing was recorded" in seen.err


def test_what_is_left_alone_is_said(officer: Person) -> None:
    said = officer.does("import", "register.xlsx", "--map", "register.toml").err

    for left in ("Risiken 2026: column Stufe", "Risiken 2026!6: no Nr.", "sheet Notes"):
        assert f"left alone: {left}" in said


def test_rows_become_entries_with_the_results_of_formulas_as_they_were_stored(officer: Person) -> None:
    bodies = {str(change["kind"]): change["body"] for change in reversed(imports(officer))}

    assert bodies["risk"] == {
        "risk_id": "R-1", "hazard": "Gute Antragsteller werden abgelehnt.", "status": "assessed",
        "consequences": [{"on": "individuals", "consequence": "Kein Kredit"}],
        "before": {"severity": 4, "likelihood": 3}, "option": "modify", "controls": ["A.6.2.4", "A.9.2"],
        "review_due": "2027-06-30",
    }  # fmt: skip
    assert bodies["ai_system"] == {
        "system_version": "2", "name": "Chat assistant", "intended_purpose": "Answers questions of staff.",
        "provider": {"party_id": "muster-sohne-ag"}, "organisation_roles": ["deployer"], "status": "in_service",
        "personal_data": True,
    }  # fmt: skip
    assert bodies["supplier"] == {
        "record_id": "s-1", "supplier": "muster-sohne-ag", "action": "due_diligence",
        "supplies": ["ai_system", "model"], "score": 0.85, "reassess_by": "2027-01-31",
    }  # fmt: skip


def test_hostile_words_are_kept_as_they_are(officer: Person) -> None:
    bodies = [change["body"] for change in imports(officer)]

    assert any(isinstance(one, dict) and one.get("hazard") == "R&D <5% {{ 7*7 }} | pipe | =cmd" for one in bodies)


def test_the_same_rows_again_are_not_recorded_twice(officer: Person) -> None:
    imports(officer)
    size = officer.size()

    assert imports(officer) == []
    assert officer.size() == size


def test_a_changed_cell_supersedes_its_entry_and_no_other(officer: Person) -> None:
    imports(officer)
    size = officer.size()
    edit(officer, "Risiken 2026", "E4", 5)

    (change,) = imports(officer)

    assert (change["change"], change["members"], change["place"]) == ("changed", ["before"], "Risiken 2026!4")
    assert officer.size() == size + 1


def test_an_erased_name_is_not_brought_back_by_the_same_row(officer: Person) -> None:
    imports(officer)
    place = officer.size() - 1
    why = ("--basis", "GDPR Art. 17(1)(b)", "--reason", "asked for")
    officer.does("erase", place, "/person/name", *why, "--as", "compliance", "--as", "anna")

    assert imports(officer) == []


def test_a_row_that_is_gone_changes_nothing(officer: Person) -> None:
    imports(officer)
    size = officer.size()
    book = openpyxl.load_workbook(officer.folder / "register.xlsx", data_only=True)
    book["Risiken 2026"].delete_rows(5)
    book.save(officer.folder / "register.xlsx")

    assert imports(officer) == []
    assert officer.size() == size


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "words"),
    [
        ("Risiken 2026", "D4", "hoch", "Risiken 2026!D4: found 'hoch', expected a whole number"),
        ("Risiken 2026", "D4", 4.5, "Risiken 2026!D4: found '4.5', expected a whole number"),
        ("Risiken 2026", "D4", 9, "Risiken 2026!D4: found 9, expected at most 5"),
        ("Risiken 2026", "I4", "bald", "Risiken 2026!I4: found 'bald', expected a date"),
        ("Risiken 2026", "I5", "2027-02-31", "Risiken 2026!I5"),
        ("Risiken 2026", "G4", "beten", "Risiken 2026!G4: found 'beten', expected one of avoid, modify"),
        ("Risiken 2026", "A4", "R 1", "Risiken 2026!A4: found 'R 1', expected an identifier"),
        ("Risiken 2026", "A5", "R-1", "Risiken 2026!5: R-1 is in Risiken 2026!4 as well"),
        ("Risiken 2026", "B4", None, "Risiken 2026!4: missing"),
        ("Systems", "H2", "perhaps", "Systems!H2: found 'perhaps', expected yes or no"),
        ("Systems", "A2", None, "Systems!A2: is empty, expected what the row is about"),
        ("Suppliers", "E2", "85 %", "Suppliers!E2: found '85 %', expected a number"),
        ("Training", "F2", "=1+1", "Training!F2: found a formula whose result was never stored"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_recorded(
    officer: Person, sheet: str, cell: str, value: object, words: str
) -> None:
    edit(officer, sheet, cell, value)

    said = officer.refused("import", "register.xlsx", "--map", "register.toml", "--as", "compliance", "--yes")

    assert words in said


def test_all_bad_cells_are_named_at_once(officer: Person) -> None:
    edit(officer, "Risiken 2026", "D4", "hoch")
    edit(officer, "Systems", "H2", "perhaps")

    seen = officer.runs("import", "register.xlsx", "--map", "register.toml")

    assert seen.code == 2
    assert "Risiken 2026!D4" in seen.err
    assert "Systems!H2" in seen.err


def test_formulas_that_were_never_worked_out_are_named(officer: Person) -> None:
    seen = officer.runs("import", SHEETS / "register-openpyxl.xlsx", "--map", "register.toml")

    assert (seen.code, seen.out) == (2, "")
    assert "Risiken 2026!D4: found a formula whose result was never stored" in seen.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "risk"', 'kind = "approval"', "kind 'approval' can't be imported"),
        ('"Folge" = "consequences.0.consequence"', '"Folge" = "consequenz"', "risk has no member 'consequenz'"),
        ('"Folge" =', '"Folgen" =', "has no column 'Folgen'; its header has Nr."),
        ('sheet = "Systems"', 'sheet = "System"', "has no sheet 'System'"),
        ("header_row = 3", "header_rov = 3", "'header_rov' is unknown"),
        ("header_row = 3", "header_row = 1", "has no column"),
        (MAP, "[[sheets]]\nx = 1\n", "expected tables [[sheet]]"),
        ('key = "Nr."', "key = ", "register.toml: "),
        ('"Schwere" = "before.severity"', '"Schwere" = "before"', "before of risk is an object"),
    ],
)
def test_a_wrong_mapping_is_refused_in_one_line(officer: Person, old: str, new: str, words: str) -> None:
    write_map(officer, MAP.replace(old, new, 1))

    assert words in officer.refused("import", "register.xlsx", "--map", "register.toml")


def test_the_example_mapping_is_one(nobody: Person) -> None:
    printed = nobody.does("import", "--example").out

    assert [one.kind for one in parse_mapping(printed.encode(), "x")] == [
        "risk", "ai_system", "supplier", "training_record",
    ]  # fmt: skip
    assert printed == EXAMPLE


def test_a_mapping_that_is_no_text_is_refused() -> None:
    with pytest.raises(MappingError, match=r"map\.toml: "):
        parse_mapping(b"\xff\xfe", "map.toml")


def test_a_workbook_with_macros_is_refused(officer: Person) -> None:
    import zipfile

    with zipfile.ZipFile(officer.folder / "register.xlsx", "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")

    assert "holds macros" in officer.refused("import", "register.xlsx", "--map", "register.toml")


def test_a_header_that_names_a_column_twice_is_refused(officer: Person) -> None:
    edit(officer, "Suppliers", "B1", "Record")

    assert "Suppliers!B1: the header names 'Record' twice" in officer.refused(
        "import", "register.xlsx", "--map", "register.toml"
    )
