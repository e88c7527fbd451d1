"""`aims verify` and `aims checkpoint`: what the exit code says, and what is remembered."""

import io
import json
import shutil
from pathlib import Path

import pytest

from cli.main import main
from tests.cli.person import Person


def change_one_byte(file: Path, inside: bytes) -> None:
    """Change a byte of the first place in the file that holds `inside`, as somebody at the disk would."""
    data = bytearray(file.read_bytes())
    place = data.index(inside)
    data[place] ^= 1
    file.write_bytes(data)


def chunk_of_leaf(clerk: Person, index: int) -> bytes:
    """A piece of the signed payload of an entry that is in the file once."""
    leaf, stored = clerk.does("show", index, "--leaf").out.encode(), (clerk.folder / "evidence.db").read_bytes()
    start = leaf.index(b'"payload":"') + 60
    pieces = (leaf[place : place + 40] for place in range(start, len(leaf) - 40, 40))
    return next(piece for piece in pieces if stored.count(piece) == 1)


def test_a_sound_ledger_ends_with_0_and_says_what_that_proves_and_what_not(clerk: Person) -> None:
    seen = clerk.does("verify")

    assert seen.out.splitlines()[0].endswith(": sound")
    assert "6 entries, root " in seen.out
    assert "What a pass proves: " in seen.out
    assert "What it does not prove: " in seen.out
    assert f"(memory: {clerk.folder / 'state'})" in seen.out


def test_text_and_json_say_the_same(clerk: Person) -> None:
    report = clerk.does("verify", "--json").json
    text = clerk.does("verify").out

    assert (report["outcome"], report["exit_code"], report["size"], report["findings"]) == ("sound", 0, 6, [])
    assert report["root"] in text
    assert report["origin"] in text


