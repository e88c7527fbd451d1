"""`aims init` and `aims key`: who may sign, from the first entry on."""

import json
from pathlib import Path

import pytest

from tests.cli.person import PASSPHRASE, Person

INIT = ("init", "--name", "bank.example/aims", "--founder", "Example Bank")


def test_init_makes_a_ledger_its_keys_a_project_file_and_prints_the_pin(nobody: Person) -> None:
    pin = nobody.does(*INIT, "--json").json

    assert pin["origin"].startswith("bank.example/aims/")
    assert len(pin["origin"].rpartition("/")[2]) == 16
    assert pin["genesis"] == nobody.does("show", 0, "--json").json["leaf_hash"]
    assert {path.name for path in (nobody.folder / "keys").glob("*.pem")} == {"admin.pem", "evidence-checkpoint.pem"}
    assert (nobody.folder / ".aims.toml").read_text() == 'ledger = "evidence.db"\n'


def test_init_text_and_json_say_the_same(nobody: Person) -> None:
    text = nobody.does(*INIT).out.splitlines()
    pin = nobody.does("checkpoint", "--pin").json

    assert text == [f"evidence.db: {pin['origin']}", f"genesis {pin['genesis']}", f"vkey    {pin['vkeys'][0]}"]


def test_two_ledgers_of_one_name_have_two_origins(nobody: Person) -> None:
    first = nobody.does(*INIT, "--json").json
    second = nobody.does(*INIT, "other.db", "--json").json

    assert first["origin"] != second["origin"]


def test_private_keys_are_written_encrypted_and_for_their_owner_alone(nobody: Person) -> None:
    nobody.does("key", "new", "anna")
    file = nobody.folder / "keys" / "anna.pem"

    assert file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert file.stat().st_mode & 0o077 == 0


def test_several_administrators_need_their_quorum(nobody: Person) -> None:
    nobody.does("key", "new", "anna", "ben", "third")
    nobody.does(*INIT, "--admin", "anna", "--admin", "ben=p-benjamin", "--quorum", "2")

    said = nobody.refused(
        "key", "enroll", "third", "--principal", "p-3", "--role", "admin", "--source", "https://x.example/",
        "--as", "anna",
    )  # fmt: skip
    nobody.does(
        "key", "enroll", "third", "--principal", "p-3", "--role", "admin", "--source", "https://x.example/",
        "--as", "anna", "--as", "ben",
    )  # fmt: skip

    assert "key enrolled: signed by 1 admin principal(s), expected 2; two keys of one principal count once" in said


def test_one_of_two_administrators_gets_no_key_in_a_colleagues_name(nobody: Person) -> None:
    nobody.does("key", "new", "anna", "ben", "desk", "fake", "second")
    nobody.does(*INIT, "--admin", "anna", "--admin", "ben=p-ben", "--quorum", "2")
    about = ("--role", "compliance", "--source", "https://x.example/")
    nobody.does("key", "enroll", "desk", "--principal", "p-desk", *about, "--as", "anna")

    for principal in ("p-ben", "p-desk"):
        said = nobody.refused("key", "enroll", "fake", "--principal", principal, *about, "--as", "anna")
        assert f"{principal} has had a key before; signed by none of theirs in force" in said
        assert "let a key of that principal sign too (--as)" in said
    assert "has had a key" in nobody.refused("key", "rotate", "desk", "fake", "--as", "anna")

    second = ("key", "enroll", "second", "--principal", "p-desk", *about)
    nobody.does(*second, "--as", "anna", "--as", "desk")
    nobody.does("key", "rotate", "desk", "fake", "--as", "anna", "--as", "second")
    assert nobody.does("verify").code == 0


