"""Whatever a log that lies sends, in whatever order: what a witness has cosigned is the beginning of one history."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.checkpoint import parse_checkpoint
from ledger.merkle import node_hash, subtree_root
from ledger.note import parse_note
from tests.ledger.witness.logs import Log, new_witness

LARGEST = 12


@dataclass(frozen=True, slots=True)
class Forked(Log):
    """The log up to entry `at`, from where on it has other entries, under the same name and key."""

    at: int = 0

    def node(self, level: int, index: int) -> bytes:
        if level == 0:
            return Log("entry" if index < self.at else "forged").node(0, index)
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))


HISTORIES = [Forked(at=at) for at in (LARGEST, 0, 1, 3, 4, 7, 8)]
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(HISTORIES),  # whose checkpoint
        st.integers(0, LARGEST),  # of what size
        st.one_of(st.none(), st.integers(0, LARGEST)),  # from what size; None: the one on record
        st.sampled_from(HISTORIES),  # whose proof
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(REQUESTS)
def test_what_is_cosigned_is_the_beginning_of_one_history(
    requests: list[tuple[Forked, int, int | None, Forked]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        witness, cosigned = new_witness(Path(folder)), [(0, HISTORIES[0].root(0))]
        for log, size, guess, prover in requests:
            known, root = cosigned[-1]
            old = known if guess is None else guess
            body = log.body(old, size, prover.prove(old, size) if old <= size else [])

            reply = witness.add_checkpoint(body)

            # A fork shows only beyond the place where it begins.
            continues = size >= known and (known == 0 or subtree_root(0, known, log) == root)
            right = old == known and continues and prover.prove(old, size) == log.prove(old, size)
            assert (reply.status == 200) == right, (log.at, size, old, prover.at, reply)
            if right:
                signed = parse_checkpoint(parse_note(log.note(size) + reply.body).text)
                cosigned.append((signed.size, signed.root))
            elif old != known and old <= size:
                assert (reply.status, reply.body) == (409, b"%d\n" % known)
