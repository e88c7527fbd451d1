"""Settings that hold for every test: none reads or writes the state and the keys of whoever runs it."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A slow machine is not a failure, and a run on CI finds the same examples each time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Started in the background by a script, this process ignores interrupts, and so would those that tests start and
# interrupt: what is ignored stays ignored in a child, a handler does not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pins, checkpoints seen and keys go to an empty folder per test; no AIMS_ setting is inherited."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        kept = ("AIMS_VECTORS", "AIMS_TEST_REQUIRE")  # about the tests, not about what they test
        for name in [name for name in os.environ if name.startswith("AIMS_") and name not in kept]:
            patch.delenv(name)
        patch.setenv("AIMS_STATE", str(home / "state"))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(home / name.lower()))
        yield
