"""What a certifier reads who gives `aims verify` the wrong file, or the right one through a pipe."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import StoreError
from ledger.received import receive
from tests.cli.person import ROOT, Person
from tests.cli.test_handed import policy_of

NOTHING = "{} is no receipt, checkpoint, proof, bundle, tile tree or ledger, but "
AGAIN = "; nothing was checked; have it sent again, as an attachment and as it was made"
WROTE = "ask for the file that 'aims receipt', 'aims prove', 'aims checkpoint' or 'aims bundle' wrote"
ASK = f"; nothing was checked; {WROTE}"
SOMEONE = "from someone other than who handed it over"
CITES = "('aims bundle --citations FILE')"
UNPACKED = "give the zip itself, or run the verify.py of the project on this folder"
ANOTHER_ZIP = (
    "{}: zip: README.txt: found flags 0000, method 0, attributes 01800000, 0 bytes more, expected stored or deflated, "
    "nothing else set"
)
CUT = "expected lines, an empty one and a checkpoint; it is not as it was made: have it sent again, as an attachment"
PACKED = "; a bundle is verified as it was made: have it sent again, not packed anew"
TRUST = "; nothing was checked; give it as --trust, and what it is to vouch for as PATH"
FOLDER = "; nothing was checked; name the file that you were handed, or of a tile tree the folder above 'tile'"


def zipped(*names: str) -> Callable[[Path], None]:
    """A zip with these members."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as file:
            for name in names:
                file.writestr(name, "x" * 100)

    return make


def folder(*names: str) -> Callable[[Path], None]:
    """A folder with these files in it."""

    def make(path: Path) -> None:
        path.mkdir()
        for name in names:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text("x")

    return make


def database(path: Path) -> None:
    """A database of another program."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cats (name)")
    connection.close()


def changed(source: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A file that was handed over, as broken downloads, mail programs and shells make it."""

    def make(path: Path) -> None:
        path.write_bytes(change((path.parent / source).read_bytes()))

    return make


def beginning(source: str, size: int) -> Callable[[Path], None]:
    """The first bytes of a file that was handed over."""
    return changed(source, lambda data: data[:size])


def copied(source: str) -> Callable[[Path], None]:
    """A file as it is."""
    return changed(source, lambda data: data)


def to_itself(path: Path) -> None:
    path.symlink_to(path)


def to_null(path: Path) -> None:
    path.symlink_to("/dev/null")


