"""Keys on hardware tokens from the command line, and checkpoint keys that change over the years."""

import json
from pathlib import Path

import pytest

from ledger.signing import key_id
from tests.cli.person import Person, Seen
from tests.ledger.hsm import PIN, Hsm, unload

CHECKPOINT = "pkcs11:token=aims;object=checkpoint"


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hsm:
    """A token called aims; its PIN is in the environment."""
    made = Hsm.at(tmp_path / "hsm", monkeypatch)
    made.token()
    monkeypatch.setenv("AIMS_PIN", PIN)
    return made


def states(person: Person) -> dict[str, str]:
    return {row["name"]: row["state"] for row in person.does("key", "list", "--json").json}


def signed_by(person: Person) -> list[tuple[int, str]]:
    """Size and key ID of every checkpoint stored."""
    values = [json.loads(line) for line in person.does("checkpoint", "--list").out.splitlines()]
    return [(value["size"], value["note"].splitlines()[4].split(" ")[2][:5]) for value in values]


# --- linking ----------------------------------------------------------------------------------------------------------


def test_a_linked_key_is_listed_and_its_secret_is_in_no_file(nobody: Person, hsm: Hsm) -> None:
    made = nobody.does("key", "link", "hsm", CHECKPOINT, "--generate", "--json").json

    assert nobody.does("key", "list", "--json").json[0] | made == nobody.does("key", "list", "--json").json[0]
    kept = {path.name: path.read_text() for path in (nobody.folder / "keys").iterdir()}
    assert kept["hsm.uri"] == CHECKPOINT + "\n"
    assert set(kept) == {"hsm.uri", "hsm.pub"}


def test_a_key_that_was_there_before_is_linked_without_making_one(nobody: Person, hsm: Hsm) -> None:
    first = nobody.does("key", "link", "one", CHECKPOINT, "--generate", "--json").json
    second = nobody.does("key", "link", "two", CHECKPOINT, "--json").json

    assert first["keyid"] == second["keyid"]


def test_a_name_is_taken_once_whatever_kind_of_key_has_it(nobody: Person, hsm: Hsm) -> None:
    nobody.does("key", "new", "file")
    nobody.does("key", "link", "hsm", CHECKPOINT, "--generate")

    assert "key file: exists already" in nobody.refused("key", "link", "file", CHECKPOINT)
    assert "key hsm: exists already" in nobody.refused("key", "new", "hsm")
    assert "key hsm: exists already" in nobody.refused("key", "link", "hsm", CHECKPOINT)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("aims", "begins pkcs11:"),
        ("pkcs11:token=aims;object=gone", "no such key on the token"),
        ("pkcs11:token=gone;object=checkpoint", "no such token; there are: aims"),
        ("pkcs11:token=aims;object=a?module-path=/nowhere.so", "can't be loaded (No such file or directory)"),
        ("pkcs11:token=aims;object=a?pin-value=4711", "found a PIN in it; set AIMS_PIN"),
    ],
)
def test_what_can_not_be_linked_is_one_line(nobody: Person, hsm: Hsm, uri: str, said: str) -> None:
    assert said in nobody.refused("key", "link", "hsm", uri)
    assert not (nobody.folder / "keys" / "hsm.uri").exists()


