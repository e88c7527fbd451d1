"""Runs one target under atheris, coverage-guided: ``python -m tests.fuzz.run NAME [libFuzzer's options]``."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

import atheris


def main(name: str, *options: str) -> None:
    """Fuzz the target, from its seeds, until an option or a failure ends it."""
    with atheris.instrument_imports(include=["ledger", "cli"]):
        target = importlib.import_module(f"tests.fuzz.{name}")
    with tempfile.TemporaryDirectory(prefix="aims-fuzz-") as folder:
        for number, seed in enumerate(target.SEEDS):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        atheris.Setup([name, *options, folder], target.check)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
