"""`aims erase`: the value is gone from every file, the entry verifies as before."""

from pathlib import Path

import pytest

from tests.cli.person import Person

WHY = ("--basis", "GDPR Art. 17(1)(b)", "--reason", "consent withdrawn")
TWO = ("--as", "compliance", "--as", "anna")


def files_with(folder: Path, value: bytes) -> list[str]:
    """The names of files below the folder that hold the value."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and value in path.read_bytes())


@pytest.fixture
def named(clerk: Person) -> Person:
    """A ledger whose entry 6 has a person's name in it."""
    clerk.overrides()
    return clerk


def test_the_value_is_in_no_file_and_the_ledger_is_sound(named: Person) -> None:
    named.does("erase", 6, "/actor/name", *WHY, *TWO)

    assert files_with(named.folder, b"Grace Hopper") == []
    assert named.does("verify", "--json").json["erasures"] == 1


def test_the_entry_says_by_which_entry_its_value_was_erased(named: Person) -> None:
    named.does("erase", 6, *WHY, *TWO)

    shown = named.does("show", 6, "--json").json
    assert shown["erased"] == [{"path": "/actor/name", "by_index": 7}]
    assert "name" not in shown["data"]["actor"]
    assert "erased (entry 7)" in named.does("show", 6).out


def test_what_was_erased_is_said_and_what_is_not_reached(named: Person) -> None:
    seen = named.does("erase", 6, *WHY, *TWO)

    assert seen.out == "#6  /actor/name  erased\n"
    assert "backups" in seen.err


def test_json_has_the_receipt_of_the_erasure(named: Person) -> None:
    erased = named.does("erase", 6, *WHY, *TWO, "--json").json

    assert (erased["entry"], erased["members"], erased["receipt"]["index"]) == (6, ["/actor/name"], 7)
    assert erased["receipt"]["state"] == "checkpointed"


def test_the_last_signer_approves_unless_another_is_named(named: Person) -> None:
    named.does("erase", 6, *WHY, *TWO)
    named.overrides(2)
    named.does("erase", 8, *WHY, *TWO, "--approved-by", "p-compliance")

    assert named.does("show", 7, "--json").json["data"]["approved_by"] == "p-anna"
    assert named.does("show", 9, "--json").json["data"]["approved_by"] == "p-compliance"


def test_a_personal_attachment_is_erased(named: Person) -> None:
    (named.folder / "payslip.txt").write_bytes(b"personal and unmistakable")
    named.overrides(2, "--attach-personal", "payslip.txt")
    (named.folder / "payslip.txt").unlink()
    (artefact,) = named.does("show", 7, "--json").json["data"]["artefacts"]

    named.does("erase", 7, "--attachment", artefact["digest"], *WHY, *TWO)

    assert files_with(named.folder, b"personal and unmistakable") == []
    assert named.does("verify").code == 0


REFUSED = {
    "one signer": ((6, *WHY, "--as", "compliance"), "signed by 1 principal(s), expected 2 different ones"),
    "no such member": ((6, "/actor/age", *WHY, *TWO), "no erasable value at /actor/age; there are: /actor/name"),
    "nothing erasable": ((5, *WHY, *TWO), "entry 5: has no erasable value left"),
    "no such entry": ((99, *WHY, *TWO), "entry 99: not there, the ledger has entries 0 to 6"),
    "no entry": ((*WHY, *TWO), "expected ENTRY, --basis, --reason and --as KEY, or --finish"),
    "no reason": ((6, "--basis", "x", *TWO), "expected ENTRY, --basis, --reason and --as KEY, or --finish"),
    "an approver who did not sign": ((6, *WHY, *TWO, "--approved-by", "p-boss"), "approved_by p-boss did not sign it"),
    "a role that may not": ((6, *WHY, "--as", "overseer", "--as", "anna"), "erasure: signed by p-overseer as overseer"),
    "no such attachment": ((6, "--attachment", "00" * 32, *WHY, *TWO), "is no personal attachment of it"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_erase_refuses_in_one_line_and_deletes_nothing(named: Person, case: str) -> None:
    arguments, expected = REFUSED[case]

    said = named.refused("erase", *arguments)

    assert expected in said
    assert named.does("show", 6, "--json").json["data"]["actor"]["name"] == "Grace Hopper"


def test_a_legal_hold_keeps_the_value_until_it_is_lifted(named: Person) -> None:
    hold = ("record", "hold", "--subject", "management-system", "--as", "compliance", "--set", "hold_id=h-1")
    named.does(*hold, "--set", "action=set", "--set", "subjects.0=credit-scoring", "--set", "reason=court order")

    said = named.refused("erase", 6, *WHY, *TWO)
    named.does(*hold, "--set", "action=lifted", "--set", "reason=closed")
    named.does("erase", 6, *WHY, *TWO)

    assert said == "aims: entry 6: legal hold h-1 (entry 7) covers it; lift the hold first"


def test_finishing_erases_nothing_more(named: Person) -> None:
    named.does("erase", "--finish")

    assert named.does("show", 6, "--json").json["data"]["actor"]["name"] == "Grace Hopper"