def test_without_a_pin_and_with_nobody_to_ask_the_remedy_is_said(
    nobody: Person, hsm: Hsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIMS_PIN")

    said = nobody.refused("key", "link", "hsm", CHECKPOINT, "--generate")

    assert said == "aims: PIN of token aims: none given, and nobody to ask; set AIMS_PIN"


def test_a_wrong_pin_is_one_line_and_the_passphrase_is_never_tried_as_one(
    nobody: Person, hsm: Hsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody.does("key", "link", "hsm", CHECKPOINT, "--generate")
    monkeypatch.setenv("AIMS_PASSPHRASE", PIN)
    monkeypatch.setenv("AIMS_PIN", "999999")
    said = nobody.starts("key", "link", "other", CHECKPOINT)
    monkeypatch.delenv("AIMS_PIN")
    unasked = nobody.starts("key", "link", "other", CHECKPOINT)

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("aims: token aims: wrong PIN; it was tried once")
    assert "999999" not in said.err
    assert (unasked.code, "none given" in unasked.err) == (2, True)


def test_another_key_under_the_linked_uri_is_found_out(clerk: Person, hsm: Hsm) -> None:
    clerk.does("key", "link", "grace", "pkcs11:token=aims;object=grace", "--generate")
    (clerk.folder / "keys" / "grace.pub").write_text((clerk.folder / "keys" / "anna.pub").read_text())

    said = clerk.refused(
        "key", "enroll", "grace", "--principal", "p-grace", "--role", "auditor", "--source", "https://a.example/",
        "--as", "admin",
    )  # fmt: skip

    assert "the key on the token is another than grace.pub says" in said


# --- statements -------------------------------------------------------------------------------------------------------


def test_a_key_on_a_token_signs_statements_under_its_name_and_under_its_uri(clerk: Person, hsm: Hsm) -> None:
    uri = "pkcs11:token=aims;object=overseer"
    clerk.does("key", "link", "hsm-overseer", uri, "--generate")
    clerk.does("key", "rotate", "overseer", "hsm-overseer", "--as", "admin")

    for number, key in ((1, "hsm-overseer"), (2, uri)):
        clerk.does(
            "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", key,
            "--set", f"oversight_id=o-{number}", "--set", "action=overridden", "--set", "reason_code=income",
            "--set", "actor.id=p-17",
        )  # fmt: skip

    assert clerk.size() == 9
    assert clerk.does("verify").code == 0


# --- checkpoints ------------------------------------------------------------------------------------------------------


def test_a_ledger_can_be_founded_with_its_checkpoint_key_on_a_token(nobody: Person, hsm: Hsm) -> None:
    nobody.does("key", "link", "hsm", CHECKPOINT, "--generate")

    nobody.does(
        "init", "--name", "bank.example/aims", "--founder", "Example Bank", "--checkpoint-key", "hsm"
    )  # fmt: skip
    nobody.does("checkpoint")

    assert states(nobody)["hsm"] == "signs checkpoints"
    assert nobody.does("verify").code == 0


def test_without_the_pin_entries_are_stored_and_the_checkpoint_waits(
    clerk: Person, hsm: Hsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")
    clerk.does("key", "rotate", "evidence-checkpoint", "hsm", "--as", "admin")
    monkeypatch.delenv("AIMS_PIN")

    receipt = clerk.overrides()

    assert receipt["state"] == "committed"
    assert "none given, and nobody to ask; set AIMS_PIN" in clerk.refused("checkpoint")


def records(person: Person, number: int) -> Seen:
    return person.does(
        "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer", "--json",
        "--set", f"oversight_id=o-{number}", "--set", "action=overridden", "--set", "reason_code=income",
        "--set", "actor.id=p-17",
    )  # fmt: skip


@pytest.mark.parametrize("trouble", ["a wrong PIN", "the token is away", "the module is away"])
def test_a_token_that_does_not_open_keeps_no_entry_from_being_stored(
    clerk: Person, hsm: Hsm, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")
    clerk.does("key", "rotate", "evidence-checkpoint", "hsm", "--as", "admin")
    before, signatures = clerk.size(), signed_by(clerk)
    uri = clerk.folder / "keys" / "hsm.uri"
    unload(hsm.module)  # as in a new process, nobody is logged in
    if trouble == "a wrong PIN":
        monkeypatch.setenv("AIMS_PIN", "999999")
    else:
        away = {"the token is away": "pkcs11:token=gone;object=checkpoint"}
        uri.write_text(away.get(trouble, CHECKPOINT + "?module-path=/nowhere.so") + "\n")
    said = {"a wrong PIN": "wrong PIN", "the token is away": "no such token; there are: aims"}

    seen = records(clerk, 1)

    assert (seen.json["state"], seen.json["index"]) == ("committed", before)
    assert "aims: stored, but no checkpoint was signed: " in seen.err
    assert said.get(trouble, "can't be loaded") in seen.err
    assert "sign it with 'aims checkpoint'" in seen.err
    assert signed_by(clerk) == signatures
    assert clerk.runs("checkpoint").code == 2

    monkeypatch.setenv("AIMS_PIN", PIN)
    uri.write_text(CHECKPOINT + "\n")
    clerk.does("checkpoint")
    assert signed_by(clerk)[-1][0] == before + 1
    assert clerk.does("verify").code == 0


def test_what_is_refused_is_refused_whatever_the_token_does(
    clerk: Person, hsm: Hsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")
    clerk.does("key", "rotate", "evidence-checkpoint", "hsm", "--as", "admin")
    before = clerk.size()
    unload(hsm.module)
    monkeypatch.setenv("AIMS_PIN", "999999")

    said = clerk.refused("record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer")

    assert "no checkpoint was signed" not in said
    assert clerk.size() == before


def test_checkpoint_keys_change_over_the_years_and_the_ledger_verifies_throughout(
    clerk: Person, hsm: Hsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hsm.token("second")
    clerk.does("key", "link", "hsm-1", CHECKPOINT, "--generate")
    clerk.does("key", "link", "hsm-2", "pkcs11:token=second;object=checkpoint", "--generate")
    pin = tmp_path / "pin.json"
    pin.write_text(clerk.does("checkpoint", "--pin").out)
    signers = [signed_by(clerk)[-1][1]]

    # From a file to a token, from that to another, and from there to a file again.
    for year, (old, new) in enumerate([("evidence-checkpoint", "hsm-1"), ("hsm-1", "hsm-2"), ("hsm-2", "paper")]):
        if new == "paper":
            clerk.does("key", "new", "paper")
        clerk.does("key", "rotate", old, new, "--as", "admin", "--reason", f"year {year}")
        assert clerk.overrides(year)["state"] == "checkpointed"
        signers.append(signed_by(clerk)[-1][1])
        assert clerk.does("verify").code == 0

    assert len(set(signers)) == 4
    found = states(clerk)
    assert [found[name] for name in ("evidence-checkpoint", "hsm-1", "hsm-2", "paper")] == [
        "retired (entry 7)",
        "retired (entry 10)",
        "retired (entry 13)",
        "signs checkpoints",
    ]
    # Somebody who holds the pin of the first year, and nothing else, finds it sound.
    monkeypatch.setenv("AIMS_STATE", str(tmp_path / "auditor"))
    assert clerk.runs("verify", "--trust", pin).code == 0


def test_the_old_checkpoint_key_signs_what_adds_the_new_one_and_nothing_after(clerk: Person, hsm: Hsm) -> None:
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")
    before = clerk.size()
    old = signed_by(clerk)[-1][1]

    clerk.does("key", "rotate", "evidence-checkpoint", "hsm", "--as", "admin")

    added, retired = signed_by(clerk)[-2:]
    assert (added[0], retired[0]) == (before + 1, before + 2)
    assert added[1] == old != retired[1]


def test_a_rotation_that_broke_off_can_be_run_again(clerk: Person, hsm: Hsm) -> None:
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")
    from ledger.keys.keystore import KeyStore
    from ledger.note import VerifierKey, format_vkey

    (public,) = (key.public_key for key in KeyStore(clerk.folder / "keys").list() if key.name == "hsm")
    origin = json.loads(clerk.does("checkpoint", "--pin").out)["origin"]
    vkey = format_vkey(VerifierKey(origin, public))
    clerk.does(
        "record", "ledger", "--subject", "ledger", "--as", "admin", "--set", "action=checkpoint_key_added",
        "--set", f"checkpoint_key={vkey}", "--set", "reason=x",
    )  # fmt: skip
    before = clerk.size()

    clerk.does("key", "rotate", "evidence-checkpoint", "hsm", "--as", "admin")

    assert clerk.size() == before + 1
    assert states(clerk)["hsm"] == "signs checkpoints"
    assert clerk.does("verify").code == 0


def test_a_lost_checkpoint_key_is_replaced_under_a_checkpoint_that_an_auditor_has(
    clerk: Person, hsm: Hsm, tmp_path: Path
) -> None:
    kept = tmp_path / "auditors-copy"
    kept.write_text(clerk.does("checkpoint").out)
    keyid = next(r["keyid"] for r in clerk.does("key", "list", "--json").json if r["name"] == "evidence-checkpoint")
    for path in (clerk.folder / "keys").glob("evidence-checkpoint.*"):
        path.unlink()
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")

    said = clerk.refused("key", "rotate", keyid[:8], "hsm", "--as", "admin")
    clerk.does("key", "rotate", keyid[:8], "hsm", "--as", "admin", "--adopt", kept, "--unwitnessed")

    assert "it signs once more; if it is lost, give a checkpoint" in said
    assert clerk.does("verify").code == 0
    assert clerk.overrides()["state"] == "checkpointed"


def test_a_retired_checkpoint_key_is_not_rotated_again(clerk: Person, hsm: Hsm) -> None:
    clerk.does("key", "link", "hsm", CHECKPOINT, "--generate")
    clerk.does("key", "rotate", "evidence-checkpoint", "hsm", "--as", "admin")
    clerk.does("key", "new", "third")

    assert "retired by entry 7" in clerk.refused("key", "rotate", "evidence-checkpoint", "third", "--as", "admin")


def test_a_key_that_signs_entries_does_not_become_a_checkpoint_key(clerk: Person) -> None:
    said = clerk.refused("key", "rotate", "evidence-checkpoint", "anna", "--as", "admin")

    assert "signs entries and checkpoints, expected two different keys" in said


def test_one_administrator_is_not_enough_where_the_quorum_is_two(nobody: Person) -> None:
    nobody.does("key", "new", "anna", "ben", "next")
    nobody.does(
        "init", "--name", "bank.example/aims", "--founder", "Example Bank", "--admin", "anna=p-anna",
        "--admin", "ben=p-ben", "--quorum", 2,
    )  # fmt: skip

    said = nobody.refused("key", "rotate", "evidence-checkpoint", "next", "--as", "anna")
    nobody.does("key", "rotate", "evidence-checkpoint", "next", "--as", "anna", "--as", "ben")

    assert "2" in said
    assert states(nobody)["next"] == "signs checkpoints"
    assert nobody.does("verify").code == 0


def test_adopt_is_for_checkpoint_keys(clerk: Person, tmp_path: Path) -> None:
    clerk.does("key", "new", "anna-2")

    seen = clerk.runs("key", "rotate", "anna", "anna-2", "--as", "admin", "--adopt", tmp_path / "x")

    assert seen.code == 2
    assert "--adopt: expected OLD to be a checkpoint key" in seen.err


def test_the_id_of_a_key_on_a_token_is_that_of_its_public_key(nobody: Person, hsm: Hsm) -> None:
    from ledger.keys.keyuri import parse_key_uri
    from ledger.keys.pkcs11 import open_token_key

    made = nobody.does("key", "link", "hsm", CHECKPOINT, "--generate", "--json").json

    assert made["keyid"] == key_id(open_token_key(parse_key_uri(CHECKPOINT), PIN).public_key)


def test_a_person_is_asked_for_the_pin_once_a_token_and_it_is_not_shown(
    clerk: Person, hsm: Hsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grace", "heidi"):
        clerk.does("key", "link", name, f"pkcs11:token=aims;object={name}", "--generate")
        clerk.enrols(name, f"p-{name}", "overseer")
    unload(hsm.module)  # as in a new process, nobody is logged in
    monkeypatch.delenv("AIMS_PIN")
    monkeypatch.setattr("cli.signers.interactive", lambda: True)

    seen = clerk.does(
        "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "grace", "--as", "heidi",
        "--set", "oversight_id=o-1", "--set", "action=overridden", "--set", "reason_code=income",
        "--set", "actor.id=p-17", stdin=f"{PIN}\nnot asked for\n",
    )  # fmt: skip

    assert seen.err.count("PIN of token aims:") == 1
    assert PIN not in seen.out + seen.err
