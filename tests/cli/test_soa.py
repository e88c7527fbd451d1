"""`aims soa`: control declarations in a file, checked before they are signed."""

import io
from pathlib import Path

import openpyxl
import pytest
import yaml

from tests.cli.person import Person

SHEETS = Path(__file__).parent / "sheets"

RISK = """\
risk_id: R-1
hazard: Good applicants are refused.
status: assessed
controls: [A.6.2.4]
"""
ONE = """\
controls:
- control_id: A.6.2.4
  applicable: yes
  justification: A wrong threshold refuses hundreds of people a week, so tests come first.
  drivers: [risk]
  risks: [R-1]
  owner: role-aims
  implementation_status: planned
  target_date: 2099-01-31
"""


@pytest.fixture
def officer(clerk: Person) -> Person:
    """Somebody whose ledger has one risk."""
    (clerk.folder / "risk.yaml").write_text(RISK, encoding="utf-8")
    clerk.does("record", "risk", "risk.yaml", "--subject", "management-system", "--as", "compliance")
    return clerk


def write(person: Person, text: str, name: str = "controls.yaml") -> str:
    (person.folder / name).write_text(text, encoding="utf-8")
    return name


def test_a_starting_file_has_every_control_once_and_the_risks_that_name_one(officer: Person) -> None:
    officer.does("soa", "new", "-o", "new.yaml")
    text = (officer.folder / "new.yaml").read_text(encoding="utf-8")
    declared = yaml.safe_load(text)["controls"]

    assert len(declared) == 38
    assert all(one["applicable"] == "" for one in declared)
    tested = next(one for one in declared if one["control_id"] == "A.6.2.4")
    assert (tested["drivers"], tested["risks"]) == (["risk"], ["R-1"])
    assert tested["evidence"][0]["kind"] == "test_plan" or tested["evidence"]
    assert "# AI systems in the ledger: credit-scoring" in text


def test_a_starting_file_speaks_the_language_asked_for(officer: Person) -> None:
    officer.does("soa", "new", "-o", "neu.yaml", "--lang", "de")
    text = (officer.folder / "neu.yaml").read_text(encoding="utf-8")

    assert "# A.6.2.4 Verifizierung und Validierung" in text
    assert "Ungeprüftes Verhalten" in text
    assert "Entscheidung über die Abnahme" in text
    assert "acceptance decision" not in text


def test_an_untouched_starting_file_declares_nothing(officer: Person) -> None:
    officer.does("soa", "new", "-o", "new.yaml")

    seen = officer.runs("soa", "check", "new.yaml")

    assert seen.code == 0
    assert seen.out.splitlines()[-1] == "nothing in the file"
    assert seen.out.startswith("not declared: A.2.2, A.2.3")


def test_a_file_that_is_there_is_not_replaced(officer: Person) -> None:
    write(officer, "mine")

    assert "is there already" in officer.refused("soa", "new", "-o", "controls.yaml")
    assert (officer.folder / "controls.yaml").read_text() == "mine"


def test_a_sound_declaration_passes_the_check(officer: Person) -> None:
    seen = officer.runs("soa", "check", write(officer, ONE))

    assert seen.code == 0, seen.out + seen.err
    assert seen.out.splitlines()[-1] == "1 new"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("A wrong threshold refuses hundreds of people a week, so tests come first.", "n/a", 4, "gives no reason"),
        ("[R-1]", "[R-9]", 6, "names risk R-9, which is not recorded"),
        ("[risk]\n  risks: [R-1]", "[law]", 5, "names no legal duty"),
        ("2099-01-31", "2020-01-31", 9, "OVERDUE"),
        ("applicable: yes", "applicable: no\n  ground: external_requirement", 9, "claimed to be planned"),
        ("  implementation_status: planned\n  target_date: 2099-01-31\n", "", 2, "no implementation status"),
    ],
)
def test_each_objection_names_file_and_line(officer: Person, old: str, new: str, line: int, words: str) -> None:
    seen = officer.runs("soa", "check", write(officer, ONE.replace(old, new)))

    assert seen.code == 5
    found = [one for one in seen.out.splitlines() if words in one]
    assert found, seen.out
    assert found[0].startswith(f"controls.yaml:{line}: A.6.2.4: ")


