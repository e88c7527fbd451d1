"""Signing checkpoints, and never two that contradict each other.

The signer's memory lies outside the database (`ledger.memory`). It keeps the right edge of the tree that was
signed last; a new checkpoint is signed only after the entries that came since, hashed from their bytes onto
that edge, lead to the root in the head row. That is the consistency check, and stronger than a proof read from
stored tiles: a restored backup, a rewritten entry or a fork can't get a signature. The memory is fsynced
before the signature leaves. If it is lost and the ledger is not empty, the signer refuses until
`adopt` brings a checkpoint back from a witness or an auditor.
"""

from __future__ import annotations

import sqlalchemy as sa

from ledger.authority import Authority
from ledger.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from ledger.errors import Refused, Rollback
from ledger.keys.signer_memory import Signed
from ledger.memory import Memory
from ledger.merkle import RightEdge, leaf_hash
from ledger.signing import Signer, key_id
from ledger.store import tables as t
from ledger.store.append import Grown
from ledger.store.backend import Backend
from ledger.store.heads import read_head
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import column_bytes, read_leaves
from ledger.trust import NO_QUORUM, TrustPolicy

_SAME = Prepared(
    sa.select(t.checkpoint.c.seq).where(
        t.checkpoint.c.size == sa.bindparam("size"), t.checkpoint.c.note == sa.bindparam("note")
    )
)
_ADD = Prepared(
    sa.insert(t.checkpoint).from_select(
        ("seq", "size", "note"),
        sa.select(
            sa.func.coalesce(sa.func.max(t.checkpoint.c.seq) + sa.literal_column("1"), sa.literal_column("0")),
            sa.bindparam("size"),
            sa.bindparam("note"),
        ),
    )
)


class CheckpointSigner:
    """Signs the checkpoints of one ledger with one key."""

    def __init__(self, backend: Backend, memory: Memory, signer: Signer) -> None:
        self._backend, self._memory, self._signer = backend, memory, signer
        self._keyid = key_id(signer.public_key)

    def sign(self, authority: Authority, grown: Grown | None = None) -> bytes:
        """The signed note of the current head, stored in the ledger; signs nothing new if the head did not move.

        `grown` is what an append of this process has just added. If it continues exactly what was signed last,
        its edge is signed as it is; else the entries since are read from the database and hashed again.

        Raises:
            Rollback: the database is older than, or differs from, what was signed before.
            Refused: the key is not a checkpoint key in force, or its memory is lost.
        """
        self._check_key(authority)
        with self._memory.signing(self._keyid) as memory:
            last = memory.last()
            if grown is not None and last is not None and last.edge == grown.before:
                edge = grown.after
            else:
                edge = self._edge_from_entries(last)
            root = edge.root()
            again = last is not None and last.size >= edge.size
            if not again:
                memory.store(Signed(edge.size, root, edge.copy()))
            return self._publish(Checkpoint(authority.origin, edge.size, root), again=again)

    def _edge_from_entries(self, last: Signed | None) -> RightEdge:
        with self._backend.reading("reading the head") as connection:
            head = read_head(connection)
            if head is None:
                raise Refused("empty", "checkpoint: the ledger has no entries")
            if last is None and head.size > 1:
                raise _lost(head.size)
            return self._continue(connection, last or Signed(0, RightEdge().root(), RightEdge()), head.edge)

    def check_ready(self, connection: sa.Connection, edge: RightEdge, authority: Authority | None) -> None:
        """Return if this signer would sign what extends the tree of `edge`.

        For asking before an append stores anything (a `Guard`). It reads the memory without its lock: who signs
        holds that lock first and the database's second, and here the database's is held.

        Raises:
            Rollback, Refused, FormatError: as `sign` would.
        """
        if authority is None:
            return  # the genesis entry, which names this key, is about to be stored
        self._check_key(authority)
        last = self._memory.signer(self._keyid).last(wait=False)
        if last is None:
            raise _lost(edge.size)
        if last.edge != edge:
            self._continue(connection, last, edge)

    def adopt(
        self, note: bytes, authority: Authority, trust: TrustPolicy | None = None, *, unwitnessed: bool = False
    ) -> None:
        """Take a signed checkpoint from elsewhere as what was signed last, after the ledger is shown to extend it.

        Witnesses that `trust` asks for must have cosigned it: what only the ledger's own key signed is in every old
        copy of the database too, and a signer that goes on from there signs a fork. `unwitnessed` says that there
        are no witnesses and whoever asks knows that this is the newest state. Whatever is adopted, the signer goes
        on from the newest checkpoint that the database shows.

        Raises:
            ProofError: it does not verify with this ledger's checkpoint keys, or a witness's line is wrong.
            Refused: it is not witnessed; or the signer has its memory.
            Rollback: the ledger does not contain it, or not what its own checkpoints say.
        """
        self._check_key(authority)
        adopted = verify_checkpoint(note, authority.verifier_keys()).checkpoint
        if adopted.origin != authority.origin:
            raise Refused("other ledger", f"adopt: a checkpoint of {adopted.origin}, expected {authority.origin}")
        if not unwitnessed:
            _check_witnessed(note, trust)
        with self._memory.signing(self._keyid) as memory:
            if memory.last() is not None:
                raise Refused("memory", "adopt: this signer still has its memory, expected a signer that lost it")
            with self._backend.reading("reading entries") as connection:
                newest = newest_checkpoint(connection)
                stored = verify_checkpoint(newest, authority.verifier_keys()).checkpoint if newest else adopted
                edge = RightEdge()
                for known in sorted((adopted, stored), key=lambda known: known.size):
                    for _, raw in read_leaves(connection, edge.size, known.size):
                        edge.append(leaf_hash(raw))
                    if edge.size != known.size or edge.root() != known.root:
                        raise Rollback(
                            f"adopt: the ledger's first {known.size} entries do not lead to the checkpoint's root",
                            remedy="the database is older than the checkpoint, or another ledger",
                        )
            memory.store(Signed(edge.size, edge.root(), edge))

    def _check_key(self, authority: Authority) -> None:
        public_key = self._signer.public_key
        if not any(k.vkey.public_key == public_key and k.end > 2**62 for k in authority.checkpoint_keys):
            raise Refused(
                "unknown key",
                f"checkpoint: key {self._keyid[:16]} is not a checkpoint key of {authority.origin} in force",
                remedy="use the key that 'aims init' made, or add this one with a ledger entry",
            )

    def _continue(self, connection: sa.Connection, last: Signed, head: RightEdge) -> RightEdge:
        if head.size < last.size:
            raise Rollback(
                f"checkpoint: the ledger has {head.size} entries, but {last.size} were signed before",
                remedy="this database is an older copy; find the newer one before anything is signed",
            )
        edge = last.edge.copy()
        for _, raw in read_leaves(connection, last.size, head.size):
            edge.append(leaf_hash(raw))
        if edge != head:
            raise Rollback(
                f"checkpoint: the {head.size} entries do not extend the {last.size} that were signed before",
                remedy="'aims verify' shows what differs; nothing is signed until it is explained",
            )
        return edge

    def _publish(self, checkpoint: Checkpoint, *, again: bool) -> bytes:
        note = sign_checkpoint(checkpoint, self._signer)
        # Not durable by itself: if the power fails, the memory still has it, and signing again gives the same bytes.
        with self._backend.writing("storing a checkpoint", durable=False) as connection:
            if not again or _SAME.one_or_none(connection, size=checkpoint.size, note=note) is None:
                _ADD.run(connection, size=checkpoint.size, note=note)
        return note


