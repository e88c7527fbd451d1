"""Runs `aims` the way a person does, and keeps what they saw."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import run as run_process
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import main

PASSPHRASE = "correct horse"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a command printed, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who sits in `folder`, with keys in ``folder/keys`` and the memory in ``folder/state``."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, patch: pytest.MonkeyPatch) -> "Person":
        """Go there; what `aims` reads from the environment points into the folder."""
        folder.mkdir(exist_ok=True)
        patch.chdir(folder)
        patch.setenv("AIMS_KEYS", str(folder / "keys"))
        patch.setenv("AIMS_STATE", str(folder / "state"))
        patch.setenv("AIMS_PASSPHRASE", PASSPHRASE)
        return cls(folder)

    def runs(self, *arguments: object, stdin: str | bytes = b"") -> Seen:
        """Run `aims` in this process, whatever comes of it."""
        with CliRunner().isolation(input=stdin) as (out, err, _):
            code = main([str(argument) for argument in arguments])
            sys.stdout.flush()
            sys.stderr.flush()
            return Seen(code, out.getvalue().decode(), err.getvalue().decode())

    def does(self, *arguments: object, stdin: str | bytes = b"") -> Seen:
        """Run `aims` in this process; it must end well."""
        seen = self.runs(*arguments, stdin=stdin)
        assert seen.code == 0, f"aims {' '.join(map(str, arguments))} ended with {seen.code}:\n{seen.out}{seen.err}"
        return seen

    def refused(self, *arguments: object, stdin: str | bytes = b"", code: int = 2) -> str:
        """Run `aims`; it must end with `code`, print one line on stderr, and leave the ledger as it was."""
        before = self.size()
        seen = self.runs(*arguments, stdin=stdin)
        assert (seen.code, seen.out) == (code, ""), f"{seen.code}: {seen.out}{seen.err}"
        assert seen.err.count("\n") == 1, seen.err
        assert "Traceback" not in seen.err
        assert self.size() == before
        return seen.err.removesuffix("\n")

    def enrols(self, name: str, principal: str, *roles: str) -> Seen:
        """Enrol a key of the folder, as the administrator."""
        given = [part for role in roles for part in ("--role", role)]
        source = f"https://bank.example/{name}"
        return self.does("key", "enroll", name, "--principal", principal, *given, "--source", source, "--as", "admin")

    def overrides(self, number: int = 1, *more: object) -> Any:
        """Record an oversight action with a person's name in it; its receipt."""
        return self.does(
            "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer",
            "--set", f"oversight_id=o-{number}", "--set", "action=overridden", "--set", "reason_code=income",
            "--set", "actor.id=p-17", "--set", "actor.name=Grace Hopper", "--json", *more,
        ).json  # fmt: skip

    def size(self) -> int:
        """How many entries the ledger has, without asking `aims`; 0 if there is none."""
        from ledger import Ledger

        if not (self.folder / "evidence.db").exists():
            return 0
        with Ledger.open(self.folder / "evidence.db", read_only=True) as ledger:
            return ledger.size

    def starts(self, *arguments: object, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Seen:
        """Run `aims` in a process of its own."""
        return _process("-m", "cli.main", *map(str, arguments), stdin=stdin, env=env or {})

    def python(self, script: str) -> Seen:
        """Run a script in a process of its own."""
        return _process("-c", script, stdin=b"", env={})


def _process(*arguments: str, stdin: bytes, env: Mapping[str, str]) -> Seen:
    done = run_process(
        [sys.executable, *arguments],
        input=stdin, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": ROOT} | dict(env),
    )  # fmt: skip
    return Seen(done.returncode, done.stdout.decode(), done.stderr.decode())


ROOT = str(Path(__file__).resolve().parents[2])
