"""One ledger with everything in it, and its bundles, made once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.trust import TrustPolicy, parse_trust_policy
from tests.bundle.samples import Samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samples]:
    """Nothing may be recorded in it; tests that do make one of their own."""
    made = Samples.make(tmp_path_factory.mktemp("samples"))
    yield made
    made.harness.close()


@pytest.fixture(scope="session")
def bundles(samples: Samples) -> dict[str, Path]:
    """The bundle of each request of `Samples.requests`."""
    return samples.every_bundle()


@pytest.fixture(scope="session")
def trust(samples: Samples) -> TrustPolicy:
    """The trust file of the ledger: its checkpoint key, and both witnesses must have signed."""
    return parse_trust_policy(samples.trust())
