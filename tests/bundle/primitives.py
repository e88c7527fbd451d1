"""The parts of a ledger made from docs/FORMAT.md with `hashlib` and `cryptography`: keys, tree, proofs, notes.

Nothing is drawn or read from a clock, so each run makes the same bytes.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
SYSTEM = "credit-scoring"
TYPE = "application/cloudevents+json"
ZEROS = "0" * 64
SPKI = bytes.fromhex("302a300506032b6570032100")
SCHEMAS = files("ledger.kinds").joinpath("schemas")
DIGESTS: dict[str, str] = json.loads(SCHEMAS.joinpath("index.json").read_bytes())
START = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
COSIGNED = int(START.timestamp()) + 7_200  # when the witnesses saw the checkpoint, seconds
OFFLINE = files("ledger").joinpath("bundle", "offline")


# Keys and encodings


def private(name: str) -> Ed25519PrivateKey:
    """The same key for the same name in every run."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def public(name: str) -> bytes:
    return private(name).public_key().public_bytes_raw()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def keyid(name: str) -> str:
    return sha256(SPKI + public(name)).hexdigest()


def vkey(name: str, key: str, kind: int = 1, material: bytes | None = None) -> str:
    blob = bytes([kind]) + (public(key) if material is None else material)
    key_id = sha256(name.encode() + b"\n" + blob).digest()[:4]
    return f"{name}+{key_id.hex()}+{b64(blob)}"


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def instant(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def member(key: str, role: str, principal: str | None = None) -> dict[str, Any]:
    """A key as a body enrols it: role ROLE, source named like the key."""
    return {
        "public_key": b64(SPKI + public(key)),
        "algorithm": "ed25519",
        "principal": principal or f"{key}-1",
        "roles": [role],
        "sources": [f"https://bank.example/{key}"],
    }


# Tree


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def tree_root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return node(tree_root(hashes[:half]), tree_root(hashes[half:]))


def multiproof(hashes: Sequence[bytes], carried: Iterable[int]) -> bytes:
    """The hashes of the largest subtrees without a carried leaf, left to right."""
    inside = set(carried)

    def over(start: int, end: int) -> bytes:
        if not any(index in inside for index in range(start, end)):
            return tree_root(hashes[start:end])
        if end - start == 1:
            return b""
        half = start + (1 << (end - start - 1).bit_length() - 1)
        return over(start, half) + over(half, end)

    return over(0, len(hashes))


def consistency(size: int, hashes: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962 section 2.1.2."""
    if size == len(hashes):
        return [] if whole else [tree_root(hashes)]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    if size <= half:
        return [*consistency(size, hashes[:half], whole), tree_root(hashes[half:])]
    return [*consistency(size - half, hashes[half:], False), tree_root(hashes[:half])]


# Notes


def note(text: str, *lines: tuple[str, bytes]) -> bytes:
    """A signed note; each line is (key name, key ID || signature)."""
    return (text + "\n" + "".join(f"— {name} {b64(blob)}\n" for name, blob in lines)).encode()


def checkpoint_text(origin: str, hashes: Sequence[bytes]) -> str:
    return f"{origin}\n{len(hashes)}\n{b64(tree_root(hashes))}\n"


def log_line(text: str, name: str = ORIGIN, key: str = "checkpoint") -> tuple[str, bytes]:
    key_id = bytes.fromhex(vkey(name, key).split("+")[1])
    return name, key_id + private(key).sign(text.encode())


def witness_line(text: str, witness: str, time: int = COSIGNED) -> tuple[str, bytes]:
    name = f"witness.example/{witness}"
    key_id = bytes.fromhex(vkey(name, witness, 4).split("+")[1])
    message = f"cosignature/v1\ntime {time}\n{text}".encode()
    return name, key_id + struct.pack(">Q", time) + private(witness).sign(message)


def ml_dsa_line(witness: str) -> tuple[str, bytes]:
    """A line of an ML-DSA witness whose signature is nothing but the right length."""
    name = f"witness.example/{witness}"
    key_id = bytes.fromhex(ml_dsa_vkey(witness).split("+")[1])
    return name, key_id + bytes(8 + 2_420)


def ml_dsa_vkey(witness: str) -> str:
    return vkey(f"witness.example/{witness}", witness, 6, sha256(witness.encode()).digest() * 41)


POLICY = (
    f"log {vkey(ORIGIN, 'checkpoint')}\n"
    + "".join(f"witness W{n} {vkey(f'witness.example/w{n}', f'w{n}', 4)}\n" for n in (1, 2, 3))
    + "group two 2 W1 W2 W3\nquorum two\n"
)
