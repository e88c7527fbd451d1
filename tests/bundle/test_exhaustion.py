"""Small zips that would exhaust a verifier: refused, or judged, in little memory, and by all three alike."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from ledger.bundle import verify_bundle
from ledger.bundle.manifest import MAX_HISTORY_LINES
from ledger.errors import FormatError
from tests.bundle.judges import by_file, by_program, load_verifier
from tests.bundle.primitives import OFFLINE
from tests.bundle.spoil import Case, replaced
from tests.bundle.workshop import full
from tests.bundle.zipping import Packed, pack

MEMORY = 768 << 20
EMPTY = b'{"note":"","proof":[],"timestamps":[]}\n'


def deflated(unit: bytes, times: int) -> tuple[bytes, int]:
    """`unit` over and over, packed without ever being there as a whole; and its CRC.

    Packed less well than it could be, so that it is not its ratio that is refused.
    """
    packer, block, crc = zlib.compressobj(1, zlib.DEFLATED, -15), unit * 10_000, 0
    parts = []
    for _ in range(times // 10_000):
        parts.append(packer.compress(block))
        crc = zlib.crc32(block, crc)
    return b"".join(parts) + packer.flush(), crc


def bomb(name: str, unit: bytes, times: int) -> bytes:
    """A bundle with one member that unpacks to `times` units, as its header says."""
    made = full().make()
    made.setdefault(name, b"")

    def change(members: list[Packed]) -> None:
        [member] = [m for m in members if m.name == name.encode()]
        member.packed, member.crc = deflated(unit, times)
        member.size = len(unit) * times

    return pack(made, change)


BOMBS = {
    "history": ("history.jsonl", b"\n", 27_000_000),
    "history of many bytes": ("history.jsonl", EMPTY, 1_000_000),
    "disclosures": ("disclosures.jsonl", b"\n", 27_000_000),
    "leaves": ("leaves.jsonl", b"\0", 500_000_000),
    "leaves, all ends": ("leaves.jsonl", b"\n", 1_500_000),
    "schema": ("schemas/key.v1.json", b" ", 500_000_000),
    "bundle.json": ("bundle.json", b"{},", 20_000_000),
    "bundle.json as large as it may be": ("bundle.json", b"{},", 2_700_000),
    "scope": ("scope.txt", b" ", 260_000_000),
}
PROGRAM = """import sys
from pathlib import Path
from ledger.bundle import verify_bundle
from ledger.errors import BadInput, FormatError
try:
    sys.exit(verify_bundle(Path(sys.argv[1]), None).exit_code)
except (BadInput, FormatError):
    sys.exit(2)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_little_memory_by_program_and_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb(*BOMBS[name]))
    assert path.stat().st_size < 1 << 23

    for command in (
        [sys.executable, "-c", PROGRAM, str(path)],
        [sys.executable, "-I", "-S", str(OFFLINE.joinpath("verify.py")), str(path), "--json"],
    ):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )  # fmt: skip
        expected = 1 if name == "leaves, all ends" else 2
        assert (done.returncode, done.stderr) == (expected, "")


def history_of(count: int) -> bytes:
    return full(files=replaced("history.jsonl", lambda data: EMPTY * count)).zip()


def test_one_line_more_than_the_history_may_have_is_refused_alike(tmp_path: Path) -> None:
    for count, expected in ((MAX_HISTORY_LINES, 1), (MAX_HISTORY_LINES + 1, 2)):
        case = Case("x", history_of(count))
        assert by_program(case, tmp_path).exit_code == by_file(load_verifier(), case).exit_code == expected


def test_a_flood_of_findings_is_cut_and_counted_and_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(history_of(5_000))
    verify = [sys.executable, "-I", "-S", str(OFFLINE.joinpath("verify.py")), str(path)]

    told = json.loads(subprocess.run([*verify, "--json"], capture_output=True, check=False).stdout)
    words = subprocess.run(verify, capture_output=True, text=True, check=False).stdout

    assert told["exit_code"] == 1
    assert len(told["findings"]) <= 1_000
    assert len(told["findings"]) + told["more_findings"] > 5_000
    assert {"altered", "self-consistent, first sight"} <= {finding["verdict"] for finding in told["findings"]}
    assert f"and {told['more_findings']} more findings" in words
    assert "said to be complete: " in words
    assert len(verify_bundle(path, None).findings) <= 1_000


def test_more_leaves_than_the_carried_entries_can_have_are_refused(tmp_path: Path) -> None:
    case = Case("x", full(files=replaced("leaves.jsonl", lambda data: bytes(65_536) * 40)).zip())

    path = tmp_path / "b.zip"
    path.write_bytes(case.zip)
    with pytest.raises(FormatError, match=r"leaves\.jsonl"):
        verify_bundle(path, None)
    assert by_file(load_verifier(), case).exit_code == 2


def test_running_out_of_memory_ends_with_3_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    verifier = load_verifier()
    path = tmp_path / "b.zip"
    path.write_bytes(full().zip())
    for error, why in ((MemoryError, "more memory"), (RecursionError, "a deeper stack")):

        def fail(judge: object, error: type[Exception] = error) -> None:
            raise error

        monkeypatch.setattr(verifier.Judge, "run", fail)
        assert verifier.main([str(path)]) == 3
        [line] = capsysbinary.readouterr().out.decode().splitlines()
        assert line.startswith("NOT VERIFIED: ")
        assert why in line
