"""Small logs and witnesses for tests: a tree of numbered leaves, its checkpoints and its proofs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.cosignature import MlDsa44Signer, cosigner_key
from ledger.merkle import RightEdge, leaf_hash, prove_consistency, subtree_root
from ledger.note import VerifierKey
from ledger.posting import Answer
from ledger.proof_file import ConsistencyFile, format_consistency_file
from ledger.signing import Signer
from ledger.witness.records import Records
from ledger.witness.server import WitnessServer
from ledger.witness.witness import Cosigner, Witness
from tests.ledger.harness import signer

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
NAME = "witness.example/w1"
NOW = 1_795_428_000
ML_DSA = MlDsa44Signer.from_seed(bytes(range(32)))
KEYS: tuple[Cosigner, ...] = (
    (cosigner_key(NAME, signer("witness")), signer("witness")),
    (cosigner_key(NAME, ML_DSA), ML_DSA),
)
VKEYS = tuple(key for key, _ in KEYS)


@dataclass(frozen=True, slots=True)
class Log:
    """The log `origin` whose entry i is the text ``<word> <i>``, with a key of its own."""

    word: str = "entry"
    origin: str = ORIGIN
    key: Signer = field(default_factory=lambda: signer("checkpoint"))

    @property
    def vkey(self) -> VerifierKey:
        """Its verifier key."""
        return VerifierKey(self.origin, self.key.public_key)

    def node(self, level: int, index: int) -> bytes:
        """A perfect subtree, as a `NodeReader` has it."""
        edge = RightEdge()
        for at in range(index << level, (index + 1) << level):
            edge.append(leaf_hash(f"{self.word} {at}".encode()))
        return edge.root()

    def root(self, size: int) -> bytes:
        """The root of the first `size` entries."""
        return subtree_root(0, size, self) if size else RightEdge().root()

    def note(self, size: int) -> bytes:
        """The signed checkpoint of the first `size` entries."""
        return sign_checkpoint(Checkpoint(self.origin, size, self.root(size)), self.key)

    def prove(self, old: int, size: int) -> tuple[bytes, ...]:
        """The consistency proof between two sizes."""
        return prove_consistency(old, size, self) if 0 < old < size else ()

    def body(self, old: int, size: int, proof: Sequence[bytes] | None = None) -> bytes:
        """An add-checkpoint request."""
        used = self.prove(old, size) if proof is None else tuple(proof)
        return format_consistency_file(ConsistencyFile(old, used, self.note(size)))


def new_witness(folder: Path, *logs: Log) -> Witness:
    """A witness in a new file below `folder`, with both kinds of keys, at the second `NOW`."""
    records = Records.create(folder / "witness.db", VKEYS)
    return Witness(records, [log.vkey for log in logs or (Log(),)], KEYS, lambda: NOW)


@contextmanager
def serving(server: HTTPServer) -> Iterator[str]:
    """The address of a server that answers until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving_witness(witness: Witness) -> Iterator[str]:
    """The address of a witness that answers until the block ends."""
    with serving(WitnessServer(("127.0.0.1", 0), witness)) as address:
        yield address


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """The address of a server that reads a request and writes these bytes, one after the other, for each the next."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(left.pop(0))
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield address


@dataclass(slots=True)
class Script:
    """Stands for `ledger.posting.post`: gives these answers in turn, and keeps what it was asked."""

    answers: list[Answer]
    asked: list[bytes] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, content_type: str, *, what: str, timeout: float, limit: int) -> Answer:
        self.asked.append(body)
        return self.answers.pop(0)
