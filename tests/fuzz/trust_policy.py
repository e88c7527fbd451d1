"""Trust policies: each word means what it says, and no group is its own member."""

from __future__ import annotations

from ledger.errors import FormatError
from ledger.note import format_vkey
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.fuzz.note import SEEDS as NOTES
from tests.fuzz.refusing import clear
from tests.fuzz.vkey import SEEDS as VKEYS

_LOG, _ONE, _TWO = VKEYS
SEEDS = (
    b"log %b https://log.example/\nwitness one %b\nwitness two %b https://w.example/\n"
    b"group all-of all one two\nquorum all-of\n" % (_LOG, _ONE, _TWO),
    b"# nobody else\nlog %b\nquorum none\n" % _LOG,
    b"log %b\n\nwitness a %b\nwitness b %b\ngroup g 1 a b\ngroup h any g\nquorum h\n" % (_LOG, _ONE, _TWO),
)


def written(policy: TrustPolicy) -> bytes:
    """The policy as lines, in an order that is allowed."""
    lines = [f"log {format_vkey(log.vkey)} {log.url}" for log in policy.logs]
    lines += [f"witness {w.name} {format_vkey(w.vkey)} {w.url}" for w in policy.witnesses]
    lines += [f"group {g.name} {g.threshold} {' '.join(g.members)}" for g in policy.groups]
    return "".join(f"{line.rstrip()}\n" for line in [*lines, f"quorum {policy.quorum}"]).encode(
        "utf-8", "surrogateescape"
    )


def check(data: bytes) -> None:
    """Parse; written in another form it is the same policy, and it judges any note without a crash."""
    try:
        policy = parse_trust_policy(data)
    except FormatError as refused:
        clear(refused)
        return
    assert parse_trust_policy(written(policy)) == policy
    for note in NOTES[:3]:
        judged = policy.judge(note)
        assert judged.time is None or judged.quorum_met