BAD = {
    "a name with a space": (("--name", "my bank"), "origin: found my bank/0000000000000000, expected 1 to 255"),
    "a quorum nobody reaches": (("--quorum", "2"), "quorum 2: with 1 administrator(s) it is never reached"),
    "a folder that is not there": (("no/folder/x.db",), "the folder no/folder does not exist"),
    "a source that is no uri": (("--source", "me"), "expected an absolute URI in ASCII"),
    "an empty founder": (("--founder", ""), "founder: found "),
    "a bad key name": (("--admin", "../anna"), "expected a name of letters, digits"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_init_refuses_in_one_line_and_leaves_no_ledger(nobody: Person, case: str) -> None:
    arguments, expected = BAD[case]

    said = nobody.refused(*INIT, *arguments)

    assert expected in said
    assert list(nobody.folder.glob("*.db*")) == []
    assert not (nobody.folder / ".aims.toml").exists()


def test_init_never_overwrites_a_ledger(clerk: Person) -> None:
    before = (clerk.folder / "evidence.db").read_bytes()

    said = clerk.refused(*INIT)

    assert said == "aims: evidence.db: exists already; choose another path; a ledger is never overwritten"
    assert (clerk.folder / "evidence.db").read_bytes() == before


def test_init_does_not_reuse_a_key_for_checkpoints(clerk: Person) -> None:
    said = clerk.refused(*INIT, "new.db", "--checkpoint-key", "anna")

    assert said.startswith("aims: key anna: exists already, expected a new one for checkpoints")


def test_a_key_is_never_overwritten(nobody: Person) -> None:
    nobody.does("key", "new", "anna")
    before = (nobody.folder / "keys" / "anna.pem").read_bytes()

    assert "key anna: exists already" in nobody.refused("key", "new", "anna")
    assert (nobody.folder / "keys" / "anna.pem").read_bytes() == before


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "x" * 65, "ä"])
def test_a_name_that_no_key_can_have_is_refused(nobody: Person, name: str) -> None:
    said = nobody.refused("key", "new", "--", name)

    assert "expected a name of letters, digits, '.', '_' and '-'" in said
    assert list(nobody.folder.rglob("*.pem")) == []


def test_the_passphrase_comes_from_a_file_before_the_environment(nobody: Person) -> None:
    (nobody.folder / "secret").write_text("other\n")
    nobody.does("key", "new", "anna", "--passphrase-file", "secret")

    said = nobody.refused(*INIT, "--admin", "anna")

    assert said == "aims: key anna: does not open with this passphrase; give the passphrase it was made with"


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "expected the passphrase in one line"), (b"a\nb\n", "in one line"), (b"\xff", "not UTF-8 text")],
)
def test_a_passphrase_file_that_holds_none_is_refused(nobody: Person, content: bytes, expected: str) -> None:
    (nobody.folder / "secret").write_bytes(content)

    assert expected in nobody.refused("key", "new", "anna", "--passphrase-file", "secret")


