"""What is known of a ledger from elsewhere before it is verified: sizes and roots that it once had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint
from ledger.memory import Memory, Pin, Seen
from ledger.store.judging import Judging
from ledger.verifying.baseline import Baseline

EARLIER = "an earlier time"
SEEN_HERE = "seen here"
VERIFIED_HERE = "verified here"


@dataclass(frozen=True, slots=True)
class Known:
    """A size and root that the ledger once had, when, and how this machine knows: ``seen here``, ``signed here``."""

    size: int
    root: bytes
    at: str
    source: str


def what_is_known(
    memory: Memory,
    remembered: Pin | None,
    pin: Pin | None,
    base: Baseline | None,
    trusted: Checkpoint | None,
    kept: Sequence[Checkpoint],
) -> list[Known]:
    """Everything known, by size; of one size and root, the source that says most.

    `pin` is the one that is compared with, `remembered` this machine's own, `trusted` what a trust policy's log key
    signed, `kept` are checkpoints that somebody kept.
    """
    # What a pin from outside says it has seen is held against the ledger, but its times prove nothing here.
    known = {(s.size, s.root): Known(s.size, s.root, s.at, "named by the pin") for s in _seen(pin)}
    known |= {(s.size, s.root): Known(s.size, s.root, s.at, SEEN_HERE) for s in _seen(remembered)}
    more = [Known(base.size, base.edge.root(), base.at, VERIFIED_HERE)] if base else []
    more += [Known(trusted.size, trusted.root, EARLIER, "signed and trusted")] if trusted else []
    more += [Known(checkpoint.size, checkpoint.root, EARLIER, "signed and kept") for checkpoint in kept]
    more += [Known(signed.size, signed.root, at, "signed here") for at, signed in memory.signed_here()]
    for one in more:
        known.setdefault((one.size, one.root), one)
    return sorted(known.values(), key=lambda k: (k.size, k.at))


def _seen(pin: Pin | None) -> tuple[Seen, ...]:
    return pin.seen if pin else ()


def first_vkeys(judging: Judging) -> tuple[str, ...]:
    """The checkpoint keys that entry 0 names, as a pin has them."""
    assert judging.authority is not None
    return tuple(key.text for key in judging.authority.checkpoint_keys if key.start == 0)