def newest_checkpoint(connection: sa.Connection) -> bytes | None:
    """The note with the largest size, the last one stored where several have it."""
    c = t.checkpoint.c
    note = connection.execute(sa.select(c.note).order_by(c.size.desc(), c.seq.desc()).limit(1)).scalar_one_or_none()
    return None if note is None else column_bytes(note)


def stored_checkpoints(connection: sa.Connection) -> list[bytes]:
    """Every signed note, in the order they were signed."""
    notes = connection.execute(sa.select(t.checkpoint.c.note).order_by(t.checkpoint.c.seq)).scalars()
    return [column_bytes(note) for note in notes]


def signed_sizes(connection: sa.Connection) -> list[int]:
    """The sizes that checkpoints were signed for, ascending, each once; none of an empty ledger."""
    c = t.checkpoint.c
    return list(connection.execute(sa.select(c.size).where(c.size > 0).distinct().order_by(c.size)).scalars())


def _check_witnessed(note: bytes, trust: TrustPolicy | None) -> None:
    if trust is None or trust.quorum == NO_QUORUM:
        problem = "no policy says which witnesses must have" if trust is None else "the policy asks for no witness"
    elif trust.judge(note).quorum_met:
        return
    else:
        problem = "the witnesses of the policy have not"
    raise Refused(
        "not witnessed",
        f"adopt: {problem} cosigned this checkpoint, and the ledger's own signature is in every old copy too",
        remedy="bring the newest one that a witness cosigned, with its policy (--trust); for a ledger without "
        "witnesses, once you know that this database is the newest, --unwitnessed",
    )


def _lost(size: int) -> Refused:
    return Refused(
        "memory lost",
        f"checkpoint: this signer remembers no checkpoint of a ledger with {size} entries, and without its memory "
        "it could sign a fork",
        remedy="bring one from a witness or auditor: 'aims checkpoint --adopt FILE'",
    )