def test_at_first_sight_it_ends_with_4(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    first, second = clerk.runs("verify", "--json"), clerk.runs("verify", "--json")

    assert (first.code, first.json["outcome"]) == (4, "self-consistent, first sight")
    assert (second.code, second.json["outcome"]) == (0, "sound")


def test_forget_leaves_it_at_first_sight(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    assert [clerk.runs("verify", "--forget").code, clerk.runs("verify", "--forget").code] == [4, 4]


def test_with_the_pin_of_the_operator_first_sight_is_enough(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    (clerk.folder / "pin.json").write_text(clerk.does("checkpoint", "--pin").out)
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    assert clerk.runs("verify", "--trust", "pin.json").code == 0


def test_an_edited_byte_ends_with_1_and_names_the_entry(clerk: Person) -> None:
    change_one_byte(clerk.folder / "evidence.db", chunk_of_leaf(clerk, 5))

    seen = clerk.runs("verify")
    report = clerk.runs("verify", "--json")

    assert (seen.code, report.code) == (1, 1)
    assert "entry 5: altered: " in seen.out
    assert {finding["verdict"] for finding in report.json["findings"]} >= {"altered"}
    assert all(finding["remedy"] for finding in report.json["findings"])
    assert "What a pass proves" not in seen.out


def test_every_level_finds_an_edited_byte(clerk: Person) -> None:
    change_one_byte(clerk.folder / "evidence.db", chunk_of_leaf(clerk, 3))

    assert [clerk.runs("verify", "--level", level).code for level in ("hashes", "signatures", "full")] == [1, 1, 1]


def test_a_restored_backup_is_found_by_default(clerk: Person) -> None:
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "backup")
    clerk.overrides()
    clerk.does("verify")

    for file in clerk.folder.glob("evidence.db-*"):
        file.unlink()
    shutil.copyfile(clerk.folder / "backup", clerk.folder / "evidence.db")
    seen = clerk.runs("verify")

    assert seen.code == 1
    assert "truncated" in seen.out


def test_a_restored_backup_gets_no_signature_and_says_what_was_stored(clerk: Person) -> None:
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "backup")
    clerk.overrides()
    for file in clerk.folder.glob("evidence.db-*"):
        file.unlink()
    shutil.copyfile(clerk.folder / "backup", clerk.folder / "evidence.db")

    seen = clerk.runs("checkpoint")

    assert (seen.code, seen.out) == (1, "")
    assert "the ledger has 6 entries, but 7 were signed before" in seen.err


def test_the_index_is_rebuilt_on_request(clerk: Person) -> None:
    seen = clerk.does("verify", "--rebuild-index")

    assert seen.out.splitlines()[0].endswith(": sound")


def test_several_processes_share_the_work(clerk: Person) -> None:
    assert clerk.does("verify", "--jobs", "2").code == 0


BAD_PINS = {
    "nothing": b"",
    "another format": b'{"origin": "x"}',
    "an unknown member": b'{"origin": "x", "genesis": "00", "vkeys": [], "more": 1}',
    "a list": b"[]",
    "a number for the origin": b'{"origin": 1, "genesis": "' + b"0" * 64 + b'", "vkeys": []}',
    "a short genesis": b'{"origin": "x", "genesis": "00", "vkeys": []}',
    "a vkey that is none": b'{"origin": "x", "genesis": "' + b"0" * 64 + b'", "vkeys": ["x"]}',
    "seen that is none": b'{"origin": "x", "genesis": "' + b"0" * 64 + b'", "vkeys": [], "seen": [1]}',
    "seen without a zone": b'{"origin":"x","genesis":"' + b"0" * 64 + b'","vkeys":[],"seen":[{"size":1,"at":"now"}]}',
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_PINS)
def test_a_file_that_is_no_pin_is_refused(clerk: Person, case: str) -> None:
    (clerk.folder / "pin.json").write_bytes(BAD_PINS[case])

    said = clerk.refused("verify", "--trust", "pin.json")

    assert said.startswith("aims: ")


def test_a_pin_that_is_not_there_is_refused(clerk: Person) -> None:
    assert "trust file nothing.json: no such file; check its name" in clerk.refused("verify", "--trust", "nothing.json")


def test_the_pin_of_another_ledger_is_noticed(clerk: Person) -> None:
    clerk.does("init", "other.db", "--name", "bank.example/aims", "--founder", "Example Bank")
    pin = clerk.does("checkpoint", "--pin", "--ledger", "other.db").out
    (clerk.folder / "pin.json").write_text(pin)

    assert clerk.runs("verify", "--trust", "pin.json").code == 1


def test_a_ledger_that_is_not_there_is_no_verdict(clerk: Person) -> None:
    assert "nothing.db: no such file" in clerk.refused("verify", "nothing.db")


def test_a_checkpoint_is_a_signed_note_of_the_whole_ledger(clerk: Person) -> None:
    lines = clerk.does("checkpoint").out.splitlines()

    assert lines[0].startswith("bank.example/aims/")
    assert lines[1] == "6"
    assert lines[4].startswith(f"— {lines[0]} ")


def test_every_checkpoint_signed_is_listed(clerk: Person) -> None:
    clerk.overrides()

    sizes = [json.loads(line)["size"] for line in clerk.does("checkpoint", "--list").out.splitlines()]

    assert sizes == [1, 2, 3, 4, 5, 6, 7]


def test_a_signer_without_memory_adopts_a_checkpoint_from_elsewhere(clerk: Person) -> None:
    (clerk.folder / "witnessed").write_bytes(clerk.does("checkpoint").out.encode())
    for remembered in (clerk.folder / "state").rglob("signer-*"):
        remembered.unlink()

    refused = clerk.runs("checkpoint")
    alone = clerk.refused("checkpoint", "--adopt", "witnessed")
    (clerk.folder / "policy").write_bytes(clerk.does("checkpoint", "--policy").out.encode())
    unasked = clerk.refused("checkpoint", "--adopt", "witnessed", "--trust", "policy")
    clerk.does("checkpoint", "--adopt", "witnessed", "--unwitnessed")

    assert "no policy says which witnesses must have cosigned this checkpoint" in alone
    assert "the policy asks for no witness" in unasked

    assert refused.code == 2
    assert "aims checkpoint --adopt FILE" in refused.err
    assert clerk.overrides()["state"] == "checkpointed"


def test_what_vouches_for_an_adopted_checkpoint_needs_one(clerk: Person) -> None:
    assert "expected --adopt with them" in clerk.refused("checkpoint", "--unwitnessed")
    assert "expected one of them" in clerk.refused("checkpoint", "--adopt", "x", "--trust", "y", "--unwitnessed")


def test_a_note_that_is_none_is_not_adopted(clerk: Person) -> None:
    (clerk.folder / "witnessed").write_bytes(b"bank.example/aims\n6\nAAAA\n")

    assert clerk.refused("checkpoint", "--adopt", "witnessed", "--unwitnessed").startswith("aims: ")
    assert "can't be read" in clerk.refused("checkpoint", "--adopt", "nothing", "--unwitnessed")


def test_a_forged_checkpoint_is_tampering(clerk: Person) -> None:
    lines = clerk.does("checkpoint").out.splitlines()
    lines[1] = "5"
    (clerk.folder / "witnessed").write_text("\n".join(lines) + "\n", encoding="utf-8")

    seen = clerk.runs("checkpoint", "--adopt", "witnessed", "--unwitnessed")

    assert (seen.code, seen.out) == (1, "")


def test_checkpoint_does_one_thing_at_a_time(clerk: Person) -> None:
    said = clerk.refused("checkpoint", "--list", "--pin")

    assert said == (
        "aims checkpoint: --adopt, --list, --pin and --policy: expected at most one; 'aims checkpoint --help' shows how"
    )


def test_without_the_checkpoint_key_nothing_is_signed(clerk: Person) -> None:
    (clerk.folder / "keys" / "evidence-checkpoint.pub").unlink()

    assert "no checkpoint key of bank.example/aims/" in clerk.refused("checkpoint")


def test_verifying_twice_in_one_process_reads_the_file_that_is_there_now(clerk: Person) -> None:
    other = clerk.folder / "other.db"
    shutil.copyfile(clerk.folder / "evidence.db", other)
    clerk.does("verify")
    change_one_byte(other, chunk_of_leaf(clerk, 5))

    other.replace(clerk.folder / "evidence.db")

    assert clerk.runs("verify").code == 1


class Terminal(io.StringIO):
    """A stderr that a person looks at."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_long_work_draws_a_bar_and_leaves_the_result_alone(
    clerk: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    code = main(["verify", "--json"])

    assert code == 0
    assert "6/6" in terminal.getvalue()
    assert json.loads(capsys.readouterr().out)["outcome"] == "sound"


def test_a_checkpoint_that_was_kept_is_found_in_the_ledger(clerk: Person) -> None:
    (clerk.folder / "kept").write_bytes(clerk.does("checkpoint").out.encode())
    clerk.overrides()
    (clerk.folder / "newer").write_bytes(clerk.does("checkpoint").out.encode())

    assert clerk.does("verify", "--checkpoint", "kept", "--checkpoint", "newer", "--json").json["findings"] == []


def test_a_checkpoint_of_another_ledger_is_refused(clerk: Person) -> None:
    clerk.does("init", "other.db", "--name", "bank.example/aims", "--founder", "Example Bank")
    (clerk.folder / "kept").write_bytes(clerk.does("checkpoint", "--ledger", "other.db").out.encode())

    seen = clerk.runs("verify", "--checkpoint", "kept")

    assert (seen.code in (1, 2), seen.out, seen.err.count("\n")) == (True, "", 1)
    assert seen.err.startswith("aims: ")


def test_a_history_rewritten_since_a_checkpoint_was_kept_is_found_without_any_memory(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "backup")
    clerk.overrides(1)
    (clerk.folder / "kept").write_bytes(clerk.does("checkpoint").out.encode())
    for file in clerk.folder.glob("evidence.db-*"):
        file.unlink()
    shutil.copyfile(clerk.folder / "backup", clerk.folder / "evidence.db")
    for remembered in (clerk.folder / "state").rglob("signer-*"):
        remembered.unlink()
    clerk.overrides(2, "--no-checkpoint")
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    seen = clerk.runs("verify", "--checkpoint", "kept")

    assert clerk.runs("verify", "--forget").code == 4
    assert seen.code == 1
    assert "forked" in seen.out


def test_a_tail_cut_off_since_a_checkpoint_was_kept_is_found_without_any_memory(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "backup")
    clerk.overrides(1)
    (clerk.folder / "kept").write_bytes(clerk.does("checkpoint").out.encode())
    for file in clerk.folder.glob("evidence.db-*"):
        file.unlink()
    shutil.copyfile(clerk.folder / "backup", clerk.folder / "evidence.db")
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    seen = clerk.runs("verify", "--checkpoint", "kept")

    assert (seen.code, "truncated" in seen.out) == (1, True)


@pytest.mark.parametrize("note", [b"", b"hello", b"bank.example/aims\n6\nAAAA\n\n", b"\xff\xfe"])
def test_a_file_that_is_no_checkpoint_is_refused(clerk: Person, note: bytes) -> None:
    (clerk.folder / "kept").write_bytes(note)

    assert clerk.refused("verify", "--checkpoint", "kept").startswith("aims: ")
    assert "checkpoint nothing: no such file" in clerk.refused("verify", "--checkpoint", "nothing")