def test_the_check_speaks_the_language_asked_for(officer: Person) -> None:
    seen = officer.runs("soa", "check", write(officer, ONE.replace("[R-1]", "[R-9]")), "--lang", "de")

    assert "nennt Risiko R-9" in seen.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("applicable: yes", "applicable: maybe", "controls.yaml:3: found 'maybe'"),
        ("A.6.2.4", "A.6.9.9", "controls.yaml:2: 'A.6.9.9' is no control"),
        ("drivers: [risk]", "drivers: [fear]", "controls.yaml:5: found 'fear'"),
        ("owner:", "ownr:", "controls.yaml:7: unknown member, expected 'owner'"),
        ("controls:\n", "control:\n", "expected one member `controls`"),
    ],
)
def test_what_can_not_be_an_entry_is_refused_with_its_line(officer: Person, old: str, new: str, words: str) -> None:
    assert words in officer.refused("soa", "check", write(officer, ONE.replace(old, new, 1)))


def test_a_control_twice_in_a_file_is_refused_with_both_places(officer: Person) -> None:
    twice = ONE + ONE.removeprefix("controls:\n")

    assert "controls.yaml:10: annex_a A.6.2.4 is in controls.yaml:2 as well" in officer.refused(
        "soa", "record", write(officer, twice)
    )


def test_without_yes_nothing_is_recorded_and_the_command_says_so(officer: Person) -> None:
    before = officer.size()
    seen = officer.does("soa", "record", write(officer, ONE), "--as", "compliance")

    assert officer.size() == before
    assert seen.out.splitlines() == ["new        control annex_a A.6.2.4  [controls.yaml:2]", "1 new"]
    assert "nothing was recorded" in seen.err


def test_only_what_changed_is_recorded_and_it_supersedes(officer: Person) -> None:
    other = ONE.removeprefix("controls:\n").replace("A.6.2.4", "A.6.2.5")
    officer.does("soa", "record", write(officer, ONE + other), "--as", "compliance", "--yes")
    first = officer.does("show", 7, "--json").json
    size = officer.size()

    seen = officer.does(
        "soa", "record", write(officer, ONE.replace("2099-01-31", "2098-01-31") + other), "--as", "compliance", "--yes",
        "--json",
    )  # fmt: skip

    assert seen.json["summary"] == "1 changed, 1 unchanged"
    assert seen.json["changes"][0]["members"] == ["target_date"]
    assert officer.size() == size + 1
    recorded = officer.does("show", size, "--json").json["data"]
    assert recorded["references"] == [{"rel": "supersedes", "statement": first["statement"]}]
    assert officer.does("docs", "gaps", "statement-of-applicability").out.count("conflict") == 0


def test_the_same_file_again_records_nothing(officer: Person) -> None:
    officer.does("soa", "record", write(officer, ONE), "--as", "compliance", "--yes")
    size = officer.size()

    assert officer.does("soa", "record", "controls.yaml", "--as", "compliance", "--yes").out == "1 unchanged\n"
    assert officer.size() == size


def test_contradicting_declarations_are_settled_by_one_that_replaces_all(officer: Person) -> None:
    body = "\n".join(line[2:] for line in ONE.splitlines()[1:])
    for number in (1, 2):
        write(officer, body, f"c{number}.yaml")
        about = ("--subject", "management-system", "--as", "compliance")
        officer.does("record", "control", f"c{number}.yaml", "--set", "source=annex_a", *about)

    seen = officer.does("soa", "record", write(officer, ONE), "--as", "compliance", "--yes")

    assert seen.out.startswith("settled")
    assert officer.does("soa", "record", "controls.yaml").out == "1 unchanged\n"


def test_yes_without_a_key_is_refused(officer: Person) -> None:
    assert "nobody signs" in officer.refused("soa", "record", write(officer, ONE), "--yes")


# --- spreadsheets -----------------------------------------------------------------------------------


def exported(officer: Person) -> openpyxl.Workbook:
    officer.does("soa", "export", "-o", "statement.xlsx", "--xlsx")
    return openpyxl.load_workbook(officer.folder / "statement.xlsx")


def edit(officer: Person, control: str, **values: object) -> None:
    """Fill in cells of a control's row, the way a spreadsheet program would."""
    book = openpyxl.load_workbook(officer.folder / "statement.xlsx")
    sheet = book["Controls"]
    header = {cell.value: cell.column for cell in sheet[1]}
    line = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == control)
    for name, value in values.items():
        sheet.cell(line, header[name]).value = value
    book.save(officer.folder / "statement.xlsx")


GOOD = {
    "applicable": "yes",
    "justification": "A wrong threshold refuses hundreds of people a week, so tests come first.",
    "drivers": "risk; law",
    "obligations": "Regulation (EU) 2024/1689 Art. 15",
    "owner": "role-aims",
    "implementation_status": "planned",
    "target_date": "31.01.2099",
    "evidence": "evaluation | | the tests of each release",
}


