"""Section 18 and C2SP tlog-tiles: a client of a published tree, which has nothing but a way to fetch files."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.second.parsing import (
    Bad,
    leaf_hash,
    need,
    parse_checkpoint,
    parse_leaf,
    parse_note,
    parse_vkey,
    perfect,
    root,
)

Fetch = Callable[[str], bytes | None]
"""Gives the content of a file below the log's prefix, or None."""


def path(kind: str, number: int, width: int) -> str:
    groups = f"{number % 1000:03}"
    while number := number // 1000:
        groups = f"x{number % 1000:03}/{groups}"
    return f"tile/{kind}/{groups}" + (f".p/{width}" if width < 256 else "")


def read_checkpoint(fetch: Fetch, vkey: str) -> tuple[int, bytes]:
    """(size, root), signed by the key."""
    name, key_id, public = parse_vkey(vkey)
    text, signatures = parse_note(fetch("checkpoint") or b"")
    origin, size, found = parse_checkpoint(text)
    mine = [signature for *signer, signature in signatures if signer == [name, key_id]]
    need(origin == name and mine, "not signed by the log")
    for signature in mine:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
        except InvalidSignature as error:
            raise Bad("signature") from error
    return size, found


def read_tree(fetch: Fetch, vkey: str) -> list[bytes]:
    """All entries, after every bundle, every tile and the root were found to agree with them."""
    size, expected = read_checkpoint(fetch, vkey)
    entries: list[bytes] = []
    for number in range(-(-size // 256)):
        entries += _bundle(fetch, number, min(256, size - 256 * number))
    row, level = [leaf_hash(entry) for entry in entries], 0
    need(root(row) == expected, "root")
    while row:
        for number in range(-(-len(row) // 256)):
            hashes = row[256 * number : 256 * (number + 1)]
            need(fetch(path(str(level), number, len(hashes))) == b"".join(hashes), f"tile {level}, {number}")
        row = [perfect(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1
    return entries


def check_chain(entries: list[bytes], origin: str) -> None:
    """Sections 6: each entry is a leaf of this ledger in its place, and names the one before."""
    before = bytes(32).hex()
    for index, entry in enumerate(entries):
        links = parse_leaf(entry).links
        need(links["index"] == index and links["ledger"] == origin and links["prev"] == before, f"entry {index}")
        before = leaf_hash(entry).hex()


def _bundle(fetch: Fetch, number: int, width: int) -> list[bytes]:
    data = fetch(path("entries", number, width)) or b""
    entries = []
    while data:
        length = int.from_bytes(data[:2], "big")
        need(len(data) >= 2 + length, "bundle cut off")
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    need(len(entries) == width, "entries of a bundle")
    return entries
