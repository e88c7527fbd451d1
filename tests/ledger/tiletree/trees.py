"""Tile trees of any size, written by a few lines of their own, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.note import VerifierKey, format_vkey
from ledger.tiletree.verifying import verify_tiles
from ledger.trust import TrustPolicy, parse_trust_policy
from ledger.verdicts import Report, Verdict
from tests.ledger.harness import Harness, decision, signer

ORIGIN = "log.example/tiles"


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The definition in RFC 6962, section 2.1, as it stands there."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root_of(hashes[:split]), root_of(hashes[split:]))


def number(n: int) -> str:
    """A tile number as a path, for up to a million of them."""
    return f"x{n // 1000:03}/{n % 1000:03}" if n >= 1000 else f"{n:03}"


def write_tree(folder: Path, entries: Sequence[bytes], *, origin: str = ORIGIN) -> Checkpoint:
    """A whole tree over the entries, signed with the key called ``log``."""
    row = [sha256(b"\x00" + entry).digest() for entry in entries]
    checkpoint = Checkpoint(origin, len(entries), root_of(row) if row else sha256(b"").digest())
    files = {
        "entries": [b"".join(len(e).to_bytes(2, "big") + e for e in entries[i : i + 256]) for i in _starts(entries)]
    }
    widths = {"entries": len(entries)}
    level = 0
    while row:
        files[str(level)] = [b"".join(row[i : i + 256]) for i in _starts(row)]
        widths[str(level)] = len(row)
        row = [root_of(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1
    for name, contents in files.items():
        for n, data in enumerate(contents):
            width = min(256, widths[name] - 256 * n)
            file = folder / "tile" / name / (number(n) + (f".p/{width}" if width < 256 else ""))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    folder.mkdir(exist_ok=True)
    (folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, signer("log")))
    return checkpoint


def _starts(items: Sequence[bytes]) -> range:
    return range(0, len(items), 256)


def vkey(name: str = "log", origin: str = ORIGIN) -> str:
    return format_vkey(VerifierKey(origin, signer(name).public_key))


def trusting(*lines: str, quorum: str = "none") -> TrustPolicy:
    """A policy with these lines, by default the key called ``log`` and nobody else."""
    return parse_trust_policy(
        "".join(f"{line}\n" for line in (*(lines or (f"log {vkey()}",)), f"quorum {quorum}")).encode()
    )


def found(folder: Path, trust: TrustPolicy | None = None) -> list[tuple[str, str]]:
    """(verdict, place) of every finding, with the key called ``log`` trusted."""
    return told(verify_tiles(folder, trust or trusting()))


def told(report: Report) -> list[tuple[str, str]]:
    assert (report.exit_code == 1) == any(
        f.verdict not in (Verdict.NOT_CHECKED, Verdict.FIRST_SIGHT) for f in report.findings
    )
    return [(finding.verdict.value, str(finding.place)) for finding in report.findings]


def flip(file: Path, at: int) -> None:
    """Change one bit of the byte at a place (from the end if negative)."""
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def grow(harness: Harness, size: int) -> None:
    """Append decisions until the ledger has `size` entries."""
    harness.append(*(harness.line("ai_decision", decision(i)) for i in range(harness.ledger.size, size)))
