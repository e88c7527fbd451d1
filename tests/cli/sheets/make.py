"""Makes the spreadsheets of this folder; needs LibreOffice Calc."""

import subprocess
import tempfile
from datetime import date
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent

REGISTER: dict[str, list[list[object]]] = {
    "Risiken 2026": [
        ["Risikoregister der Muster Bank"],
        [],
        ["Nr.", "Was geschehen kann", "Folge", "Schwere", "Wahrsch.", "Stufe", "Behandlung", "Maßnahmen", "Prüfung"],
        ["R-1", "Gute Antragsteller werden abgelehnt.", "Kein Kredit", "=MIN(5,2+2)", 3, "=D4*E4", "mindern",
         "A.6.2.4; A.9.2", date(2027, 6, 30)],
        ["R-2", "R&D <5% {{ 7*7 }} | pipe | =cmd", "Nichts", 2, 1, "=D5*E5", "tragen", None, "30.06.2027"],
        [None, "A note below the table", None, None, None, None, None, None, None],
    ],
    "Systems": [
        ["System", "Version", "Name", "Purpose", "Provider", "Our roles", "State", "Personal data"],
        ["chat-assistant", 2, "Chat assistant", "Answers questions of staff.", "Muster & Söhne AG", "deployer",
         "in service", True],
    ],
    "Suppliers": [
        ["Record", "Supplier", "Event", "Supplies", "Score", "Next look"],
        ["s-1", "Muster & Söhne AG", "due diligence", "ai_system\nmodel", 0.85, date(2027, 1, 31)],
    ],
    "Training": [
        ["Record", "Topic", "Person", "Name", "On", "Result"],
        ["t-1", "Oversight of scores", "p-17", "Max Muster", date(2026, 3, 1), "passed"],
    ],
    "Notes": [["Nobody reads this", "sheet"]],
}  # fmt: skip
DECLARED: dict[str, list[list[object]]] = {
    "Controls": [
        ["control_id", "title", "source", "applicable", "justification", "drivers", "risks", "owner",
         "implementation_status", "target_date", "evidence", "(open)"],
        ["A.6.2.4", "Testing", "annex_a", "yes",
         "A wrong threshold refuses hundreds of people a week, so tests come first.", "risk", "R-1", "role-aims",
         "planned", date(2099, 1, 31), "evaluation | | the tests of each release", "what the ledger said"],
        ["A.6.2.5", "Going live", "annex_a", None, None, None, None, None, None, None, None, None],
    ],
    "Exceptions": [["control_id", "source", "system", "applicable", "ground", "justification"]],
}  # fmt: skip


def book_of(sheets: dict[str, list[list[object]]]) -> openpyxl.Workbook:
    """The sheets as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def main() -> None:
    """Write the files."""
    book_of(REGISTER).save(HERE / "register-openpyxl.xlsx")
    with tempfile.TemporaryDirectory() as folder:
        for name, sheets in (("register", REGISTER), ("declared", DECLARED)):
            book_of(sheets).save(Path(folder) / f"{name}.xlsx")
            profile = f"-env:UserInstallation=file://{folder}/profile"
            command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
            subprocess.run([*command, "--outdir", str(HERE), f"{folder}/{name}.xlsx"], check=True)


if __name__ == "__main__":
    main()
