"""Programs of other people that some tests run: a browser, a token, a compiler.

Where one is missing the test is skipped and says what to install; with `AIMS_TEST_REQUIRE` set, as continuous
integration does, it fails instead, so that nothing goes unchecked there without a word.
"""

from __future__ import annotations

import os
import shutil
from typing import Final

import pytest

_PACKAGES: Final = {
    "chromium": "Debian: chromium",
    "go": "https://go.dev/dl, Debian: golang",
    "openssl": "Debian: openssl",
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
