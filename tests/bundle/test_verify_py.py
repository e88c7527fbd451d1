"""verify.py as a certifier runs it: one file, the standard library only, in a folder of its own."""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ledger.trust import parse_trust_policy
from tests.bundle.judges import Outcome, agree, by_file, by_program, load_verifier
from tests.bundle.primitives import OFFLINE, POLICY
from tests.bundle.samples import ML_DSA, WITNESSES, Samples
from tests.bundle.spoil import Case, replaced
from tests.bundle.spoil_entries import draft, told
from tests.bundle.spoil_scopes import choice
from tests.bundle.workshop import Places, bundle, full

SOURCE = OFFLINE.joinpath("verify.py").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the file, a trust file and nothing else."""
    (tmp_path / "verify.py").write_text(SOURCE)
    (tmp_path / "policy").write_text(POLICY)
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the file, run without site-packages."""
    command = [sys.executable, "-I", "-S", "-X", "utf8", "verify.py", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def answer(folder: Path, *arguments: str) -> dict[str, Any]:
    code, output, errors = run(folder, "--json", *arguments)
    told: dict[str, Any] = json.loads(output)
    assert (told["exit_code"], errors) == (code, "")
    return told


# How it is run


def test_it_imports_nothing_but_the_standard_library() -> None:
    names = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")

    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_nothing_of_the_package_imports_it() -> None:
    package = Path(__file__).parents[2] / "ledger"
    texts = {path: path.read_text() for path in package.rglob("*.py")}

    assert [
        path for path, text in texts.items() if re.search(r"^(?:from|import) .*offline.*verify", text, re.MULTILINE)
    ] == []
    assert not (package / "bundle" / "offline" / "__init__.py").exists()


def test_its_syntax_is_that_of_python_3_9() -> None:
    ast.parse(SOURCE, feature_version=(3, 9))


def test_a_sound_bundle_passes_with_a_trust_file_and_is_first_sight_without(folder: Path) -> None:
    (folder / "b.zip").write_bytes(full().zip())

    assert answer(folder, "b.zip", "--trust", "policy")["exit_code"] == 0
    alone = answer(folder, "b.zip")

    assert alone["exit_code"] == 4
    assert {"verdict": "self-consistent, first sight", "place": "bundle"} in alone["findings"]


def test_the_answer_has_the_members_that_all_three_verifiers_give(folder: Path) -> None:
    (folder / "b.zip").write_bytes(bundle().zip())

    told = answer(folder, "b.zip", "--trust", "policy")

    assert told.keys() == {"exit_code", "findings", "size", "root", "origin"}
    assert told["findings"] == sorted(told["findings"], key=lambda finding: (finding["verdict"], finding["place"]))
    assert {"verdict": "withheld", "place": f"entry {Places.withheld}"} in told["findings"]


def test_without_a_path_it_takes_the_one_zip_beside_it(folder: Path) -> None:
    (folder / "b.zip").write_bytes(full().zip())

    assert answer(folder, "--trust", "policy")["exit_code"] == 0


def test_without_a_path_and_with_two_zips_it_asks_which(folder: Path) -> None:
    for name in ("a.zip", "b.zip"):
        (folder / name).write_bytes(full().zip())

    assert "name the bundle" in answer(folder)["error"]


def test_it_runs_inside_an_unpacked_bundle_and_tells_a_changed_file(folder: Path) -> None:
    made = full(files=lambda files: files.update({"verify.py": SOURCE.encode()})).zip()
    (folder / "b.zip").write_bytes(made)
    with zipfile.ZipFile(folder / "b.zip") as archive:
        archive.extractall(folder / "unpacked")
    inside = folder / "unpacked"

    assert answer(inside, "--trust", "../policy")["exit_code"] == 0
    (inside / "scope.txt").write_text("All entries there ever were.\n")

    told = answer(inside, "--trust", "../policy")

    assert {"verdict": "altered", "place": "file scope.txt"} in told["findings"]
    (inside / "proof.bin").unlink()
    assert answer(inside)["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.zip",), "No such file"),
        (("policy",), "zip:"),
        (("b.zip", "--trust", "none"), "No such file"),
        (("b.zip", "--trust", "b.zip"), "trust file"),
        ((".",), "no bundle.json"),
    ],
)
def test_what_is_no_bundle_or_no_trust_file_ends_with_2(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    (folder / "b.zip").write_bytes(full().zip())

    told = answer(folder, *arguments)

    assert (told["exit_code"], told["findings"], told["size"]) == (2, [], None)
    assert says in told["error"]


def test_wrong_use_ends_with_2_and_help_says_how(folder: Path) -> None:
    assert run(folder, "--nonsense")[0] == 2
    assert "--trust POLICY" in run(folder, "--help")[1]


def sparse(path: Path, size: int) -> Path:
    """A file of that size, with hardly a byte on the disk."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("/dev/zero",), "/dev/zero: not a file, expected a zip"),
        (("pipe",), "pipe: not a file, expected a zip"),
        (("huge.zip",), "huge.zip: 4294967296 bytes, a bundle has at most 4294967295"),
        (("zeros.zip",), "zip: not a zip file, or damaged"),
        (("b.zip", "--trust", "/dev/zero"), "trust file: more than 1000000 bytes"),
        (("b.zip", "--trust", "huge.zip"), "trust file: more than 1000000 bytes"),
        (("listed",), "bundle.json: 8388609 bytes, at most 8388608"),
        (("long",), "leaves.jsonl: 1073741825 bytes, at most 1073741824"),
        (("many",), "536936448 bytes in its files, at most 536870912"),
    ],
)
def test_what_has_no_end_or_is_too_long_is_refused_in_little_memory(
    folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    (folder / "b.zip").write_bytes(full().zip())
    os.mkfifo(folder / "pipe")
    sparse(folder / "huge.zip", 1 << 32)
    sparse(folder / "zeros.zip", 1 << 20)
    for name in ("listed", "long", "many"):
        (folder / name / "timestamps").mkdir(parents=True)
        (folder / name / "bundle.json").write_text("{}")
    sparse(folder / "listed" / "bundle.json", (1 << 23) + 1)
    sparse(folder / "long" / "leaves.jsonl", (1 << 30) + 1)
    (folder / "many" / "schemas").mkdir()
    for number in range(128):
        name = f"a{chr(97 + number // 26)}{chr(97 + number % 26)}"
        sparse(folder / "many" / "schemas" / f"{name}.v1.json", 1 << 22)
    sparse(folder / "many" / "timestamps" / "0.tsr", 65_534)
    command = [sys.executable, "-I", "-S", "verify.py", "--json", *arguments]

    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29)),
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (2, "")
    assert says in json.loads(done.stdout)["error"]


def test_a_folder_that_is_no_bundle_is_not_walked_through(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "bundle.json").write_text("{}")

    assert "no bundle.json" in answer(folder, ".")["error"]


# What it tells people


def test_the_report_says_what_a_pass_proves_and_what_it_does_not(folder: Path) -> None:
    (folder / "b.zip").write_bytes(full().zip())

    code, output, _ = run(folder, "b.zip", "--trust", "policy")

    assert code == 0
    assert "\nSOUND.\n" in output
    assert "What a pass proves" in output
    assert "It is not a conformity assessment." in output
    assert "scope       subject credit-scoring (its maker's words)\n" in output
    assert "complete    credit-scoring, number 0 to 13\n" in output


def test_the_report_says_what_was_asked_for_and_what_was_named_besides(folder: Path) -> None:
    scope = {"by": "kind", "kind": "ai_decision", "named": [17, 18]}
    (folder / "b.zip").write_bytes(choice([11, 17, 18], scope).zip())

    code, output, _ = run(folder, "b.zip", "--trust", "policy")

    assert code == 0
    assert "scope       kind ai_decision, and named one by one: entries 17 to 18 (its maker's words)" in output
    assert "complete    nothing: the entries in scope are a choice\n" in output


def test_an_entry_out_of_scope_is_told_with_what_it_is_and_what_the_scope_says(folder: Path) -> None:
    (folder / "b.zip").write_bytes(choice([11, 17], {"by": "kind", "kind": "ai_decision"}).zip())

    code, output, _ = run(folder, "b.zip", "--trust", "policy")

    assert code == 1
    assert "INDEX WRONG  entry 17: it is of the kind oversight_action, the scope says ai_decision\n" in output


def test_a_spoiled_bundle_is_told_in_words_with_its_places(folder: Path) -> None:
    (folder / "b.zip").write_bytes(full(files=replaced("proof.bin", lambda proof: proof[:-1])).zip())

    code, output, _ = run(folder, "b.zip", "--trust", "policy")

    assert code == 1
    assert "ALTERED  proof: proof: too short" in output
    assert "NOT SOUND: tampering or damage." in output


def test_what_entries_say_reaches_the_terminal_without_control_characters(folder: Path) -> None:
    case = told("x", draft(Places.first, lambda d: d.event.update(source="urn:\x1b[2J\x07")))
    (folder / "b.zip").write_bytes(case.zip)

    _, output, _ = run(folder, "b.zip", "--trust", "policy")

    assert [c for c in output if not c.isprintable() and c != "\n"] == []


# Bundles of real ledgers


def trusts(samples: Samples) -> dict[str, bytes | None]:
    stranger = (*WITNESSES, "witness.example/three")
    return {
        "both witnesses": samples.trust(),
        "a stranger too": samples.trust(witnesses=stranger),
        "any": samples.trust(witnesses=stranger, quorum="any"),
        "ML-DSA": samples.trust(witnesses=(ML_DSA,)),
        "ML-DSA too": samples.trust(witnesses=(*WITNESSES, ML_DSA)),
        "no quorum": samples.trust(quorum="none"),
        "no log": samples.trust(log=False),
        "nothing": None,
    }


def test_bundles_of_the_program_are_judged_alike(samples: Samples, bundles: dict[str, Path], tmp_path: Path) -> None:
    verifier = load_verifier()
    for name, path in bundles.items():
        for what, trust in trusts(samples).items():
            case = Case(f"{name}, {what}", path.read_bytes(), trust)
            ours, inner = by_program(case, tmp_path), by_file(verifier, case)

            assert agree(ours, inner), f"{case.name}: program {ours}, verify.py {inner}"


def test_what_only_the_program_can_check_is_never_a_pass_here(samples: Samples, bundles: dict[str, Path]) -> None:
    trust = samples.trust(witnesses=(ML_DSA,))
    assert parse_trust_policy(trust).witnesses

    outcome = by_file(load_verifier(), Case("ML-DSA", bundles["small"].read_bytes(), trust))

    assert ("not checked here", "checkpoint") in outcome.found or ("not witnessed", "checkpoint") in outcome.found
    assert outcome.exit_code in (1, 4)


def test_a_bundle_carries_both_verifiers_byte_for_byte(bundles: dict[str, Path]) -> None:
    with zipfile.ZipFile(bundles["system"]) as archive:
        carried = {name: archive.read(name) for name in ("verify.py", "verify.html")}

    assert carried == {name: OFFLINE.joinpath(name).read_bytes() for name in carried}


def test_an_outcome_of_no_bundle_says_nothing_else() -> None:
    assert by_file(load_verifier(), Case("x", b"")) == Outcome(2)


def test_a_pin_given_as_trust_file_is_called_a_pin(folder: Path) -> None:
    (folder / "pin.json").write_text('{"origin":"x"}\n')
    (folder / "b.zip").write_bytes(full().zip())

    code, out, _ = run(folder, "b.zip", "--trust", "pin.json")

    assert code == 2
    assert "JSON, like the pin that 'aims checkpoint --pin' prints; expected a policy" in out
