"""The program as a process: exit codes, no traceback, pipes that break, disks that are full."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ledger.errors
from cli.main import main
from tests.cli.person import ROOT, Person


def test_a_sound_ledger_ends_the_process_with_0(clerk: Person) -> None:
    assert clerk.starts("verify").code == 0


def test_tampering_ends_the_process_with_1(clerk: Person) -> None:
    file = clerk.folder / "evidence.db"
    leaf = clerk.does("show", 5, "--leaf").out.encode()
    piece = leaf[leaf.index(b'"payload":"') + 60 :][:40]
    file.write_bytes(file.read_bytes().replace(piece, b"A" + piece[1:], 1))

    assert clerk.starts("verify").code == 1


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["show", "99"], ["log", "--ledger", "no.db"], ["record"], ["log", "--n"]]
)
def test_wrong_use_ends_the_process_with_2_and_one_line(clerk: Person, arguments: list[str]) -> None:
    seen = clerk.starts(*arguments)

    assert (seen.code, seen.out) == (2, "")
    assert seen.err.startswith("aims")
    assert (seen.err.count("\n"), "Traceback" in seen.err) == (1, False)


def test_first_sight_ends_the_process_with_4(clerk: Person) -> None:
    assert clerk.starts("verify", env={"AIMS_STATE": str(clerk.folder / "another")}).code == 4


def test_results_and_messages_do_not_mix(clerk: Person) -> None:
    seen = clerk.starts("log", "--json")

    assert len(json.loads(seen.out)["entries"]) == 6
    assert seen.err == ""


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
@pytest.mark.parametrize("arguments", [["log", "-n", "0", "--json"], ["schema", "evaluation"], ["--help"], ["verify"]])
def test_a_reader_that_goes_away_is_no_error_to_talk_about(clerk: Person, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # nobody reads from the start, so that the first write fails
    with os.fdopen(writer, "wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            stdout=out, stderr=subprocess.PIPE, check=False, env=os.environ | {"PYTHONPATH": ROOT},
        )  # fmt: skip

    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["log"], ["log", "--json"], ["show", "5", "--leaf"], ["--help"]])
def test_a_full_disk_behind_standard_output_ends_with_3(clerk: Person, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            stdout=out, stderr=subprocess.PIPE, check=False, env=os.environ | {"PYTHONPATH": ROOT},
        )  # fmt: skip

    assert done.returncode == 3
    assert done.stderr.decode() == "aims: standard output: can't be written (No space left on device)\n"


OVERRIDE = (
    "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer", "--set", "oversight_id=o-1",
    "--set", "action=confirmed", "--set", "reason_code=x", "--set", "actor.id=p",
)  # fmt: skip
FULL = "standard output: can't be written (No space left on device)\n"


def with_a_full_output(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """`aims` in a process whose standard output is a full disk."""
    with Path("/dev/full").open("wb") as out:
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            input=stdin, stdout=out, stderr=subprocess.PIPE, check=False, env=os.environ | {"PYTHONPATH": ROOT},
        )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_receipt_that_could_not_be_printed_does_not_hide_that_the_entry_was_stored(clerk: Person) -> None:
    done = with_a_full_output(*OVERRIDE)

    assert (done.returncode, done.stderr.decode()) == (3, f"aims: stored as entry 6, but {FULL}")
    assert clerk.size() == 7


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_receipts_that_could_not_be_printed_do_not_hide_that_the_lines_were_stored(clerk: Person) -> None:
    signed = b"".join(clerk.does(*OVERRIDE, "--set", f"reason={n}", "--sign-only").out.encode() for n in range(3))

    first, again = with_a_full_output("append", stdin=signed), with_a_full_output("append", stdin=signed * 2)

    assert (first.returncode, first.stderr.decode()) == (3, f"aims: stored as entries 6 to 8, but {FULL}")
    assert again.stderr.decode() == f"aims: stored as entries 6, 7, 8, but {FULL}"
    assert clerk.size() == 9


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_line_that_was_only_signed_is_not_said_to_be_stored(clerk: Person) -> None:
    done = with_a_full_output(*OVERRIDE, "--sign-only")

    assert (done.returncode, done.stderr.decode()) == (3, f"aims: {FULL}")
    assert clerk.size() == 6


def test_an_interruption_ends_with_130(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.commands.schema.check_kind", interrupted)

    seen = nobody.runs("schema", "evaluation")

    assert (seen.code, seen.err) == (130, "aims: interrupted\n")


class Broken(ledger.errors.AimsError):
    """Some error of ours."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ledger.errors.BadInput("x"), 2),
        (ledger.errors.ProofError("x"), 1),
        (ledger.errors.StoreError("x"), 2),
        (ledger.errors.Rollback("x"), 1),
        (ledger.errors.OutcomeUnknown("x"), 3),
        (Broken("x"), 2),
    ],
)
def test_every_error_of_ours_has_its_exit_code(
    nobody: Person, monkeypatch: pytest.MonkeyPatch, error: ledger.errors.AimsError, code: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("cli.commands.schema.check_kind", fail)

    seen = nobody.runs("schema", "evaluation")

    assert (seen.code, seen.out, seen.err) == (code, "", "aims: x\n")


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("our own logic")

    monkeypatch.setattr("cli.commands.schema.check_kind", fail)

    with pytest.raises(RuntimeError, match="our own logic"):
        main(["schema", "evaluation"])


def test_an_unknown_outcome_keeps_the_signed_line_for_asking_again(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger import Ledger, OutcomeUnknown

    appended = Ledger.append

    def lost(self: Ledger, lines: list[bytes]) -> None:
        appended(self, lines)
        raise OutcomeUnknown("the answer was lost", remedy="send the same envelopes again")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", lost)
        seen = clerk.runs(
            "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer",
            "--set", "oversight_id=o-1", "--set", "action=stopped", "--set", "reason_code=x", "--set", "actor.id=p",
            "--set", "safe_state=off",
        )  # fmt: skip
    (kept,) = clerk.folder.glob("unknown-outcome-*.jsonl")

    assert (seen.code, seen.out) == (3, "")
    assert seen.err == f"aims: the answer was lost; 'aims append {kept.name}' settles it, as often as it is run\n"
    assert clerk.does("append", kept.name).json["duplicate"] is True
    assert clerk.size() == 7


DAMAGED = {
    "empty file": b"",
    "another format": b"PK\x03\x04" + b"\0" * 200,
    "half a database": None,
}


@pytest.mark.parametrize("case", DAMAGED)
@pytest.mark.parametrize("command", ["log", "verify", "key list", "checkpoint"])
def test_a_file_that_is_no_ledger_is_one_line(clerk: Person, case: str, command: str) -> None:
    file, content = clerk.folder / "evidence.db", DAMAGED[case]
    for beside in clerk.folder.glob("evidence.db-*"):
        beside.unlink()
    file.write_bytes(file.read_bytes()[:20_000] if content is None else content)

    seen = clerk.runs(*command.split())

    assert seen.code in (1, 2)
    if seen.code == 2:
        assert (seen.out, seen.err.count("\n")) == ("", 1)


def test_a_database_of_a_newer_version_is_refused(clerk: Person) -> None:
    import sqlite3

    with sqlite3.connect(clerk.folder / "evidence.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    seen = clerk.runs("log")

    assert (seen.code, seen.out, seen.err.count("\n")) == (2, "", 1)
    assert "9999" in seen.err


def test_a_ledger_that_may_only_be_read_is_read_and_not_written(clerk: Person) -> None:
    for path in [clerk.folder / "evidence.db", *clerk.folder.glob("evidence.db-*")]:
        path.chmod(0o444)
    clerk.folder.chmod(0o555)
    try:
        assert clerk.does("log", "-n", "1").out.startswith("#5")
        assert "Traceback" not in clerk.starts("append", stdin=b"{}\n").err
    finally:
        clerk.folder.chmod(0o755)


def test_aims_works_from_a_folder_below_the_project(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    below = clerk.folder / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    assert clerk.does("log", "-n", "1").out.startswith("#5")


def test_a_moved_ledger_is_the_same_ledger(clerk: Person) -> None:
    clerk.does("verify")
    moved = clerk.folder / "moved"
    moved.mkdir()
    for path in clerk.folder.glob("evidence.db*"):
        shutil.move(path, moved / path.name)

    assert clerk.runs("verify", moved / "evidence.db").code == 0


def test_a_clock_behind_the_head_is_one_line_and_nothing_is_stored(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    with monkeypatch.context() as patch:
        patch.setattr("time.time_ns", lambda: now - 3_600 * 10**9)
        said = clerk.refused(
            "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer",
            "--set", "oversight_id=o-1", "--set", "action=confirmed", "--set", "reason_code=x", "--set", "actor.id=p",
        )  # fmt: skip

    assert "expected at most 10 s before the head's time" in said
    assert said.endswith("a wrong head time is undone by a quorum-signed clock_reset entry")


@pytest.mark.skipif(os.name == "nt", reason="no limit for the size of files there")
@pytest.mark.parametrize("attached", [0, 400_000])
def test_a_full_disk_is_one_line_and_nothing_is_stored(clerk: Person, attached: int) -> None:
    (clerk.folder / "model.bin").write_bytes(os.urandom(attached))
    arguments = [
        "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer", "--set", "oversight_id=o-1",
        "--set", "action=confirmed", "--set", "reason_code=x", "--set", "actor.id=p",
    ]  # fmt: skip
    # A limit for the size of a file is the full disk of one process.
    limit = 300_000 if attached else 4_096
    script = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from cli.main import main\n"
        f"sys.exit(main({arguments + ['--attach', 'model.bin'] * bool(attached)!r}))\n"
    )

    seen = clerk.python(script)

    assert (seen.code, seen.out) == (2, ""), seen.err
    assert (seen.err.count("\n"), "Traceback" in seen.err) == (1, False)
    assert ("envelopes" in seen.err, bool(attached) or "then run the command again" in seen.err) == (False, True)
    assert clerk.size() == 6
    assert clerk.does("verify").code == 0
    assert not [path for path in (clerk.folder / "evidence.db.blobs").rglob("*") if path.is_file()]