def windows(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def power_shell(data: bytes) -> bytes:
    return windows(data).decode().encode("utf-16")


CASES: dict[str, tuple[bytes | Callable[[Path], None] | None, str]] = {
    "missing": (None, "{}: no such file; check its name, and the folder you are in"),
    "empty": (b"", NOTHING + "empty" + AGAIN),
    "one byte": (b"x", NOTHING + "a text" + ASK),
    "one odd byte": (b"\xff", NOTHING + "another kind of file" + ASK),
    "half a header": (b"c2sp.org/tlog-pro", NOTHING + "a text" + ASK),
    "an empty folder": (folder(), NOTHING + "an empty folder" + FOLDER),
    "a folder": (folder("a.txt", "b.txt"), NOTHING + "a folder with something else in it" + FOLDER),
    "tiles alone": (
        folder("tile/0/000.p/1"),
        NOTHING + "the folder of a tile tree without its checkpoint; nothing was checked; fetch 'checkpoint' too",
    ),
    "a bundle unpacked": (
        folder("bundle.json"),
        "{}: a bundle that was unpacked, expected the zip; " + UNPACKED,
    ),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(2_000), NOTHING + "an image" + ASK),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(2_000), NOTHING + "an image" + ASK),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(2_000), NOTHING + "a PDF document" + ASK),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), NOTHING + "a gzip file" + ASK),
    "docx": (
        zipped("[Content_Types].xml", "word/document.xml"),
        NOTHING + "an Office document; nothing was checked; ask for the bundle of what it cites " + CITES,
    ),
    "zip": (
        zipped("holiday.txt", "cat.txt"),
        NOTHING
        + "a zip with something else in it; nothing was checked; if a bundle lies in it, unpack that; else "
        + WROTE,
    ),
    "text": ("Dear certifier,\n\nplease find attached “it”.\n".encode(), NOTHING + "a text" + ASK),
    "long text": (("é" * 3_000).encode()[1:].removeprefix(b"\xa9"), NOTHING + "a text" + ASK),
    "JSON": (b'{"outcome": "sound"}\n', NOTHING + "JSON" + ASK),
    "a policy": (copied("policy"), NOTHING + "a trust policy" + TRUST),
    "a pin": (copied("pin.json"), NOTHING + "the pin of a ledger" + TRUST),
    "certificates": (
        b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
        NOTHING + "certificates; nothing was checked; give them as --timestamp-roots",
    ),
    "a bundle cut": (
        beginning("b.zip", 5_000),
        "{}: zip: found no end record in its place, expected one at the end of the file, without comment and zip64"
        + PACKED,
    ),
    "a bundle packed anew": (
        zipped("README.txt", "bundle.json"),
        ANOTHER_ZIP + PACKED,
    ),
    "a receipt cut": (
        beginning("entry-5.tlog-proof", 900),
        f"{{}}: tlog-proof: found no empty line in the first 900 bytes, {CUT}",
    ),
    "growth cut": (
        beginning("growth", 20),
        f"{{}}: consistency proof: found no empty line in the first 20 bytes, {CUT}",
    ),
    "a checkpoint cut": (
        changed("kept", lambda data: data.partition(b"\n\n")[0] + b"\n"),
        NOTHING + "a checkpoint without its signatures" + AGAIN,
    ),
    "a checkpoint by mail": (
        changed("kept", windows),
        NOTHING + "a checkpoint whose line ends or encoding were changed on the way" + AGAIN,
    ),
    "growth by PowerShell": (
        changed("growth", power_shell),
        NOTHING + "a consistency proof whose line ends or encoding were changed on the way" + AGAIN,
    ),
    "another database": (
        database,
        "{}: a database, but no ledger in it; check the path; if it was a ledger, restore a copy",
    ),
    "a link to itself": (to_itself, "{}: can't be read (Too many levels of symbolic links)"),
    "nothing": (to_null, NOTHING + "empty" + AGAIN),
}


@pytest.fixture(scope="module")
def given_out(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy, a pin, a receipt, a checkpoint, how the ledger grew since, and a bundle."""
    here, there = tmp_path_factory.mktemp("out") / "here", tmp_path_factory.mktemp("given")
    shutil.copytree(founded, here)
    with pytest.MonkeyPatch.context() as patch:
        clerk = Person.at(here, patch)
        (there / "policy").write_text(clerk.does("checkpoint", "--policy").out)
        (there / "pin.json").write_text(clerk.does("checkpoint", "--pin").out)
        (there / "kept").write_text(clerk.does("checkpoint").out)
        clerk.does("receipt", "5", "-o", there / "entry-5.tlog-proof")
        clerk.overrides()
        clerk.does("prove", "consistency", "6", "-o", there / "growth")
        clerk.does("bundle", "--system", "credit-scoring", "-o", there / "b.zip")
    return there


@pytest.fixture
def handed(given_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who was handed all that, and has no ledger."""
    shutil.copytree(given_out, tmp_path / "there")
    return Person.at(tmp_path / "there", monkeypatch)


POLICY = ("--trust", "policy")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("it", ()),
        ("it.zip", POLICY),
        ("entry-41.tlog-proof", POLICY),
        ("two\nlines", ("--trust", "pin.json", "--checkpoint", "kept")),
    ],
)
@pytest.mark.parametrize("case", CASES)
def test_what_was_not_handed_over_is_called_by_its_name(
    handed: Person, case: str, name: str, given: tuple[str, ...]
) -> None:
    content, line = CASES[case]
    path = handed.folder / name
    if callable(content):
        content(path)
    elif content is not None:
        path.write_bytes(content)
    if not given and (what := {"a receipt cut": "a receipt", "growth cut": "a consistency proof"}.get(case)):
        line = f"{{}}: {what} vouches for nothing by itself; say whose keys to trust: --trust FILE, {SOMEONE}"

    assert handed.refused("verify", name, *given) == "aims: " + line.format(name.replace("\n", "\\u000a"))


@pytest.mark.parametrize(("content", "found"), [(b"", "empty"), (b"\0" * 8_192, "another kind of file")])
def test_a_ledger_that_was_overwritten_is_damage_and_no_wrong_file(clerk: Person, content: bytes, found: str) -> None:
    (clerk.folder / "evidence.db").write_bytes(content)

    seen = clerk.runs("verify", "evidence.db")

    assert (seen.code, seen.err) == (
        1, f"aims: evidence.db was a ledger, and is {found} now; restore a copy and verify that\n"
    )  # fmt: skip