def test_the_export_has_a_row_for_each_control_and_what_the_ledger_shows(officer: Person) -> None:
    sheet = exported(officer)["Controls"]

    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    header = [cell.value for cell in sheet[1]]
    assert len(rows) == 38
    assert rows[0][header.index("(shown as)")] == "Not declared"
    assert header[-1] == "(hint)"


def test_a_spreadsheet_that_was_edited_is_recorded_and_comes_back_unchanged(officer: Person) -> None:
    exported(officer)
    edit(officer, "A.6.2.4", **GOOD)

    assert officer.runs("soa", "check", "statement.xlsx").code == 0
    officer.does("soa", "record", "statement.xlsx", "--as", "compliance", "--yes")
    data = officer.does("show", 7, "--json").json["data"]

    assert (data["drivers"], data["risks"], data["target_date"]) == (["risk", "law"], ["R-1"], "2099-01-31")
    assert data["evidence"] == [{"kind": "evaluation", "shows": "the tests of each release"}]
    assert officer.does("soa", "record", "statement.xlsx").out == "1 unchanged\n"
    exported(officer)
    assert officer.does("soa", "record", "statement.xlsx").out == "1 unchanged\n"


def test_a_file_that_libreoffice_saved_says_the_same_as_the_yaml(officer: Person) -> None:
    write(officer, ONE + "  evidence:\n  - {kind: evaluation, shows: the tests of each release}\n")
    officer.does("soa", "record", "controls.yaml", "--as", "compliance", "--yes")

    assert officer.does("soa", "record", SHEETS / "declared.xlsx").out == "1 unchanged\n"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"applicable": "vielleicht"}, "found 'vielleicht', expected one of yes, no, per_system"),
        ({"applicable": "yes", "target_date": "soon"}, "found 'soon', expected a date"),
        ({"applicable": "yes", "drivers": "risk; fear"}, "found 'fear', expected one of risk, law"),
        ({"applicable": "yes", "evidence": "a lot"}, "expected KIND | ABOUT | WHAT IT SHOWS"),
        ({"applicable": "yes", "justification": "=1/0"}, "a formula whose result was never stored"),
    ],
)
def test_a_bad_cell_is_named_with_sheet_and_cell(officer: Person, cells: dict[str, object], words: str) -> None:
    exported(officer)
    edit(officer, "A.2.3", **cells)

    said = officer.refused("soa", "check", "statement.xlsx")

    assert words in said
    assert "Controls!" in said


def test_hostile_text_goes_out_and_comes_back_as_text(officer: Person) -> None:
    hostile = '=cmd|" /C calc"!A0 because every clerk must be able to say so'
    yaml_file = write(
        officer,
        ONE.replace("A wrong threshold", f"'{hostile} A wrong threshold'", 1).replace(
            "' refuses hundreds of people a week, so tests come first.", " refuses hundreds.'"
        ),
    )
    officer.does("soa", "record", yaml_file, "--as", "compliance", "--yes")
    sheet = exported(officer)["Controls"]

    line = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "A.6.2.4")
    cell = next(one for one in line if str(one.value).startswith("=cmd"))

    assert cell.data_type == "s"
    assert officer.does("soa", "record", "statement.xlsx").out == "1 unchanged\n"


def test_exceptions_stand_in_a_sheet_of_their_own(officer: Person) -> None:
    exported(officer)
    edit(officer, "A.7.2", **{**GOOD, "applicable": "per_system"})
    book = openpyxl.load_workbook(officer.folder / "statement.xlsx")
    sheet = book["Exceptions"]
    sheet.append(["A.7.2", "annex_a", "credit-scoring", "no", "risk_assessment", "It learns from nothing of ours.", ""])
    book.save(officer.folder / "statement.xlsx")

    seen = officer.does("soa", "record", "statement.xlsx", "--as", "compliance", "--yes", "--json").json

    assert seen["changes"][0]["body"]["exceptions"] == [
        {"system": "credit-scoring", "applicable": "no", "ground": "risk_assessment",
         "justification": "It learns from nothing of ours."}
    ]  # fmt: skip
    assert officer.does("soa", "record", "statement.xlsx").out == "1 unchanged\n"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a sheet", b"\xd0\xcf\x11\xe0" * 20])
def test_what_is_no_spreadsheet_is_refused_in_one_line(officer: Person, data: bytes) -> None:
    (officer.folder / "x.xlsx").write_bytes(data)

    assert "not an .xlsx file" in officer.refused("soa", "check", "x.xlsx")


def test_a_workbook_without_the_sheet_is_refused(officer: Person) -> None:
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    (officer.folder / "x.xlsx").write_bytes(out.getvalue())

    assert "has no sheet 'Controls'; it has Sheet" in officer.refused("soa", "check", "x.xlsx")
