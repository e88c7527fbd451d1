"""One build of the distribution for the tests of this folder."""

import sys
from pathlib import Path

import pytest

from tests.packaging.distribution import Built, build, run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The distributions of this checkout."""
    return build(tmp_path_factory.mktemp("built"), epoch=1_700_000_000)


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--no-index", "--target", str(target), str(built.wheel)], cwd=target, extra={})
    return target
