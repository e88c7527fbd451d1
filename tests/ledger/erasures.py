"""What tests of erasing share: lines that erase, holds, personal attachments, and a search of every file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.encoding import format_base64url
from ledger.errors import Refused
from ledger.store.entries import erasable_digests
from tests.ledger.harness import Harness, decision

NAME, WHY = "/affected_person/name", "/explanation"
PERSON = "Zyxwvut Quetzalcoatl"  # a value that stands nowhere by chance


def traces(harness: Harness, value: str, texts: list[str]) -> list[str]:
    """The files below the ledger's folder that hold the value in clear or one of its disclosures."""
    needles = [value.encode(), *(text.encode() for text in texts), format_base64url(value.encode()).encode()]
    return sorted(
        path.name
        for path in harness.folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    )


def disclosures(harness: Harness) -> list[str]:
    """The disclosures that are stored."""
    return [text for _, _, text in harness.rows()["disclosure"]]


def erasure(harness: Harness, entry: int, *pointers: str, **changes: Any) -> bytes:
    """An append line that erases, as another program would make it."""
    digests = {}
    with harness.ledger.backend.reading("looking") as connection:
        digests = erasable_digests(connection, entry)
    data = {
        "statement": harness.entry(entry).statement,
        "members": [{"pointer": pointer, "digest": digests[pointer]} for pointer in pointers],
        "legal_basis": "GDPR Art. 17(1)(b)",
        "approved_by": "approver-1",
        **changes,
    }
    return harness.line("erasure", data, by=["compliance", "approver"])


def refuse(harness: Harness, entry: int, rule: str, match: str, **options: Any) -> None:
    """See an erasure refused by `rule`, with one clear line and nothing stored."""
    with harness.nothing_stored(), pytest.raises(Refused, match=match) as caught:
        harness.erase(entry, **options)
    assert caught.value.rule == rule
    assert str(caught.value).isprintable()


def hold(harness: Harness, **covers: Any) -> int:
    """Set the hold case-7; its index."""
    body = {"hold_id": "case-7", "action": "set", "reason": "proceedings", **covers}
    return harness.record("hold", body, by="compliance", subject="management-system").index


def lift(harness: Harness, name: str = "case-7") -> None:
    """Lift a hold."""
    body = {"hold_id": name, "action": "lifted", "reason": "settled"}
    harness.record("hold", body, by="compliance", subject="management-system")


def attach(harness: Harness, *, personal: bool, content: bytes = PERSON.encode()) -> tuple[int, str, Path]:
    """Attach `content` to a decision; its index, the digest and the file."""
    source = harness.folder / "payslip.pdf"
    source.write_bytes(content)
    artefact = harness.ledger.attach(source, role="evidence", personal=personal)
    source.unlink()
    index = harness.record("ai_decision", decision(), attach=[artefact]).index
    return index, artefact.digest, harness.ledger.blobs.path(artefact.digest)