def test_what_may_not_be_read_says_so(handed: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not bind whoever runs the tests as root, so the refusal is the patched one of the system."""
    real = Path.open

    def refuse(self: Path, *arguments: str, **more: str) -> object:
        if self.name == "kept":
            raise PermissionError(13, "Permission denied")
        return real(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)

    assert handed.refused("verify", "kept", "--trust", "policy") == "aims: kept: can't be read (Permission denied)"
    assert handed.refused("verify", "growth", "--trust", "policy", "--checkpoint", "kept") == (
        "aims: checkpoint kept: can't be read (Permission denied)"
    )


@pytest.mark.parametrize(
    ("option", "file", "line"),
    [
        (
            "--trust",
            "kept",
            "trust file kept: a checkpoint, expected a trust policy or the pin of a ledger; keys never",
        ),
        ("--trust", "b.zip", "trust file b.zip: a bundle, expected a trust policy or the pin of a ledger; keys never"),
        ("--trust", "evidence.db", "trust file evidence.db: a SQLite database, expected a trust policy or the pin"),
        ("--trust", "absent", "trust file absent: no such file; check its name, and the folder you are in"),
        ("--trust", "crlf", "crlf: trust policy: found octet 0x0d at "),
        (
            "--checkpoint",
            "policy",
            "checkpoint policy: a trust policy, expected a checkpoint, receipt or proof; give it",
        ),
        ("--checkpoint", "b.zip", "checkpoint b.zip: a zip, expected a checkpoint, receipt or proof"),
        ("--checkpoint", "pin.json", "checkpoint pin.json: the pin of a ledger, expected a checkpoint, receipt or"),
        ("--checkpoint", "cut", "checkpoint cut: tlog-proof: found no empty line in the first 300 bytes"),
        ("--checkpoint", "absent", "checkpoint absent: no such file; check its name, and the folder you are in"),
        ("--timestamp-roots", "policy", "certificates policy: found no certificates, expected PEM certificates"),
        ("--timestamp-roots", "absent", "certificates absent: no such file; check its name, and the folder"),
    ],
)
def test_the_right_file_in_the_wrong_place_is_told(handed: Person, option: str, file: str, line: str) -> None:
    database(handed.folder / "evidence.db")
    (handed.folder / "crlf").write_bytes(windows((handed.folder / "policy").read_bytes()))
    beginning("entry-5.tlog-proof", 300)(handed.folder / "cut")
    trust = () if option == "--trust" else ("--trust", "policy")

    seen = handed.runs("verify", "entry-5.tlog-proof", *trust, option, file)

    assert (seen.code, seen.out) == (2, "")
    assert seen.err.startswith(f"aims: {line}")


def test_a_pin_where_only_a_policy_serves_says_where_a_pin_does(clerk: Person) -> None:
    (clerk.folder / "pin.json").write_text(clerk.does("checkpoint", "--pin").out)

    told = clerk.refused("anchor", "--once", "--witnesses", "pin.json")

    assert told == (
        "aims: trust policy: found JSON, like the pin of a ledger, expected a policy (C2SP tlog-policy); "
        "'aims checkpoint --policy' prints the beginning of one; a pin serves 'aims verify --trust'"
    )


def test_a_kept_receipt_or_proof_serves_as_the_checkpoint_in_it(handed: Person) -> None:
    for kept in ("kept", "entry-5.tlog-proof"):
        seen = handed.does("verify", "growth", "--trust", "policy", "--checkpoint", kept).out
        assert "the 6 entries of the kept checkpoint are unchanged in it" in seen
    behind = handed.runs("verify", "entry-5.tlog-proof", "--trust", "policy", "--checkpoint", "growth")

    assert behind.code == 4
    assert "it has 7 entries; this one of 6 is older" in behind.out
    assert "'aims prove consistency 6 7'" in behind.out


# Pipes


def piped(handed: Person, *words: str) -> tuple[int, str]:
    """Run a line of bash with `aims` in it."""
    line = " ".join(words).replace("aims", f"{sys.executable} -m cli.main")
    environment = os.environ | {"PYTHONPATH": ROOT}
    done = subprocess.run(
        ["bash", "-c", line], cwd=handed.folder, capture_output=True, text=True, check=False, env=environment
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("aims verify <(cat entry-5.tlog-proof) --trust <(cat policy)", 0, "receipt: sound"),
        ("aims verify <(cat entry-5.tlog-proof) --trust <(cat pin.json)", 0, "receipt: sound"),
        ("aims verify <(cat growth) --trust <(cat policy) --checkpoint <(cat kept)", 0, "consistency: sound"),
        ("cat kept | aims verify - --trust policy", 0, "checkpoint: sound"),
        ("cat kept | aims verify /dev/stdin --trust policy", 0, "checkpoint: sound"),
        ("aims verify - --trust policy < kept", 0, "checkpoint: sound"),
        ("aims verify <(cat b.zip) --trust <(cat policy)", 4, "bundle: withheld"),
        ("head -c 3000 b.zip | aims verify - --trust policy", 2, "standard input: zip: found no end record"),
        ("aims verify <(cat x.docx) --trust policy", 2, ", but an Office document; "),
        ("cat policy | aims verify - --trust policy", 2, "standard input is no receipt,"),
        ("aims verify - --trust policy < /dev/null", 2, ", but empty; nothing was checked"),
        ("aims verify <(cat evidence.db)", 2, "a ledger can't be read from a pipe; give the path of its file"),
        ("aims verify /dev/zero --trust policy", 2, ", but another kind of file; "),
        ("(echo c2sp.org/tlog-proof@v1; yes) | aims verify - --trust policy", 2, "standard input: found a larger file"),
        ("aims verify kept --trust <(yes 'quorum none')", 2, ": more than 4194304 bytes"),
        ("aims verify kept --trust policy --timestamp-roots <(yes)", 2, ": more than 4194304 bytes"),
    ],
)
def test_what_comes_through_a_pipe_is_read_once(handed: Person, line: str, code: int, said: str) -> None:
    zipped("[Content_Types].xml", "word/document.xml")(handed.folder / "x.docx")
    database(handed.folder / "evidence.db")
    (handed.folder / "temporary").mkdir()

    ended, seen = piped(handed, f"TMPDIR={handed.folder / 'temporary'}; export TMPDIR;", line)

    assert (ended, said in seen) == (code, True), seen
    assert list((handed.folder / "temporary").iterdir()) == []


def test_a_bundle_that_there_is_no_room_for_is_an_error(handed: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    os.mkfifo(handed.folder / "pipe")
    writer = subprocess.Popen(["bash", "-c", "cat b.zip > pipe"], cwd=handed.folder, stderr=subprocess.DEVNULL)
    monkeypatch.setattr("ledger.received.tempfile.NamedTemporaryFile", full)
    said = r"can't be kept while it is verified \(No space left on device\); give the path of its file, or set TMPDIR"
    with pytest.raises(StoreError, match=said), receive(handed.folder / "pipe"):
        pass
    writer.wait()


@pytest.mark.parametrize("option", [("pipe", "--trust", "policy"), ("kept", "--trust", "pipe")], ids=str)
def test_who_waits_for_a_pipe_that_nobody_writes_to_can_end_it(handed: Person, option: tuple[str, ...]) -> None:
    os.mkfifo(handed.folder / "pipe")
    # It says when it begins to wait: the open of the pipe is the last thing before, and it does not come back.
    script = (
        "import sys, pathlib; from cli.main import main; real = pathlib.Path.open\n"
        "def tell(self, *more, **options):\n"
        "    if self.name == 'pipe': print('waiting', flush=True)\n"
        "    return real(self, *more, **options)\n"
        "pathlib.Path.open = tell; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, "verify", *option],
        cwd=handed.folder, env=os.environ | {"PYTHONPATH": ROOT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"

    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert told.splitlines() == [
        "aims: pipe: it was not read to its end; whoever writes into a pipe must also close it",
        "aims: interrupted",
    ]


def test_no_path_means_the_ledger_of_this_folder(clerk: Person) -> None:
    assert "sound" in clerk.does("verify", "").out
    assert "sound" in clerk.does("verify", f"sqlite:///{clerk.folder / 'evidence.db'}").out
    assert "sound" in clerk.does("verify", "evidence.db", "--trust", policy_of(clerk)).out
