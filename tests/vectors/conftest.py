"""Where the vectors from outside are: see README.md beside this file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared" / "vectors"


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of outside vectors, or a skip that says what is missing."""
    folder = Path(os.environ.get("AIMS_VECTORS") or BESIDE_THE_CHECKOUT)
    if not folder.is_dir():
        pytest.skip("outside vectors: neither AIMS_VECTORS nor ../shared/vectors names a folder")
    return folder