def test_without_a_passphrase_and_a_person_nothing_is_made(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIMS_PASSPHRASE")

    said = nobody.refused("key", "new", "anna")

    assert said == (
        "aims: passphrase for the new key anna: none given, and nobody to ask; set AIMS_PASSPHRASE or give "
        "--passphrase-file"
    )


def test_an_empty_passphrase_is_refused(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_PASSPHRASE", "")

    assert "a private key is never written without one" in nobody.refused("key", "new", "anna")
    assert list(nobody.folder.rglob("*.pem")) == []


def test_a_passphrase_is_asked_for_once_when_a_person_is_there(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIMS_PASSPHRASE")
    monkeypatch.setattr("cli.signers.interactive", lambda: True)

    seen = nobody.does("key", "new", "anna", "ben", stdin=f"{PASSPHRASE}\n{PASSPHRASE}\n")

    assert PASSPHRASE not in seen.out + seen.err
    monkeypatch.setenv("AIMS_PASSPHRASE", PASSPHRASE)
    nobody.does(*INIT, "--admin", "anna", "--admin", "ben")


def test_key_list_shows_own_keys_and_those_enrolled(clerk: Person) -> None:
    clerk.does("key", "new", "spare")
    clerk.does("key", "revoke", "anna", "--reason", "left", "--as", "admin")
    (clerk.folder / "keys" / "overseer.pub").unlink()

    rows = {(row["name"], row["principal"]): row for row in clerk.does("key", "list", "--json").json}

    assert rows["admin", "p-admin"]["state"] == "enrolled"
    assert rows["anna", "p-anna"]["state"] == "revoked (entry 6)"
    assert rows[None, "p-overseer"]["roles"] == ["overseer"]
    assert rows["evidence-checkpoint", None]["state"] == "signs checkpoints"
    assert rows["spare", None]["state"] == "not enrolled"
    assert len(clerk.does("key", "list").out.splitlines()) == len(rows)


def test_key_list_needs_no_ledger_and_no_passphrase(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody.does("key", "new", "anna")
    monkeypatch.delenv("AIMS_PASSPHRASE")

    assert nobody.does("key", "list", "--json").json[0]["state"] == "no ledger named"


def test_an_enrolled_name_is_erasable(clerk: Person) -> None:
    clerk.does("key", "new", "grace")
    clerk.does(
        "key", "enroll", "grace", "--principal", "p-17", "--principal-name", "Grace Hopper", "--role", "auditor",
        "--source", "https://audit.example/", "--as", "admin",
    )  # fmt: skip

    assert clerk.does("show", 6, "--json").json["data"]["principal_name"] == "Grace Hopper"
    assert b"Grace Hopper" not in clerk.does("show", 6, "--leaf").out.encode()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--role", "boss"), "roles[0]: found 'boss', expected 'pipeline'"),
        (("--role", "auditor", "--source", "me"), "sources[1]: found 'me', expected an absolute URI"),
        (("--role", "auditor", "--principal", "a b"), "principal: found 'a b', expected an identifier"),
        (("--role", "auditor", "--as", "anna"), "key"),
    ],
)
def test_an_enrolment_that_is_wrong_is_refused(clerk: Person, arguments: tuple[str, ...], expected: str) -> None:
    clerk.does("key", "new", "grace")

    said = clerk.refused(
        "key",
        "enroll",
        "grace",
        "--principal",
        "p-17",
        "--source",
        "https://audit.example/",
        "--as",
        "admin",
        *arguments,
    )

    assert expected in said


def test_only_an_administrator_enrols(clerk: Person) -> None:
    clerk.does("key", "new", "grace")

    said = clerk.refused(
        "key", "enroll", "grace", "--principal", "p-17", "--role", "auditor", "--source", "https://a.example/",
        "--as", "anna",
    )  # fmt: skip

    assert "expected admin" in said


def test_a_key_is_enrolled_once(clerk: Person) -> None:
    said = clerk.refused(
        "key", "enroll", "anna", "--principal", "p-other", "--role", "auditor", "--source", "https://a.example/",
        "--as", "admin",
    )  # fmt: skip

    assert "was enrolled by entry 2, a key is used once" in said


def test_the_checkpoint_key_signs_no_entries(clerk: Person) -> None:
    said = clerk.refused(
        "key", "enroll", "evidence-checkpoint", "--principal", "p-c", "--role", "auditor", "--source",
        "https://a.example/", "--as", "admin",
    )  # fmt: skip

    assert "signs entries and checkpoints, expected two different keys" in said


def test_a_rotated_key_hands_over_its_roles_and_ends(clerk: Person) -> None:
    clerk.does("key", "new", "overseer-2")
    clerk.does("key", "rotate", "overseer", "overseer-2", "--as", "admin")

    rows = {row["name"]: row for row in clerk.does("key", "list", "--json").json}
    assert rows["overseer"]["state"] == "rotated (entry 6)"
    assert (rows["overseer-2"]["principal"], rows["overseer-2"]["roles"]) == ("p-overseer", ["overseer"])
    assert clerk.does("verify").code == 0


def test_a_foreign_key_is_named_by_its_id(clerk: Person) -> None:
    keyid = next(row["keyid"] for row in clerk.does("key", "list", "--json").json if row["name"] == "anna")
    (clerk.folder / "keys" / "anna.pub").unlink()

    assert "key anna: no such key" in clerk.refused("key", "revoke", "anna", "--reason", "x", "--as", "admin")
    assert "no such key" in clerk.refused("key", "revoke", keyid[:7], "--reason", "x", "--as", "admin")
    clerk.does("key", "revoke", keyid[:8], "--reason", "x", "--as", "admin")

    assert clerk.does("show", 6, "--json").json["data"]["keyid"] == keyid


def test_a_compromise_names_since_when(clerk: Person) -> None:
    clerk.does(
        "key", "compromise", "anna", "--since", "2026-11-20T10:00:00+01:00", "--reason", "stolen", "--as", "admin"
    )

    data = clerk.does("show", 6, "--json").json["data"]
    assert (data["action"], data["since"]) == ("compromised", "2026-11-20T09:00:00.000000Z")


def test_a_public_half_that_is_damaged_is_said(clerk: Person) -> None:
    (clerk.folder / "keys" / "anna.pub").write_text("????\n")

    assert "anna.pub" in clerk.refused("key", "list")


def test_a_key_folder_that_is_a_file_is_said(nobody: Person) -> None:
    Path("keys").write_text("")

    assert "keys is a file, expected a folder" in nobody.refused("key", "new", "anna")


def test_the_pin_of_init_is_one_that_verify_accepts(nobody: Person) -> None:
    pin = nobody.does(*INIT, "--json").json
    (nobody.folder / "pin.json").write_text(json.dumps(pin))

    assert nobody.does("verify", "--trust", "pin.json").code == 0
