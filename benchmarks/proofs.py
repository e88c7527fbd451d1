"""How long an inclusion proof takes: `python -m benchmarks.proofs LEDGER`, or `--tree 10000000` without a ledger.

Random entries of an existing ledger, in the tree of all its entries, from the rows of its database; or of a database
made for this, which has the tiles of a tree of that many made-up entries and of entries only those that are in no full
tile, since no proof reads others (about 32 bytes and 5 µs for each entry of the tree).

Each proof is timed alone, from the index to the hashes, twice: with a reader that is kept (a service), and with a new
one each time (a command), which reads the right edge again. The first proof of the kept reader, which reads the right
edge for all others, is told apart. Beside the time that passed stands that of the processor, which other programs on
the machine disturb less. Every proof is checked against the root afterwards, outside of the times.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from ledger.client import Ledger
from ledger.merkle import NodeReader, check_inclusion, leaf_hash, prove_inclusion
from ledger.store import tables as t
from ledger.store.backend import open_sqlite
from ledger.store.proofs import open_reader
from ledger.store.read import read_leaf
from ledger.store.schema import migrate
from ledger.tiles import TileBuilder, root_at

AIM_MS = 2.0


@dataclass(frozen=True, slots=True)
class Times:
    """What was timed, in milliseconds: the first, the median, the 99th percentile; of the processor, too."""

    what: str
    entries: int
    proofs: int
    first: float
    p50: float
    p99: float
    cpu_p50: float
    cpu_p99: float


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    what = options.add_mutually_exclusive_group(required=True)
    what.add_argument("ledger", type=Path, nargs="?", help="the database file of a ledger")
    what.add_argument("--tree", type=int, metavar="N", help="make a tree of N entries instead")
    options.add_argument("--count", type=int, default=2_000, help="proofs with a kept reader; a tenth with new ones")
    options.add_argument("--seed", type=int, default=1, help="of the random entries")
    options.add_argument("--json", type=Path, help="where to write the results as JSON")
    chosen = options.parse_args()
    if chosen.ledger:
        results = measure(chosen.ledger, chosen.count, chosen.seed)
    else:
        with tempfile.TemporaryDirectory() as folder:
            results = measure_tree(Path(folder), chosen.tree, chosen.count, chosen.seed)
    for r in results:
        reached = "yes" if r.p99 < AIM_MS else "no"
        print(
            f"{r.what}: {r.entries} entries, {r.proofs} proofs, first {r.first:.3f} ms, p50 {r.p50:.3f} ms, "
            f"p99 {r.p99:.3f} ms (under {AIM_MS:g} ms: {reached}); "
            f"processor p50 {r.cpu_p50:.3f} ms, p99 {r.cpu_p99:.3f} ms"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(r) for r in results], indent=2) + "\n", encoding="utf-8")


def measure(path: Path, count: int = 2_000, seed: int = 1) -> list[Times]:
    """The times of `count` inclusion proofs of random entries of a ledger with one reader, of a tenth with new ones."""
    with Ledger.open(path, read_only=True) as ledger:
        size = ledger.size
        with ledger.backend.reading("measuring proofs") as connection:
            return proofs(connection, size, lambda place: read_leaf(connection, place), count, seed)


def measure_tree(folder: Path, size: int, count: int = 2_000, seed: int = 1) -> list[Times]:
    """The same in a made-up tree of `size` entries."""
    backend = open_sqlite(folder / "tree.db", create=True)
    try:
        with backend.writing("making tables") as connection:
            migrate(connection)
        with backend.writing("making tiles") as connection:
            tiles = TileBuilder().extend(leaf_hash(made_up(place)) for place in range(size))
            while some := list(islice(tiles, 1_000)):
                rows = [{"level": tile.level, "n": tile.index, "hashes": tile.hashes} for tile in some]
                connection.execute(sa.insert(t.tile), rows)
            last = [{"idx": place, "leaf": made_up(place)} for place in range(size // 256 * 256, size)]
            if last:
                connection.execute(sa.insert(t.entry), last)
        with backend.reading("measuring proofs") as connection:
            return proofs(connection, size, made_up, count, seed)
    finally:
        backend.close()


def made_up(place: int) -> bytes:
    """The bytes of an entry that nobody wrote."""
    return b"entry %d" % place


def proofs(
    connection: sa.Connection, size: int, leaf: Callable[[int], bytes], count: int, seed: int
) -> list[Times]:  # fmt: skip
    """The times of `count` proofs with a kept reader, and of a tenth with new ones."""
    places = random.Random(seed).choices(range(size), k=count)
    kept = open_reader(connection, size)
    root = root_at(size, open_reader(connection, size))

    def check(place: int, proof: Sequence[bytes]) -> None:
        check_inclusion(leaf_hash(leaf(place)), place, size, proof, root)

    return [
        timed("kept reader", size, places, lambda: kept, check),
        timed("new reader", size, places[: max(1, count // 10)], lambda: open_reader(connection, size), check),
    ]


def timed(
    what: str, size: int, places: Sequence[int], reader: Callable[[], NodeReader],
    check: Callable[[int, Sequence[bytes]], None],
) -> Times:  # fmt: skip
    """The times of one proof for each of `places`; the first is not among the percentiles if there are others."""
    passed, worked, made = [], [], []
    for place in places:
        start, began = time.perf_counter(), time.thread_time()
        proof = prove_inclusion(place, size, reader())
        worked.append(1_000 * (time.thread_time() - began))
        passed.append(1_000 * (time.perf_counter() - start))
        made.append(proof)
    for place, proof in zip(places, made, strict=True):
        check(place, proof)
    return Times(what, size, len(passed), passed[0], *_middle_and_tail(passed), *_middle_and_tail(worked))


def _middle_and_tail(spent: Sequence[float]) -> tuple[float, float]:
    later = sorted(spent[1:] or spent)
    return later[len(later) // 2], later[len(later) * 99 // 100]


if __name__ == "__main__":
    main()
