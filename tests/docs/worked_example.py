"""Makes the worked example of docs/FORMAT.md from fixed seeds, ids, times and salts.

``python -m tests.docs.worked_example`` prints it, with ``--write`` it goes into the document. A test compares
the document with what this makes, and another reads the document alone and recomputes it with other code.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.disclosure import Disclosure, seal
from ledger.encoding import format_base64
from ledger.envelope import PAYLOAD_TYPE, format_envelope, pae, sign_envelope
from ledger.kinds import dataschema
from ledger.leaf import ZERO_HASH, Links, format_leaf
from ledger.merkle import RightEdge, leaf_hash, node_hash
from ledger.note import VerifierKey, format_vkey
from ledger.signing import Ed25519Signer, format_spki, key_id, key_members
from ledger.statement import format_statement
from ledger.strictjson import canonical

DOCUMENT = Path(__file__).parents[2] / "docs" / "FORMAT.md"
BEGIN, END = "<!-- worked example: begin -->\n", "<!-- worked example: end -->\n"
ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
SEEDS: Mapping[str, bytes] = {"admin": b"\1" * 32, "pipeline": b"\2" * 32, "checkpoint": b"\3" * 32}
SALT = bytes(range(16))
TIME = 1_795_428_000_000_000  # 2026-11-23T10:00:00Z
POLICY = {
    "roles": {"*": ["compliance"], "ai_decision": ["pipeline"]},
    "principals": {"erasure": 2},
    "self_approval": "refused",
    "quorum": 1,
}


def signer(name: str) -> Ed25519Signer:
    """The key of the example called `name`."""
    return Ed25519Signer.from_seed(SEEDS[name])


def example() -> str:
    """The worked example as Markdown."""
    parts = [_keys()]
    edge, last, hashes = RightEdge(), ZERO_HASH, []
    subjects: dict[str, tuple[int, bytes]] = {}
    for index, (kind, subject, data, names, disclosures) in enumerate(_entries()):
        statement = _statement(index, kind, subject, data, names[0])
        envelope = sign_envelope(statement, [signer(name) for name in names])
        nth, nth_prev = subjects.get(subject, (0, ZERO_HASH))
        time = TIME + (index + 1) * 1_000
        leaf = format_leaf(format_envelope(envelope), Links(index, ORIGIN, nth, nth_prev, last, time))
        last = leaf_hash(leaf)
        subjects[subject] = (nth + 1, last)
        edge.append(last)
        hashes.append(last)
        parts.append(f"**Entry {index}**, signed by {' and '.join(names)}. The statement, {len(statement)} bytes:")
        parts.append(_block("json", f"statement-{index}", statement.decode()))
        parts.append(f"Its digest: `{sha256(statement).hexdigest()}`.")
        if disclosures:
            parts.append(_sealed(disclosures[0]))
            parts.append(_signed(statement, names[0]))
            line = {"disclosures": [d.text for d in disclosures], "envelope": format_envelope(envelope)}
            parts.append("The append line:")
            parts.append(_block("json", "line", canonical(line).decode()))
        parts.append(f"The leaf, {len(leaf)} bytes:")
        parts.append(_block("json", f"leaf-{index}", leaf.decode()))
        parts.append(f"Its leaf hash: `{last.hex()}`.")
    parts.append(_tree(hashes, edge))
    parts.append(_block("text", "checkpoint", _note(edge)))
    return "\n\n".join(parts) + "\n"


def _keys() -> str:
    rows = ["| key | seed | keyid | `public_key` |", "|---|---|---|---|"]
    for name, seed in SEEDS.items():
        public_key = signer(name).public_key
        spki = format_base64(format_spki(public_key))
        rows.append(f"| {name} | 32 bytes `{seed[0]:02x}` | `{key_id(public_key)}` | `{spki}` |")
    return "\n".join(rows) + f"\n\nThe checkpoint key as a vkey: `{_vkey()}`."


def _vkey() -> str:
    return format_vkey(VerifierKey(ORIGIN, signer("checkpoint").public_key))


def _entries() -> list[tuple[str, str, dict[str, Any], list[str], tuple[Disclosure, ...]]]:
    genesis = {
        "action": "created",
        "founder": "Example Bank",
        "origin": ORIGIN,
        "checkpoint_keys": [_vkey()],
        "keys": [
            {
                **key_members(signer("admin").public_key),
                "principal": "admin-1",
                "roles": ["admin"],
                "sources": [_source("admin")],
            }
        ],
        "policy": POLICY,
    }
    enrolment = {
        "action": "enrolled",
        "keyid": key_id(signer("pipeline").public_key),
        **key_members(signer("pipeline").public_key),
        "principal": "pipeline-1",
        "roles": ["pipeline"],
        "sources": [_source("pipeline")],
    }
    decision = {
        "decision_id": "decision-1",
        "model": {"model_id": "scorecard", "version": "1.0"},
        "replayed": False,
        "affected_person": {"id": "applicant-1", "name": "Ann Example"},
    }
    sealed, disclosures = seal(decision, ["/affected_person/name"], lambda: SALT)
    return [
        ("ledger", "ledger", genesis, ["admin"], ()),
        ("key", "ledger", enrolment, ["admin", "pipeline"], ()),
        ("ai_decision", "credit-scoring", sealed, ["pipeline"], disclosures),
    ]


def _source(name: str) -> str:
    return f"https://bank.example/{name}"


def _statement(index: int, kind: str, subject: str, data: Mapping[str, Any], by: str) -> bytes:
    millis = f"{TIME // 1000:012x}"
    return format_statement(
        id=f"{millis[:8]}-{millis[8:]}-7000-8000-{index:012x}",
        source=_source(by),
        kind=kind,
        subject=subject,
        time=TIME,
        ledger=ORIGIN,
        dataschema=dataschema(kind),
        data=data,
    )


def _sealed(disclosure: Disclosure) -> str:
    return (
        f"The name of the person is erasable. The salt is the bytes `00` to `0f`, `{SALT.hex()}`; the disclosure is\n\n"
        f"{_block('text', 'disclosure', disclosure.text)}\n\nand its digest, in `_sd`, `{disclosure.digest}`."
    )


def _signed(statement: bytes, by: str) -> str:
    message = pae(PAYLOAD_TYPE, statement)
    prefix = message[: len(message) - len(statement)].decode()
    signature = format_base64(signer(by).sign(message))
    return (
        f"The PAE is `{prefix}` (with the space at its end) and the statement, {len(message)} bytes with the SHA-256\n"
        f"`{sha256(message).hexdigest()}`. Its signature by the key {by}:\n\n{_block('text', 'signature', signature)}"
    )


def _tree(hashes: list[bytes], edge: RightEdge) -> str:
    return (
        "**The tree** of three leaves has one inner node, over leaves 0 and 1:\n"
        f"`{node_hash(hashes[0], hashes[1]).hex()}`,\n"
        f"and the root SHA-256(0x01 || that node || leaf hash 2):\n`{edge.root().hex()}`.\n\n"
        "**The checkpoint** (the note ends in a newline):"
    )


def _note(edge: RightEdge) -> str:
    return sign_checkpoint(Checkpoint(ORIGIN, edge.size, edge.root()), signer("checkpoint")).decode().removesuffix("\n")


def _block(language: str, name: str, text: str) -> str:
    return f"```{language} {name}\n{text}\n```"


def write() -> None:
    """Put the example into the document, between its two marks."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{example()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        print(example())
